/**
 * The events that the fault tests put, each known by its number alone, and whom it has to reach: a
 * second opinion, written without the matcher, the engine or the store.
 */
import type { PutEventsRequestEntry } from '../../event-bus/event.ts'

/** What becomes of an event at a target, for good. */
export type End = 'done' | 'refused' | 'exhausted'

export interface Order {
  readonly n: number
  readonly bus: 'orders' | 'stock'
  readonly kind: 'standard' | 'express' | 'gift' | 'bulk'
  readonly amount: number
  /** How many readers are told; absent when nobody is. */
  readonly readers?: number
  readonly isHopeless?: true
  readonly padding: string
}

const kinds = ['standard', 'express', 'gift', 'bulk'] as const

export function order(n: number): Order {
  const chance = mixed(n)
  const readers = Math.max(0, ((chance >>> 8) % 8) - 3)
  return {
    n,
    bus: n % 10 === 9 ? 'stock' : 'orders',
    kind: kinds[chance % 4] as Order['kind'],
    amount: (chance >>> 4) % 100,
    ...(readers > 0 && { readers }),
    ...(n % 50 === 7 && { isHopeless: true }),
    // Now and then longer than a page of the file.
    padding: 'ä'.repeat(n % 40 === 3 ? 5_000 : (chance >>> 12) % 300),
  }
}

export const entry = (n: number): PutEventsRequestEntry => ({
  Source: 'shop',
  DetailType: 'OrderPlaced',
  Detail: JSON.stringify(order(n)),
})

/** Whom an event has to reach, and how that has to end: key of the target and item → end. */
export function expected(n: number): ReadonlyMap<string, End> {
  const { bus, kind, amount, readers = 0, isHopeless } = order(n)
  const ends = new Map<string, End>()
  if (bus === 'stock') return ends.set('stock/all/count', 'done')
  ends.set('orders/all/book', 'done')
  if (amount >= 50 && kind !== 'bulk') ends.set('orders/large/weigh', 'done')
  if (kind === 'express') ends.set('orders/express/drive', 'done')
  if (kind === 'gift') ends.set('orders/gift/wrap', n % 3 === 0 ? 'refused' : 'done')
  if (isHopeless) ends.set('orders/hopeless/mend', 'exhausted')
  for (let reader = 0; reader < readers; reader++) ends.set(`readers/mail reader-${reader}`, 'done')
  return ends
}

/** Spreads numbers that follow each other. */
function mixed(n: number): number {
  const once = Math.imul(n ^ (n >>> 16), 0x45d9f3b)
  return Math.imul(once ^ (once >>> 16), 0x45d9f3b) >>> 0
}
