/**
 * What the bus has given up, to be looked into, tried again or thrown away. EventBridge leaves the
 * redriving of its dead-letter queues to whoever has them ("write your own consumer"); here it is the
 * bus's own, in steps that a crash may end at any time without losing or doubling one.
 */
import type { WaitingDelivery } from './delivery.ts'
import type { Inside } from './engine/inside.ts'
import type { DeliveryErrorCode } from './errors.ts'
import type { StoredDeadLetter } from './ports.ts'

/** Which dead letters; all of them when nothing is said, and those for which all holds that is. */
export interface DeadLetterQuery {
  readonly id?: number
  /** Its key: `<bus>/<rule>/<target>`, or `<topic>/<protocol>`. */
  readonly target?: string
  /** Of all rules of this bus; of a topic of that name, too. */
  readonly bus?: string
  /** Of this rule, on `bus` or else on the bus `default`. */
  readonly rule?: string
  readonly errorCode?: DeliveryErrorCode
  /** A part of the error's text, letter for letter. */
  readonly error?: string
}

export interface DeadLetterQueue {
  /**
   * The newest first, at most `limit` (100), and fewer when their events come to 8 MB. `next` is the
   * `before` of the page that follows; null when this was the last.
   */
  list(
    query: DeadLetterQuery,
    page?: { readonly limit?: number; readonly before?: number },
  ): Promise<{ readonly deadLetters: readonly StoredDeadLetter[]; readonly next: number | null }>
  count(query: DeadLetterQuery): Promise<number>
  /**
   * Makes deliveries of them again, the oldest first, with all attempts that the retry policy allows
   * and an age that is counted from now. Those that die meanwhile stay, also if they were redriven.
   *
   * Rejects with the signal's reason when that aborts, and when nothing can be stored: what was told
   * to `progress` has been redriven then, nothing else has, and it can be asked for again.
   */
  redrive(query: DeadLetterQuery, options?: Options<Redriven>): Promise<Redriven>
  /** Deletes them, in the same steps. */
  purge(query: DeadLetterQuery, options?: Options<Purged>): Promise<Purged>
}

export interface Redriven {
  /** Those of which another process was quicker to make a delivery are among them, and are delivered once. */
  readonly redriven: number
  /** Those that stay, because their target is gone. */
  readonly withoutTarget: number
}
export interface Purged {
  readonly purged: number
}
export interface Options<Done> {
  /** Changes nothing and answers what would be done now. */
  readonly dryRun?: boolean
  readonly signal?: AbortSignal
  /** Called after each step with what has been done so far. */
  readonly progress?: (done: Done) => void
}

/**
 * Letters in one step, and characters of their events; the one that goes beyond is still taken. Their
 * rows lie apart where many targets fail at once: 200 of a million took 15 ms of everybody's time.
 */
const stepSize = 100
const stepBytes = 4_194_304
const pageBytes = 8_388_608
/** Ids in which a part of an error is sought before anybody else's turn comes. */
const searched = 10_000

type Filter = Parameters<Inside['store']['deadLetters']>[0]
/** Ids between which letters are looked for, without these. */
interface Range {
  readonly after: number
  readonly before: number
}

