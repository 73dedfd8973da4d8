/**
 * How often anybody may ask for what costs somebody else something: a mail, a request. A token bucket for
 * each client address, in bounded memory; each process counts for itself.
 */
import { isLoopback } from '@busbar/event-bus/loopback'
import type { Context } from 'hono'
import type { HttpRoute } from './http-route.ts'
import type { HttpOptions, Rate } from './options.ts'
import { refused } from './problem.ts'

/** Answers 429 with Retry-After instead of asking. All that goes through one counts together. */
export type RateLimit = (answer: HttpRoute['answer']) => HttpRoute['answer']

/** Many readers share an address, and none subscribes to twenty topics a minute for long. */
const defaults: Rate = { burst: 20, perMinute: 10, clients: 10_000 }

export function rateLimit({
  trustProxy = false,
  rate = defaults,
  clock,
}: Pick<HttpOptions, 'trustProxy' | 'rate' | 'clock'>): RateLimit {
  const waits = buckets(rate)
  return (answer) => (c) => {
    const client = clientOf(c, trustProxy)
    const seconds = client === null ? 0 : waits(client, clock.now().getTime())
    if (seconds > 0)
      throw refused({
        status: 429,
        detail: `That was too often. Try again in ${seconds === 1 ? 'a second' : `${seconds} seconds`}.`,
        headers: { 'Retry-After': String(seconds) },
      })
    return answer(c)
  }
}

/** Counts one, and answers for how many seconds its client has to wait; then it has not counted. */
export function buckets({ burst, perMinute, clients }: Rate) {
  const kept = new Map<string, { readonly tokens: number; readonly at: number }>()
  const perMs = perMinute / 60_000
  return (client: string, now: number): number => {
    const { tokens, at } = kept.get(client) ?? { tokens: burst, at: now }
    const left = Math.min(burst, tokens + Math.max(0, now - at) * perMs)
    const isEnough = left >= 1
    kept.delete(client)
    kept.set(client, { tokens: isEnough ? left - 1 : left, at: now })
    const [oldest] = kept.keys()
    if (kept.size > clients && oldest !== undefined) kept.delete(oldest)
    return isEnough ? 0 : Math.max(1, Math.ceil((1 - left) / perMs / 1_000))
  }
}

/**
 * Who asks; null for who sits at this machine and may ask as often as they like. A request that was
 * forwarded does not come from here; when its proxy is not trusted, all that it forwards are one client.
 */
export function clientOf(c: Context, trustProxy: boolean): string | null {
  const { clientAddress, incoming } = (c.env ?? {}) as {
    /** As a gateway in front says it. */
    readonly clientAddress?: string
    readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } }
  }
  if (clientAddress !== undefined) return isLoopback(clientAddress) ? null : network(clientAddress)
  const peer = network(incoming?.socket?.remoteAddress ?? '')
  const forwarded = c.req.header('X-Forwarded-For')
  if (trustProxy && forwarded !== undefined) return network(forwarded.split(',').at(-1) ?? '')
  return isLoopback(peer) && forwarded === undefined ? null : peer
}

/** Of IPv6 the first 64 bits: whoever has one address of a network has all of them. */
export function network(address: string): string {
  const plain = address.trim().replace(/^::ffff:(?=\d+\.)/i, '')
  if (!plain.includes(':') || isLoopback(plain)) return plain.slice(0, 100)
  const [before = '', after] = plain.replace(/%.*$/, '').split('::')
  const groups = before === '' ? [] : before.split(':')
  const rest = after ? after.split(':').length : 0
  const zeros = after === undefined ? 0 : Math.max(0, 8 - groups.length - rest)
  const all = [...groups, ...Array<string>(zeros).fill('0'), ...(after ? after.split(':') : [])]
  return all
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':')
    .slice(0, 100)
}
