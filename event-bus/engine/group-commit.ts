/**
 * One commit for many. What requests want to write in the same turn of the event loop is written
 * in one transaction, and what deliveries have come to rides along, so that the disk is waited for
 * once and not once for each.
 */
import { BusError, isOvertaken } from '../errors.ts'
import type { Clock, Rows, Store, Work } from '../ports.ts'

/** Something of the bus's own that the next commit has to write. */
export interface Rider {
  /** Of its events, in characters. */
  readonly size: number
  /** How many events it brings. */
  readonly count: number
  /** It may be refused by the store, and then nothing else is to fail with it. */
  readonly alone?: boolean
  /** Somebody waits who is told when a commit does not end, as all whose works are in it are. */
  readonly isAsked?: boolean
  /** It is on disk. */
  stored(): void
  failed(error: unknown): void
}

export interface GroupCommit<Tx, R extends Rider> {
  /** Resolves with what `run` returned once that is on disk; rejects with what it threw, undone. */
  transact<T>(run: (tx: Tx) => T | Promise<T>): Promise<T>
  /** Takes it into the next commit that has room, or fails it. */
  ride(rider: R): void
  /** Something that `rows` will write is waiting; it may wait a few milliseconds for company. */
  remind(urgent: boolean): void
  /** How many works and riders were turned away, because too many waited or a commit did not end. */
  readonly turnedAway: number
  /** Resolves when nothing waits to be written. Meanwhile nothing waits for company. */
  idle(): Promise<void>
  /** The store is not asked any more; what still waits for it is told so, who waits for rest is let go. */
  close(): void
}

/** What the bus adds to a commit, and what it does about its end. */
export interface Contents<R extends Rider> {
  /** Called inside the transaction, when the works have run. */
  rows(riders: readonly R[]): Rows
  committed(): void
  /** Nothing was stored. Answers whether there is something to try again. */
  failed(error: unknown): boolean
}

/** Works, and events that are put, in one transaction. */
const groupSize = 500
/** Characters of events in one transaction; the put that goes beyond is still taken. */
const groupBytes = 4_194_304
/** Works and puts that may wait for one. Beyond it callers are told to come back. */
const queueLimit = 20_000
/** Characters of the events that may wait. */
const queueBytes = 67_108_864
/** How long finished deliveries wait for a commit to ride in. */
const companyMs = 4
/** How long a commit may be under way until those who wait for it are told that its end is not known. */
const lateMs = 15_000
/** How long after a failed commit the next is tried when no request asks for one. */
const afterFailureMs = 1_000
const closedMessage = 'The bus is closed. Nothing was stored.'

function notStored(cause: unknown): BusError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new BusError(
    'InternalException',
    `Nothing was stored (${why}). Try again; if it stays so, look at the disk of the data directory.`,
    { cause },
  )
}

const notBegun = (): BusError =>
  notStored(new Error(`The commit before it has not ended for ${lateMs / 1_000} s`))

/** In its commit it may be stored yet; then all that it brings about happens, too. */
function notKnown(): BusError {
  const message = `It is not known whether this was stored: the commit has not ended for ${lateMs / 1_000} s. Ask for it before you send it again.`
  return new BusError('InternalException', message, { mayBeStored: true })
}

