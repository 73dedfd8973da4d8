/**
 * A network between a browser and all else that can be cut as a cable is: from then on it swallows what is sent,
 * and tells nobody. A SOCKS proxy (RFC 1928, without a password), so that addresses stay what they are.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface CutNetwork {
  /** What a browser is told of it. */
  readonly proxy: { readonly server: string }
  cut(): void
  /** What was sent meanwhile passes, too, on connections that both ends have kept. */
  mend(): void
  close(): Promise<void>
}

export async function cutNetwork(): Promise<CutNetwork> {
  const sockets = new Set<Socket>()
  let whole = Promise.resolve()
  let mend = () => {}

  const server = createServer((near) => {
    keep(near)
    near.once('data', () => {
      near.write(Buffer.from([5, 0]))
      near.once('data', async (asked: Buffer) => {
        const [host, port] = addressIn(asked)
        near.pause()
        await whole
        const far = connect(port, host)
        keep(far)
        far.once('connect', () => {
          near.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
          pass(near, far)
          pass(far, near)
        })
        far.once('error', () => near.destroy())
      })
    })
  })

  function keep(socket: Socket): void {
    sockets.add(socket)
    socket.on('error', () => {}) // 'close' follows
    socket.once('close', () => sockets.delete(socket))
  }

  function pass(from: Socket, to: Socket): void {
    let last = Promise.resolve()
    from.on('data', (bytes) => {
      last = last.then(() => whole).then(() => void (to.writable && to.write(bytes)))
    })
    // Also that the other end is gone is told no sooner.
    from.once('close', () => void last.then(() => whole).then(() => to.destroy()))
    from.resume()
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    proxy: { server: `socks5://127.0.0.1:${(server.address() as AddressInfo).port}` },
    cut() {
      const mended = Promise.withResolvers<void>()
      whole = mended.promise
      mend = mended.resolve
    },
    mend: () => mend(),
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Of a request to connect: an IPv4 address or a name, and a port. */
function addressIn(asked: Buffer): readonly [string, number] {
  const isName = asked[3] === 3
  const end = isName ? 5 + asked.readUInt8(4) : 8
  const host = isName ? asked.toString('latin1', 5, end) : asked.subarray(4, 8).join('.')
  return [host, asked.readUInt16BE(end)]
}
