/**
 * One commit for many. What requests want to write in the same turn of the event loop is written
 * in one transaction, and what deliveries have come to rides along, so that the disk is waited for
 * once and not once for each.
 */
import { BusError } from './errors.ts'
import type { Clock, Rows, Store, Work } from './ports.ts'

export interface GroupCommit<Tx> {
  /** Resolves with what `run` returned once that is on disk; rejects with what it threw, undone. */
  transact<T>(run: (tx: Tx) => T): Promise<T>
  /** Something that `rows` will write is waiting; it may wait a few milliseconds for company. */
  remind(urgent: boolean): void
  /** Resolves when nothing waits to be written. */
  idle(): Promise<void>
  /** The store is not asked any more; what still waits for it is told so. */
  close(): void
}

/** What the bus adds to a commit, and what it does about its end. */
export interface Contents {
  /** Called inside the transaction, when the works have run. */
  rows(): Rows
  committed(): void
  /** Nothing was stored. Answers whether there is something to try again. */
  failed(error: unknown): boolean
}

/** Works in one transaction. */
const groupSize = 500
/** Works that may wait for one. Beyond it callers are told to come back. */
const queueLimit = 20_000
/** How long finished deliveries wait for a commit to ride in. */
const companyMs = 4
/** How long after a failed commit the next is tried when no request asks for one. */
const afterFailureMs = 1_000
const closedMessage = 'The bus is closed. Nothing was stored.'

export function groupCommit<Tx>(
  store: Pick<Store<Tx>, 'commit'>,
  clock: Clock,
  contents: Contents,
): GroupCommit<Tx> {
  const queue: (Work<Tx> & { readonly stored: () => void })[] = []
  const waiters: (() => void)[] = []
  let reminded = false
  let soon = false
  let later: (() => void) | null = null
  /** One, however many commits fail: each of them would bring up the next. */
  let retry: (() => void) | null = null
  let closed = false
  let committing = false

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

  async function commit(): Promise<void> {
    if (committing || closed) return
    committing = true
    const works = queue.splice(0, groupSize)
    reminded = false
    let failed = false
    try {
      await store.commit(works, contents.rows)
      contents.committed()
    } catch (cause) {
      failed = true
      reminded = contents.failed(cause)
      const why = cause instanceof Error ? cause.message : String(cause)
      const error = new BusError(
        'InternalException',
        `Nothing was stored (${why}). Try again; if it stays so, look at the disk of the data directory.`,
        { cause },
      )
      for (const work of works) work.failed(error)
    }
    committing = false
    if (!failed) for (const work of works) work.stored()
    if (queue.length > 0) schedule(true)
    else if (reminded && failed)
      retry ??= clock.after(afterFailureMs, () => {
        retry = null
        schedule(true)
      })
    else if (reminded) schedule(true)
    else for (const waiter of waiters.splice(0)) waiter()
  }

  return {
    transact: (run) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new BusError('InternalException', closedMessage))
        if (queue.length >= queueLimit) {
          const message = `${queueLimit} writes are waiting for the disk already. Try again in a second.`
          return reject(new BusError('ThrottlingException', message))
        }
        let stored = () => {}
        queue.push({
          run(tx) {
            const result = run(tx)
            stored = () => resolve(result)
          },
          failed(error) {
            stored = () => {}
            reject(error)
          },
          stored: () => stored(),
        })
        schedule(true)
      }),
    remind(urgent) {
      reminded = true
      schedule(urgent)
    },
    idle: () =>
      new Promise((resolve) => {
        if (!committing && !reminded && queue.length === 0) resolve()
        else waiters.push(resolve)
      }),
    close() {
      closed = true
      later?.()
      retry?.()
      for (const work of queue.splice(0))
        work.failed(new BusError('InternalException', closedMessage))
    },
  }
}
