/**
 * What one connection has not been sent yet, as frames: after what it was told up to, for all of its
 * watches; and for a new watch, what it missed and no other has brought.
 */
import { resync, type Subject } from '../../frames.ts'
import { type ChangeLog, cursorOf, type Entry, type Head } from './change-log.ts'
import type { Connection, Watch } from './connection-item.ts'

/** Beyond, fetching anew is less work for both. */
export const most = { changes: 250, bytes: 1_048_576 }

type Watches = Connection['watches']
/** When these are sent, all up to that number is. */
export interface Part {
  readonly at: number
  readonly frames: readonly (string | Uint8Array)[]
}

/** All that is owed to the watches up to `upTo`, each change once. */
export async function owed(
  log: Pick<ChangeLog, 'entries'>,
  head: Head,
  { position, watches }: Pick<Connection, 'position' | 'watches'>,
  upTo: number,
): Promise<readonly Part[]> {
  if (position >= upTo) return []
  const found = await Promise.all(
    [...watches.keys()].map((key) => log.entries(key, position, upTo, most.changes + 1)),
  )
  const entries = inOrder(found.flat())
  const fault = tooMuch(entries)
  if (fault === null)
    return entries.map((entry) => ({ at: entry.at, frames: framesOf(entry, watches, head) }))
  const anew = ({ subject }: Watch) => resync(subject, cursorOf(head, upTo), fault)
  return [{ at: upTo, frames: [...watches.values()].map(anew) }]
}

/** What a new watch missed; or why that cannot be told one by one. */
export async function missed(
  log: Pick<ChangeLog, 'entries' | 'reaches'>,
  head: Head,
  { watches }: Pick<Connection, 'watches'>,
  { key, subject, after }: { key: string; subject: Subject; after: number | null },
): Promise<readonly (string | Uint8Array)[] | string> {
  if (after === null || !(await log.reaches(head, after)))
    return 'what came after this cursor is not known here'
  const found = await log.entries(key, after, head.at, most.changes + 1)
  const entries = found.filter((entry) => !isSent(entry, watches))
  return (
    tooMuch(entries) ??
    entries.flatMap((entry) => framesOf(entry, new Map([[key, { subject, start: 0 }]]), head))
  )
}

const inOrder = (entries: readonly Entry[]): readonly Entry[] =>
  [...new Map(entries.map((entry) => [entry.at, entry])).values()].sort((a, b) => a.at - b.at)

const isSent = ({ keys, at }: Entry, watches: Watches): boolean =>
  keys.some((key) => (watches.get(key)?.start ?? at) < at)

function tooMuch(entries: readonly Entry[]): string | null {
  if (entries.length > most.changes) return `more than ${most.changes} changes were missed`
  const bytes = entries.reduce((sum, { frame }) => sum + Buffer.byteLength(frame ?? ''), 0)
  return bytes > most.bytes ? `more than ${most.bytes} bytes were missed` : null
}

/** A post that fits in no frame is fetched by whoever watches it. */
function framesOf(
  { at, keys, frame }: Entry,
  watches: Watches,
  head: Head,
): (string | Uint8Array)[] {
  if (frame !== null) return [frame]
  const those = keys.flatMap((key) => watches.get(key) ?? []) as readonly Watch[]
  return those.map(({ subject }) =>
    resync(subject, cursorOf(head, at), 'a post is too large for a frame'),
  )
}
