/**
 * For tests: an address of a server that loses, or keeps back, what is said to it or by it without closing
 * anything, as a network does that is cut. What was lost never comes: such a connection stays dead. What was
 * kept back comes when the network is mended, however late that is.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export type Way = 'requests' | 'answers' | 'all'

export interface HalfOpen {
  /** The same URL, at this address. */
  of(url: string): string
  /** What goes this way is lost, on all connections that are there; when it lasts, on those to come, too. */
  swallow(way: Way, lasts?: boolean): void
  /** What goes this way waits until it is healed, on connections that are there and those to come. */
  hold(way: Way): void
  /** New connections are whole. What waited comes; who has hung up meanwhile, is gone now. */
  heal(): void
  /** Told each request before it goes on, with what loses the connection's answers from here on. */
  overhear(heard: (request: Buffer, loseAnswers: () => void) => void): void
  close(): void
}

interface Pair {
  readonly client: Socket
  readonly upstream: Socket
  lost: Way | null
  isClientGone: boolean
  isServerGone: boolean
}

/** What is on its way comes before that. */
function hangUp({ client, upstream, isClientGone, isServerGone }: Pair): void {
  if (isServerGone) client.destroy()
  if (isClientGone) upstream.end()
}

/** `to` is the port of the server. */
export async function halfOpen(to: number): Promise<HalfOpen> {
  const pairs = new Set<Pair>()
  let [losing, holding]: [Way | null, Way | null] = [null, null]
  let heard: Parameters<HalfOpen['overhear']>[0] = () => {}
  const concerns = (way: Way | null, direction: Way) => way === 'all' || way === direction
  const keep = ({ client, upstream }: Pair) => {
    if (concerns(holding, 'requests')) client.pause()
    if (concerns(holding, 'answers')) upstream.pause()
  }

  const listener = createServer((client) => {
    const upstream = connect(to, '127.0.0.1')
    const pair: Pair = { client, upstream, lost: losing, isClientGone: false, isServerGone: false }
    pairs.add(pair)
    client.on('data', (bytes) => {
      heard(bytes, () => {
        pair.lost = 'answers'
      })
      if (!concerns(pair.lost, 'requests')) upstream.write(bytes)
    })
    upstream.on('data', (bytes) => concerns(pair.lost, 'answers') || client.write(bytes))
    /** While it is cut, neither end hears that the other has gone. */
    const hear = () => {
      if ((pair.lost !== null || holding !== null) && !(pair.isClientGone && pair.isServerGone))
        return
      pairs.delete(pair)
      hangUp(pair)
    }
    client
      .on('error', () => {})
      .on('close', () => {
        pair.isClientGone = true
        hear()
      })
    upstream
      .on('error', () => {})
      .on('close', () => {
        pair.isServerGone = true
        hear()
      })
    keep(pair)
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo

  return {
    of(url) {
      const moved = new URL(url)
      moved.port = String(port)
      return moved.href
    },
    swallow(way, lasts = false) {
      for (const pair of pairs) pair.lost = way
      if (lasts) losing = way
    },
    hold(way) {
      holding = way
      for (const pair of pairs) keep(pair)
    },
    heal() {
      losing = null
      holding = null
      for (const pair of pairs) {
        pair.client.resume()
        pair.upstream.resume()
        hangUp(pair)
      }
    },
    overhear(who) {
      heard = who
    },
    close() {
      listener.close()
      for (const { client, upstream } of pairs) {
        client.destroy()
        upstream.destroy()
      }
    },
  }
}
