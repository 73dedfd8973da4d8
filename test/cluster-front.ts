/**
 * One address in front of several nodes, for a machine that has no load balancer: each connection goes to the
 * next node that is ready, bytes as they are, so WebSockets pass, too.
 */
import { once } from 'node:events'
import { get } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Backend {
  readonly port: number
  /** Where it says by `/readyz` whether it is; `port` when absent. */
  readonly readyPort?: number
}

export interface Front {
  readonly port: number
  /** Who is behind it from here on; resolves when each has been asked whether it is ready. */
  use(backends: readonly Backend[]): Promise<void>
  /** How many of them are ready. */
  readonly ready: number
  close(): Promise<void>
}

const host = '127.0.0.1'
const checkMs = 250
const checkLimitMs = 2_000
const lingerMs = 1_000
const noNode = [
  'HTTP/1.1 503 Service Unavailable',
  'Retry-After: 1',
  'Connection: close',
  'Content-Length: 0',
  '\r\n',
].join('\r\n')

export async function front(port = 0): Promise<Front> {
  let ready: readonly Backend[] = []
  let backends: readonly Backend[] = []
  let turn = 0
  const sockets = new Set<Socket>()
  const kept = (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    kept(client)
    client.on('error', () => {}) // 'close' follows
    pass(client, ready.length)
  })

  /** To the next that is ready; to the one after it when that one is gone, so many times. */
  function pass(client: Socket, chances: number): void {
    const backend = ready[turn++ % Math.max(1, ready.length)]
    if (!backend || chances === 0) return void client.end(noNode)
    const node = connect({ host, port: backend.port, allowHalfOpen: true, noDelay: true })
    kept(node)
    let isConnected = false
    node.on('error', () => {
      if (isConnected || client.destroyed) return
      ready = ready.filter((each) => each !== backend)
      pass(client, chances - 1)
    })
    node.once('connect', () => {
      isConnected = true
      node.pipe(client)
      forward(client, node)
      client.once('close', () => node.destroy())
      node.once('close', () => hangUp(client))
      if (client.destroyed) node.destroy()
    })
  }

  /** What it was sent is to reach it, also while it still sends what nobody reads any more. */
  function hangUp(client: Socket): void {
    client.resume()
    client.end()
    const late = setTimeout(() => client.destroy(), lingerMs)
    client.once('close', () => clearTimeout(late))
  }

  async function check(): Promise<void> {
    const asked = backends
    const answers = await Promise.all(asked.map((each) => isReady(each.readyPort ?? each.port)))
    if (asked === backends) ready = asked.filter((_, at) => answers[at])
  }
  const checking = setInterval(check, checkMs)
  server.listen(port, host)
  await once(server, 'listening')

  return {
    port: (server.address() as AddressInfo).port,
    use(next) {
      backends = next
      return check()
    },
    get ready() {
      return ready.length
    },
    async close() {
      clearInterval(checking)
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/**
 * A server may answer before it has read all, and hang up. To write to it then fails and ends the socket, with
 * an answer in it that was not read yet; so what has come is read first, and written in the next turn.
 */
function forward(from: Socket, to: Socket): void {
  from.on('data', (bytes) => {
    from.pause()
    setImmediate(() => {
      if (to.destroyed) return void from.resume()
      if (to.write(bytes)) from.resume()
      else to.once('drain', () => from.resume())
    })
  })
  from.once('end', () => setImmediate(() => to.destroyed || to.end()))
}

const isReady = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const request = get({ host, port, path: '/readyz', agent: false, timeout: checkLimitMs })
    request.on('response', (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(false))
    request.on('close', () => resolve(false))
  })
