/** The bus's rows in Maps: for tests, and for a bus that may forget. */
import {
  type DeadLetter,
  keyOf,
  type StoredDelivery,
  type WaitingDelivery,
} from '../../delivery.ts'
import type { Rows, Store } from '../../ports.ts'

/** `fail` makes the next commits reject, as a full disk does, until it is set to null again. */
export interface MemoryStore extends Store<undefined> {
  fail: Error | null
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((a, b) => a + b, 0)

export function memoryStore(): MemoryStore {
  const events = new Map<number, { readonly bus: string; readonly text: string }>()
  const plans = new Map<number, string>()
  const deliveries = new Map<string, WaitingDelivery>()
  const deadLetters: DeadLetter[] = []
  const rowKey = (row: { target: string; event: number; item: string }) =>
    `${row.target} ${keyOf(row)}`
  const ofTarget = (target: string) =>
    [...deliveries.values()]
      .filter((row) => row.target === target)
      .sort((a, b) => a.due - b.due || a.event - b.event || (a.item < b.item ? -1 : 1))
  const ofBus = (name: string) =>
    [...events].filter(([, { bus }]) => bus === name).map(([id, { text }]) => ({ id, text }))

  function write(rows: Rows): void {
    for (const { id, bus, text } of rows.events) events.set(id, { bus, text })
    for (const { first, text } of rows.plans)
      if (text === null) plans.delete(first)
      else plans.set(first, text)
    for (const row of rows.deliveries) deliveries.set(rowKey(row), row)
    for (const row of rows.finished) deliveries.delete(rowKey(row))
    deadLetters.unshift(...[...rows.deadLetters].reverse())
    let room = 20 + 2 * rows.events.length
    for (const id of events.keys()) {
      if (id >= rows.expireBefore || room-- === 0) break
      events.delete(id)
    }
  }

  return {
    fail: null,
    secret: '0123456789abcdef'.repeat(4),
    async commit(works, rows) {
      if (this.fail) throw this.fail
      for (const work of works) {
        try {
          work.run(undefined)
        } catch (error) {
          work.failed(error)
        }
      }
      write(rows())
    },
    async recover() {
      return {
        lastEventId: [...events.keys()].reduce((last, id) => Math.max(last, id), 0),
        plans: [...plans].map(([first, text]) => ({ first, text })),
      }
    },
    async due(target, now, limit, bytes, except) {
      const some: StoredDelivery[] = []
      const counted = new Set<number>()
      let read = 0
      for (const row of ofTarget(target)) {
        if (row.due > now || some.length === limit || read >= bytes) break
        if (except.has(keyOf(row))) continue
        const text = events.get(row.event)?.text ?? null
        if (!counted.has(row.event)) read += text?.length ?? 0
        counted.add(row.event)
        some.push({ ...row, text })
      }
      return some
    },
    async nextDue(target, now) {
      return ofTarget(target).find(({ due }) => due > now)?.due ?? null
    },
    async events(bus, after, limit) {
      return ofBus(bus)
        .filter(({ id }) => id > after)
        .slice(0, limit)
    },
    async tail(bus, limit, bytes) {
      const rows = ofBus(bus).slice(-limit).reverse()
      const isRead = (at: number) => sum(rows.slice(0, at).map(({ text }) => text.length)) < bytes
      return rows.filter((_row, at) => isRead(at)).reverse()
    },
    async counts() {
      const counts = new Map<string, { waiting: number; dead: number }>()
      const count = (target: string, kind: 'waiting' | 'dead') => {
        const { waiting, dead } = counts.get(target) ?? { waiting: 0, dead: 0 }
        counts.set(
          target,
          kind === 'dead' ? { waiting, dead: dead + 1 } : { waiting: waiting + 1, dead },
        )
      }
      for (const { target } of deliveries.values()) count(target, 'waiting')
      for (const { target } of deadLetters) count(target, 'dead')
      return counts
    },
    async failing(target, limit) {
      return ofTarget(target)
        .filter(({ attempts }) => attempts > 0)
        .slice(0, limit)
    },
    async deadLetters(limit) {
      return deadLetters.slice(0, limit)
    },
    async close() {},
  }
}