export function groupCommit<Tx, R extends Rider>(
  store: Pick<Store<Tx>, 'commit'>,
  clock: Clock,
  contents: Contents<R>,
): GroupCommit<Tx, R> {
  const works: (Work<Tx> & { readonly stored: () => void })[] = []
  const riders: R[] = []
  /** Characters of the riders' events. */
  let waiting = 0
  const waiters: (() => void)[] = []
  let reminded = false
  let soon = false
  let later: (() => void) | null = null
  /** One, however many commits fail: each of them would bring up the next. */
  let retry: (() => void) | null = null
  let closed = false
  let committing = false
  let late = false
  let turnedAway = 0

  function schedule(urgent: boolean): void {
    if (committing || soon || closed) return
    if (urgent) {
      soon = true
      later?.()
      later = null
      clock.soon(() => {
        soon = false
        void commit()
      })
    } else
      later ??= clock.after(companyMs, () => {
        later = null
        void commit()
      })
  }

  function nextRiders(): R[] {
    let count = 0
    let size = 0
    let end = 0
    for (; end < riders.length && count < groupSize && size < groupBytes; end++) {
      const rider = riders[end] as R
      if (rider.alone && end > 0) break
      count += rider.count
      size += rider.size
      if (rider.alone) {
        end++
        break
      }
    }
    waiting -= size
    return riders.splice(0, end)
  }

  /** Nobody waits for ever. What has not begun is let go, so that it does not come when nobody expects it any more. */
  function tellLate(group: typeof works, riding: readonly R[]): void {
    late = true
    for (const each of [...group, ...riding.filter(({ isAsked }) => isAsked)])
      each.failed(notKnown())
    const asked = riders.filter(({ isAsked }) => isAsked)
    const others = riders.filter(({ isAsked }) => !isAsked)
    riders.splice(0, riders.length, ...others)
    for (const { size } of asked) waiting -= size
    turnedAway += works.length + asked.length
    for (const each of [...works.splice(0), ...asked]) each.failed(notBegun())
  }

  async function commit(): Promise<void> {
    if (committing || closed) return
    committing = true
    const riding = nextRiders()
    const group = riding[0]?.alone ? [] : works.splice(0, groupSize)
    reminded = false
    let failed = false
    let isAgain = false
    const onTime = clock.after(lateMs, () => tellLate(group, riding))
    try {
      await store.commit(group, () => contents.rows(riding))
      contents.committed()
    } catch (cause) {
      failed = true
      isAgain = isOvertaken(cause)
      reminded = contents.failed(cause)
      const isTold = isOvertaken(cause) || (cause as BusError).mayBeStored
      const error = isTold ? cause : notStored(cause)
      for (const each of [...group, ...riding]) each.failed(error)
    }
    onTime()
    committing = false
    late = false
    if (!failed) {
      for (const work of group) work.stored()
      for (const rider of riding) rider.stored()
    }
    if (works.length + riders.length > 0) schedule(true)
    else if (closed) return
    else if (reminded && failed && !isAgain)
      retry ??= clock.after(afterFailureMs, () => {
        retry = null
        schedule(true)
      })
    else if (reminded) schedule(true)
    else for (const waiter of waiters.splice(0)) waiter()
  }

  /** Why nothing more is taken. */
  function refusal(size: number, isAsked: boolean): BusError | null {
    if (closed) return new BusError('InternalException', closedMessage)
    const isRoom = works.length + riders.length < queueLimit
    const isLate = late && isAsked
    if (!isLate && isRoom && (waiting === 0 || waiting + size < queueBytes)) return null
    turnedAway++
    if (isLate) return notBegun()
    const message = `${works.length + riders.length} writes are waiting for the disk already. Try again in a second.`
    return new BusError('ThrottlingException', message)
  }

  return {
    transact: <T>(run: (tx: Tx) => T | Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        const refused = refusal(0, true)
        if (refused) return reject(refused)
        let stored = () => {}
        works.push({
          run(tx) {
            const keep = (result: T) => {
              stored = () => resolve(result)
            }
            const result = run(tx)
            return result instanceof Promise ? result.then(keep) : keep(result)
          },
          failed(error) {
            stored = () => {}
            reject(error)
          },
          stored: () => stored(),
        })
        schedule(true)
      }),
    ride(rider) {
      const refused = refusal(rider.size, rider.isAsked === true)
      if (refused) return rider.failed(refused)
      riders.push(rider)
      waiting += rider.size
      schedule(true)
    },
    get turnedAway() {
      return turnedAway
    },
    remind(urgent) {
      reminded = true
      schedule(urgent || waiters.length > 0)
    },
    idle: () =>
      new Promise((resolve) => {
        const isAtRest = !committing && !reminded && works.length + riders.length === 0
        if (closed || isAtRest) return resolve()
        waiters.push(resolve)
        if (later) schedule(true)
      }),
    close() {
      closed = true
      later?.()
      retry?.()
      const error = new BusError('InternalException', closedMessage)
      for (const each of [...works.splice(0), ...riders.splice(0)]) each.failed(error)
      for (const waiter of waiters.splice(0)) waiter()
    },
  }
}
