/** An address that leads to another server when that is told, as the name of a database that is moved. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface MovingName {
  /** The same URL, at this address. */
  readonly of: (url: string) => string
  /** From now on to the server of this URL; who is connected is cut off. */
  leadTo(url: string): void
  close(): Promise<void>
}

export async function movingName(first: string): Promise<MovingName> {
  let port = Number(new URL(first).port)
  const sockets = new Set<Socket>()
  const listener = createServer((client) => {
    const server = connect(port, '127.0.0.1')
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    of(url) {
      const moved = new URL(url)
      moved.port = String((listener.address() as AddressInfo).port)
      return moved.href
    },
    leadTo(url) {
      port = Number(new URL(url).port)
      cut()
    },
    async close() {
      cut()
      listener.close()
      await once(listener, 'close')
    },
  }
}