/** One for each engine: two would tell of one letter twice that it was redriven. */
export function deadLetterQueue({
  store,
  clock,
  write,
  subscribers,
}: Pick<Inside, 'store' | 'clock' | 'write' | 'subscribers'>): DeadLetterQueue {
  let before: Promise<unknown> = Promise.resolve()
  /** Steps of all redrives and purges, one after the other, for each reads what the last has left. */
  function step<T>(make: () => Promise<T>): Promise<T> {
    const made = before.then(make)
    before = made.catch(() => {})
    return made
  }

  /** Parts of a range, none of which takes long to search. */
  async function* parts(filter: Filter, first: 'newest' | 'oldest', range: Range) {
    if (filter.error === undefined) {
      yield range
      return
    }
    const { error: _error, ...others } = filter
    let left = range
    for (;;) {
      const [next] = await store.deadLetters({ ...others, ...left }, first, 1, 1)
      if (!next) return
      const from = Math.max(left.after, next.id - searched)
      const to = Math.min(left.before, next.id + searched)
      yield first === 'newest' ? { ...left, after: from } : { ...left, before: to }
      left = first === 'newest' ? { ...left, before: from + 1 } : { ...left, after: to - 1 }
      await new Promise<void>((resolve) => clock.soon(resolve))
    }
  }

  async function* pages(
    filter: Filter,
    first: 'newest' | 'oldest',
    range: Range,
    limit: number,
    bytes: number,
  ): AsyncGenerator<readonly StoredDeadLetter[], undefined> {
    for await (const part of parts(filter, first, range)) {
      let left: Range = part
      for (;;) {
        const page = await store.deadLetters({ ...filter, ...left }, first, limit, bytes)
        const last = page.at(-1)
        if (!last) break
        yield page
        left = first === 'newest' ? { ...left, before: last.id } : { ...left, after: last.id }
      }
    }
  }

  async function count(filter: Filter): Promise<number> {
    let sum = 0
    for await (const part of parts(filter, 'newest', all))
      sum += await store.countDeadLetters({ ...filter, ...part })
    return sum
  }

  /** Calls `make` with page after page of those that are dead now. */
  async function each(
    query: DeadLetterQuery,
    signal: AbortSignal | undefined,
    make: (page: readonly StoredDeadLetter[]) => Promise<void>,
  ): Promise<void> {
    const filter = filterOf(query)
    signal?.throwIfAborted()
    const [newest] = await store.deadLetters({}, 'newest', 1, 1)
    const range = { ...all, before: (newest?.id ?? 0) + 1 }
    const reading = pages(filter, 'oldest', range, stepSize, stepBytes)
    for (let isDone = false; !isDone; ) {
      signal?.throwIfAborted()
      isDone = await step(async () => {
        const { value: page } = await reading.next()
        if (page) await make(page)
        return !page
      })
    }
  }

  /** What a redrive would come to. */
  async function foreseen(query: DeadLetterQuery): Promise<Redriven> {
    const filter = filterOf(query)
    const { target, targetPrefix = '' } = filter
    let withoutTarget = 0
    for (const [key, { dead }] of await store.counts())
      if (dead > 0 && !subscribers.has(key) && (target ?? key) === key)
        if (key.startsWith(targetPrefix)) withoutTarget += await count({ ...filter, target: key })
    return { redriven: (await count(filter)) - withoutTarget, withoutTarget }
  }

  return {
    async list(query, { limit = 100, before: beforeId = all.before } = {}) {
      const found: StoredDeadLetter[] = []
      let bytes = 0
      const range = { ...all, before: beforeId }
      // One more than asked for tells whether another page follows.
      for await (const page of pages(filterOf(query), 'newest', range, limit + 1, pageBytes))
        for (const letter of page) {
          if (found.length === limit || (found.length > 0 && bytes >= pageBytes))
            return { deadLetters: found, next: found.at(-1)?.id ?? beforeId }
          found.push(letter)
          bytes += letter.text.length
        }
      return { deadLetters: found, next: null }
    },
    count: (query) => count(filterOf(query)),
    async redrive(query, { dryRun = false, signal, progress } = {}) {
      if (dryRun) return foreseen(query)
      let done: Redriven = { redriven: 0, withoutTarget: 0 }
      await each(query, signal, async (page) => {
        const isKnown = ({ target }: StoredDeadLetter) => subscribers.has(target)
        let known = page.filter(isKnown)
        const revive = () => {
          known = page.filter(isKnown) // some may have gone since
          const now = clock.now().getTime()
          const revived = known.map((letter) => ({ id: letter.id, delivery: again(letter, now) }))
          return { revived }
        }
        if (known.length > 0) await write(revive)
        const withoutTarget = done.withoutTarget + page.length - known.length
        done = { redriven: done.redriven + known.length, withoutTarget }
        progress?.(done)
      })
      return done
    },
    async purge(query, { dryRun = false, signal, progress } = {}) {
      if (dryRun) return { purged: await count(filterOf(query)) }
      let purged = 0
      await each(query, signal, async (page) => {
        await write(() => ({ revived: page.map(({ id }) => ({ id })) }))
        purged += page.length
        progress?.({ purged })
      })
      return { purged }
    },
  }
}

const all: Range = { after: 0, before: Number.MAX_SAFE_INTEGER }

function filterOf({ bus, rule, ...others }: DeadLetterQuery): Filter {
  if (rule !== undefined) return { ...others, targetPrefix: `${bus ?? 'default'}/${rule}/` }
  return bus === undefined ? others : { ...others, targetPrefix: `${bus}/` }
}

/** The delivery as it was, with all attempts before it. Its event may have left the log. */
function again(letter: StoredDeadLetter, now: number): WaitingDelivery {
  const { target, event, item, text, lane, progress } = letter
  return {
    ...{ target, event, item, attempts: 0, due: now, since: now, ownText: text },
    ...(lane !== undefined && { lane }),
    ...(progress !== undefined && { progress }),
  }
}
