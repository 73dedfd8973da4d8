/** The bus's rows in Maps: for tests, and for a bus that may forget. */
import type { DeadLetterFilter } from '../../dead-letter.ts'
import { keyOf, type StoredDelivery, type WaitingDelivery } from '../../delivery.ts'
import type { EventRow, Rows, SettingRow, Store, StoredDeadLetter } from '../../ports.ts'
import { abandonedRows, behindAnother } from '../../stored-rows.ts'

/** `fail` makes the next commits reject, as a full disk does, until it is set to null again. */
export interface MemoryStore extends Store<undefined> {
  fail: Error | null
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((a, b) => a + b, 0)

const newestFirst = (rows: readonly WaitingDelivery[]) => rows.toSorted((a, b) => b.event - a.event)

export function memoryStore(): MemoryStore {
  const events = new Map<number, EventRow>()
  const plans = new Map<number, string>()
  const deliveries = new Map<string, WaitingDelivery>()
  const settings = new Map<string, SettingRow>()
  /** In the order in which they died. */
  const deadLetters = new Map<number, StoredDeadLetter>()
  let died = 0
  const rowKey = (row: { target: string; event: number; item: string }) =>
    `${row.target} ${keyOf(row)}`
  const of = (target: string) => [...deliveries.values()].filter((row) => row.target === target)
  const ofTarget = (target: string) =>
    of(target).sort((a, b) => a.due - b.due || a.event - b.event || (a.item < b.item ? -1 : 1))
  const ofLane = ({ target, lane }: Pick<WaitingDelivery, 'target' | 'lane'>) =>
    lane === undefined ? [] : of(target).filter((row) => row.lane === lane)
  const ofBus = (name: string) =>
    [...events.values()]
      .filter(({ bus }) => bus === name)
      .map(({ id, text }) => ({ id, text }))
      .sort((a, b) => a.id - b.id)
  const isOwed = (id: number) => [...deliveries.values()].some(({ event }) => event === id)

  function place(row: WaitingDelivery): void {
    const lane = ofLane(row)
    const stands = lane.every(({ event }) => event >= row.event)
    deliveries.set(rowKey(row), stands ? row : { ...row, due: behindAnother })
    for (const other of lane)
      if (other.event > row.event) deliveries.set(rowKey(other), { ...other, due: behindAnother })
  }

  function end(row: Rows['finished'][number], now: number): void {
    deliveries.delete(rowKey(row))
    const [next] = ofLane(row).sort((a, b) => a.event - b.event)
    if (next?.due === behindAnother) deliveries.set(rowKey(next), { ...next, due: now })
  }

  function write(rows: Rows): void {
    for (const event of rows.events) events.set(event.id, event)
    for (const { first, text } of rows.plans)
      if (text === null) plans.delete(first)
      else plans.set(first, text)
    for (const row of [...rows.deliveries, ...rows.inHand]) place(row)
    for (const row of rows.finished) end(row, rows.now)
    for (const letter of rows.deadLetters) deadLetters.set(++died, { ...letter, id: died })
    for (const { id, delivery } of rows.revived)
      if (deadLetters.delete(id) && delivery) place(delivery)
    for (const row of rows.settings)
      if (row.text === null) settings.delete(JSON.stringify([row.kind, row.name]))
      else settings.set(JSON.stringify([row.kind, row.name]), row)
    for (const target of rows.abandoned)
      for (const row of newestFirst(of(target)).slice(0, abandonedRows))
        deliveries.delete(rowKey(row))
    for (const id of rows.expired) if (!isOwed(id)) events.delete(id)
  }

  return {
    fail: null,
    secret: '0123456789abcdef'.repeat(4),
    node: { number: 0, of: 1 },
    follow() {},
    async commit(works, rows) {
      if (this.fail) throw this.fail
      for (const work of works) {
        try {
          const running = work.run(undefined)
          if (running) await running
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
        settings: [...settings.values()],
      }
    },
    async due(target, now, limit, bytes, except) {
      const some: StoredDelivery[] = []
      const counted = new Set<number>()
      let read = 0
      for (const row of ofTarget(target)) {
        if (row.due > now || some.length === limit || read >= bytes) break
        if (except.has(keyOf(row))) continue
        const text = row.ownText ?? events.get(row.event)?.text ?? null
        if (row.ownText !== undefined || !counted.has(row.event)) read += text?.length ?? 0
        if (row.ownText === undefined) counted.add(row.event)
        some.push({ ...row, text })
      }
      return some
    },
    async nextDue(target, now) {
      const next = ofTarget(target).find(({ due }) => due > now)?.due ?? behindAnother
      return next === behindAnother ? null : next
    },
    async waits(target, atLeast = 1) {
      return of(target).length >= atLeast
    },
    completeUpTo: async () => Number.POSITIVE_INFINITY,
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
      for (const { target } of deadLetters.values()) count(target, 'dead')
      return counts
    },
    async failing(target, limit) {
      return ofTarget(target)
        .filter(({ attempts }) => attempts > 0)
        .slice(0, limit)
    },
    async oldest(after, below, limit, bytes) {
      let read = 0
      return [...events.values()]
        .filter(({ id }) => id > after && id < below)
        .sort((a, b) => a.id - b.id)
        .slice(0, limit)
        .filter(({ text }) => {
          const isRead = read < bytes
          read += text.length
          return isRead
        })
        .map((event) => ({ ...event, owed: isOwed(event.id) }))
    },
    async size() {
      return sum([...events.values()].map(({ text }) => text.length))
    },
    async deadLetters(filter, first, limit, bytes) {
      const found = [...deadLetters.values()].filter((letter) => passes(letter, filter))
      if (first === 'newest') found.reverse()
      let read = 0
      return found.slice(0, limit).filter(({ text }) => {
        const isRead = read < bytes
        read += text.length
        return isRead
      })
    },
    async countDeadLetters(filter) {
      return [...deadLetters.values()].filter((letter) => passes(letter, filter)).length
    },
    async close() {},
  }
}

const passes = (letter: StoredDeadLetter, filter: DeadLetterFilter): boolean =>
  letter.id === (filter.id ?? letter.id) &&
  letter.target === (filter.target ?? letter.target) &&
  letter.target.startsWith(filter.targetPrefix ?? '') &&
  letter.errorCode === (filter.errorCode ?? letter.errorCode) &&
  letter.error.includes(filter.error ?? '') &&
  letter.id < (filter.before ?? Number.POSITIVE_INFINITY) &&
  letter.id > (filter.after ?? 0)
