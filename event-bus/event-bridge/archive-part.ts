/**
 * What an archive has taken in an hour or a day: how much, and when. It leaves the archive as a
 * whole, so that the archive's size is a sum and nothing has to be counted again.
 */
import type { StoredArchive } from '../archive.ts'
import { timeOf } from '../engine/event-id.ts'
import type { SettingRow } from '../ports.ts'

export interface ArchivePart {
  /** The id of its first event. */
  readonly first: number
  /** When it ends, in ms since 1970: what is stored from then on is in the next. */
  readonly until: number
  readonly count: number
  /** Of the events' texts as UTF-8. */
  readonly bytes: number
  /**
   * How much later than they happened its events were stored, in ms: the least and the most. A producer
   * may have given any time.
   */
  readonly leastLate: number
  readonly mostLate: number
}

const hour = 3_600_000
export const day = 86_400_000
/** Up to so many days of retention a part is an hour, beyond it a day: about 700 parts, or 365 a year. */
const daysByTheHour = 31

export const partKind = 'archive-part'
/** A setting's name: of which archive, and of which part. */
const nameOf = (archive: number, { first }: ArchivePart): string => `${archive}/${first}`

/** The part that an event begins. */
export function begin({ RetentionDays }: StoredArchive, id: number): ArchivePart {
  const long = RetentionDays === 0 || RetentionDays > daysByTheHour ? day : hour
  const until = (Math.floor(timeOf(id) / long) + 1) * long
  return {
    ...{ first: id, until, count: 0, bytes: 0 },
    ...{ leastLate: Number.MAX_SAFE_INTEGER, mostLate: Number.MIN_SAFE_INTEGER },
  }
}

/** `time` is when the event happened, in ms since 1970. */
export function grown(part: ArchivePart, id: number, bytes: number, time: number): ArchivePart {
  const late = Number.isNaN(time) ? 0 : timeOf(id) - time
  return {
    first: part.first,
    until: part.until,
    count: part.count + 1,
    bytes: part.bytes + bytes,
    leastLate: Math.min(part.leastLate, late),
    mostLate: Math.max(part.mostLate, late),
  }
}

export const written = (archive: number, part: ArchivePart): SettingRow => ({
  ...{ kind: partKind, name: nameOf(archive, part) },
  text: JSON.stringify([part.until, part.count, part.bytes, part.leastLate, part.mostLate]),
})
export const removed = (archive: number, part: ArchivePart): SettingRow => ({
  ...{ kind: partKind, name: nameOf(archive, part), text: null },
})

export function partOf(
  name: string,
  text: string,
): { readonly archive: number; readonly part: ArchivePart } {
  const [archive = 0, first = 0] = name.split('/').map(Number)
  const [until = 0, count = 0, bytes = 0, leastLate = 0, mostLate = 0] = JSON.parse(text)
  return { archive, part: { first, until, count, bytes, leastLate, mostLate } }
}

/** The parts of each archive, by its id, the oldest first. */
export function storedParts(
  settings: (kind: string) => ReadonlyMap<string, string>,
): Map<number, readonly ArchivePart[]> {
  const of = new Map<number, ArchivePart[]>()
  for (const [name, text] of settings(partKind)) {
    const { archive, part } = partOf(name, text)
    const parts = of.get(archive) ?? []
    parts.push(part)
    of.set(archive, parts)
  }
  for (const parts of of.values()) parts.sort((a, b) => a.first - b.first)
  return of
}
