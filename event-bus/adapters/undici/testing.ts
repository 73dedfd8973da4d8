/** A real server on a free port of this machine, and certificates made for the moment. */
import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'

export interface ReceivedRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** What TLS was told; null without TLS or without a name. */
  readonly servername: string | null
}

export type Answer = (response: ServerResponse, request: ReceivedRequest) => void

export interface TestServer {
  /** Of 127.0.0.1. */
  readonly url: string
  readonly port: number
  readonly requests: readonly ReceivedRequest[]
  /** Connections since the start, and those that are open now. */
  readonly connections: number
  readonly open: number
  /** Settles when so few are open. */
  closedTo(open: number): Promise<void>
  /** What it does with the next requests. 200 with an empty body until it is set. */
  answer: Answer
  close(): Promise<void>
}

export async function testServer(certificate?: Certificate): Promise<TestServer> {
  const requests: ReceivedRequest[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  let fewer = () => {}
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '', headers, socket } = request
    const body = await text(request)
    const { servername } = socket as { servername?: string }
    const received = { method, path: url, headers, body, servername: servername || null }
    requests.push(received)
    self.answer(response, received)
  }
  const server = certificate
    ? createTlsServer({ cert: certificate.cert, key: certificate.key }, listener)
    : createServer(listener)
  server.on(certificate ? 'secureConnection' : 'connection', (socket: Socket) => {
    connections++
    sockets.add(socket)
    socket.on('close', () => {
      sockets.delete(socket)
      fewer()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const self: TestServer = {
    url: `${certificate ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    requests,
    get connections() {
      return connections
    },
    get open() {
      return sockets.size
    },
    closedTo: (open) =>
      new Promise((resolve) => {
        fewer = () => sockets.size <= open && resolve()
        fewer()
      }),
    answer: (response) => response.end(),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return self
}

export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** Self-signed, of a name, for an hour before and after now. X.509 by hand: Node makes none. */
export function certificateFor(name: string): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const ecdsaWithSha256 = der(0x30, oid('2a8648ce3d040302'))
  const commonName = der(0x30, oid('550403'), der(0x0c, Buffer.from(name)))
  const subject = der(0x30, der(0x31, commonName))
  const time = (hours: number) => {
    const iso = new Date(Date.now() + hours * 3_600_000).toISOString()
    return der(0x18, Buffer.from(`${iso.slice(0, 19).replace(/[-T:]/g, '')}Z`))
  }
  const names = der(0x30, der(0x82, Buffer.from(name)))
  const subjectAltName = der(0x30, oid('551d11'), der(0x04, names))
  const body = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    subject,
    der(0x30, time(-1), time(1)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, subjectAltName)),
  )
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', body, privateKey)])
  const whole = der(0x30, body, ecdsaWithSha256, der(0x03, signature)).toString('base64')
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${whole.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
