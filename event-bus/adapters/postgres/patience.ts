/**
 * What to do about a row that another node is writing. Nobody waits for it inside a commit: all that is in
 * that commit would wait, and behind a node that is stopped for a long time. The work is undone alone, and
 * runs again in a later commit.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { BusError } from '../../errors.ts'
import type { PostgresTx } from './writer.ts'

/** PostgreSQL's codes: a lock that was not waited for, and one of two that waited for each other. */
const notAvailable = '55P03'
const deadlock = '40P01'
const firstPauseMs = 2
const longestPauseMs = 100

const isBusy = (error: unknown): boolean =>
  [notAvailable, deadlock].includes(String((error as { readonly code?: unknown } | null)?.code))

/** Runs it until it has met no row that is being written; after `limitMs` the caller is told to come back. */
export async function patiently<T>(run: () => Promise<T>, limitMs = 10_000): Promise<T> {
  const deadline = performance.now() + limitMs
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 1.5)) {
    try {
      return await run()
    } catch (error) {
      if (!isBusy(error)) throw error
      if (performance.now() > deadline)
        throw new BusError(
          'ThrottlingException',
          `What this changes has been in use by others for ${limitMs} ms. Try again in a second.`,
          { cause: error },
        )
    }
    await pause(pauseMs * (0.5 + Math.random()))
  }
}

/** Has the name to itself until the commit, or throws what `patiently` waits for. */
export async function claim(tx: PostgresTx, name: string): Promise<void> {
  const text = 'select pg_try_advisory_xact_lock(hashtextextended($1, 4)) as mine'
  const [row] = await tx.query<{ readonly mine: boolean }>(text, [name])
  if (!row?.mine) throw Object.assign(new Error(`${name} is in use`), { code: notAvailable })
}
