/** A server that listens, or an error that names the port. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Listens at once and answers 503 until `requests` is set, so that a taken port is known before
 * anything else is done.
 */
export async function listen(
  name: string,
  host: string,
  port: number,
): Promise<{ server: Server; port: number; requests: RequestListener }> {
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE'
          ? `Port ${port} of ${host} is taken. End what listens there, or set ${name} to another port.`
          : `Cannot listen on ${host} port ${port} (${error.code ?? error.message}). Look at HOST and ${name}.`
      reject(new Error(why, { cause: error }))
    })
    server.listen({ host: host.replace(/^\[|\]$/g, ''), port }, resolve)
  })
  const listening = {
    server,
    port: (server.address() as AddressInfo).port,
    requests: ((_request, response) => {
      response.writeHead(503, { 'retry-after': '1' }).end()
    }) as RequestListener,
  }
  server.on('request', (request, response) => {
    // A connection that falls idle while the server closes would keep it open for five seconds more.
    response.once('close', () => server.listening || server.closeIdleConnections())
    listening.requests(request, response)
  })
  return listening
}

/** Takes no more requests, lets those under way end, and cuts off what has not after `graceMs`. */
export async function closed(server: Server, graceMs: number): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), graceMs)
  await new Promise((resolve) => server.close(resolve))
  clearTimeout(cut)
}

export const address = (host: string, port: number): string =>
  `http://${host.includes(':') ? `[${host.replaceAll(/[[\]]/g, '')}]` : host}:${port}`
