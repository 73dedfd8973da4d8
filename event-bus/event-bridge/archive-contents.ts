/**
 * Which events of the log an archive has. They are counted in each commit that stores some, and the
 * numbers are stored with them: whatever the process dies of, they are those of the events.
 */
import { compile, type Match, RuleSet } from '@busbar/event-pattern'
import {
  type ArchiveNumbers,
  archiveKind,
  askedBy,
  type Era,
  type StoredArchive,
} from '../archive.ts'
import { idAt } from '../engine/event-id.ts'
import type { Inside } from '../engine/inside.ts'
import { isReplayed, timeIn } from '../event.ts'
import type { EventRow, SettingRow } from '../ports.ts'
import {
  type ArchivePart,
  begin,
  day,
  grown,
  partKind,
  partOf,
  removed,
  storedParts,
  written,
} from './archive-part.ts'
import { utf8Length } from './utf8-length.ts'

export interface ArchiveContents {
  /**
   * An event is counted from the commit on that stores it, and no more when its part has left the
   * archive: an hour's when it is kept for 31 days or fewer, else a day's. So the numbers are exact but
   * for those whose retention has ended within that hour or day.
   */
  numbers(archive: StoredArchive): ArchiveNumbers
  /** Whether the archive has this event of its bus. */
  has(archive: StoredArchive, event: Pick<EventRow, 'id' | 'text'>): boolean
  /** Whether any archive has the event. */
  keeps(event: EventRow): boolean
  /** No id below this one is in the archive; Infinity when it is empty. */
  beginning(archive: StoredArchive): number
  /**
   * Between which ids those of its events are that happened in [`start`, `end`) and are younger than
   * its retention; times in ms since 1970. Ascending; other events may be between them.
   */
  ranges(archive: StoredArchive, start: number, end: number): readonly IdRange[]
}
/** From `from` to below `below`. */
export interface IdRange {
  readonly from: number
  readonly below: number
}

interface PartsOf {
  readonly archive: StoredArchive
  readonly parts: readonly ArchivePart[]
}
/** The archives of a bus, by what they ask for now. */
interface OnBus {
  readonly archives: StoredArchive[]
  readonly ofAll: StoredArchive[]
  readonly ofSome: RuleSet<StoredArchive>
}

/**
 * Asks the engine to be asked for each commit (`Inside.alongside`). Without an archive that costs
 * nothing. With one, a commit that adds to it writes one setting more, and an event of its bus costs
 * 0.5 µs, where the archive has a pattern 2 µs: it is matched once more, by all of them together.
 */
export function archiveContents({
  settings,
  clock,
  alongside,
  heard,
  store,
}: Pick<Inside, 'settings' | 'clock' | 'alongside' | 'heard'> & {
  readonly store: Pick<Inside['store'], 'node'>
}): ArchiveContents {
  const parts = storedParts(settings)
  const isShared = store.node.of > 1
  /** The first events of parts that this process has begun: where there are others, it adds to no other's. */
  const own = new Set<number>()
  let archives: ReadonlyMap<string, StoredArchive> = new Map(
    [...settings(archiveKind)].map(([name, text]) => [name, JSON.parse(text) as StoredArchive]),
  )
  let buses = byBus(archives)
  const matches = new WeakMap<Era, Match>()

  const partsOf = ({ Id }: StoredArchive) => parts.get(Id) ?? []
  const isOver = ({ RetentionDays }: StoredArchive, { until }: ArchivePart) =>
    RetentionDays > 0 && until <= clock.now().getTime() - RetentionDays * day
  const lastOwn = (archive: StoredArchive) =>
    isShared ? partsOf(archive).findLast(({ first }) => own.has(first)) : partsOf(archive).at(-1)
  const live = (archive: StoredArchive) => partsOf(archive).filter((part) => !isOver(archive, part))
  const over = (archive: StoredArchive) => partsOf(archive).filter((part) => isOver(archive, part))

  function beginning(archive: StoredArchive): number {
    for (const part of partsOf(archive)) if (!isOver(archive, part)) return part.first
    return Number.POSITIVE_INFINITY
  }

  function has(archive: StoredArchive, { id, text }: Pick<EventRow, 'id' | 'text'>): boolean {
    if (id < beginning(archive) || isReplayed(text)) return false
    const era = archive.Eras.findLast(({ From }) => From <= id)
    if (!era || era.IsOff) return false
    const known = matches.get(era)
    if (known) return known(text)
    const asked = askedBy(era)
    const match = asked === undefined ? () => true : compile(asked)
    matches.set(era, match)
    return match(text)
  }

  const unchanged = () => ({ next: archives, gone: [] as PartsOf[] })
  /** The archives when these rows have been written, and the parts that go with them. */
  function changed(rows: readonly SettingRow[]) {
    const next = new Map(archives)
    const gone: PartsOf[] = []
    for (const { name, text } of rows) {
      const old = archives.get(name)
      // What an archive has no more, it does not get back by a longer retention.
      if (old) gone.push({ archive: old, parts: text === null ? partsOf(old) : over(old) })
      if (text === null) next.delete(name)
      else next.set(name, JSON.parse(text))
    }
    return { next, gone }
  }

  function added(events: readonly EventRow[], to: ReadonlyMap<string, OnBus>) {
    const last = new Map<StoredArchive, ArchivePart>()
    const begun = new Map<StoredArchive, ArchivePart[]>()
    for (const event of events) {
      const on = to.get(event.bus)
      if (!on || isReplayed(event.text)) continue
      const takers = on.ofSome.size > 0 ? on.ofSome.match(event.text) : []
      if (takers.length + on.ofAll.length === 0) continue
      const bytes = utf8Length(event.text)
      const time = timeIn(event.text)
      for (const archive of on.ofAll.length > 0 ? [...on.ofAll, ...takers] : takers) {
        let part = last.get(archive) ?? lastOwn(archive)
        if (!part || timeAtLeast(event.id, part.until)) {
          if (part && last.has(archive)) begun.set(archive, [...(begun.get(archive) ?? []), part])
          part = begin(archive, event.id)
          own.add(part.first)
        }
        last.set(archive, grown(part, event.id, bytes, time))
      }
    }
    return [...last].map(([archive, part]) => ({
      archive,
      parts: [...(begun.get(archive) ?? []), part],
    }))
  }

  alongside((events, rows) => {
    const changes = rows.filter(({ kind }) => kind === archiveKind)
    if (changes.length === 0 && buses.size === 0) return null
    const { next, gone } = changes.length === 0 ? unchanged() : changed(changes)
    const nextBuses = changes.length === 0 ? buses : byBus(next)
    const more = added(events, nextBuses)
    for (const { archive, parts: grew } of more) {
      const [first] = grew
      // One that begins is the time to look for those that are over.
      if (first && !partsOf(archive).some((part) => part.first === first.first))
        gone.push({ archive, parts: over(archive) })
    }
    if (changes.length + more.length === 0) return null
    return {
      settings: [
        ...gone.flatMap(({ archive, parts }) => parts.map((part) => removed(archive.Id, part))),
        ...more.flatMap(({ archive, parts }) => parts.map((part) => written(archive.Id, part))),
      ],
      applied() {
        archives = next
        buses = nextBuses
        for (const { archive, parts: left } of gone)
          parts.set(archive.Id, without(partsOf(archive), left))
        for (const { archive, parts: grew } of more)
          parts.set(archive.Id, joined(partsOf(archive), grew))
        for (const [Id, { length }] of parts) if (length === 0) parts.delete(Id)
      },
    }
  })

  heard((rows) => {
    const { next, gone } = changed(rows.filter(({ kind }) => kind === archiveKind))
    archives = next
    buses = byBus(next)
    for (const { archive, parts: left } of gone)
      parts.set(archive.Id, without(partsOf(archive), left))
    for (const { kind, name, text } of rows) {
      if (kind !== partKind || text === null) continue
      const { archive, part } = partOf(name, text)
      if (!own.has(part.first)) parts.set(archive, joined(parts.get(archive) ?? [], [part]))
    }
  })

  return {
    numbers(archive) {
      let [EventCount, SizeBytes] = [0, 0]
      for (const { count, bytes } of live(archive)) {
        EventCount += count
        SizeBytes += bytes
      }
      return { EventCount, SizeBytes }
    },
    has,
    keeps: (event) =>
      buses.get(event.bus)?.archives.some((archive) => has(archive, event)) ?? false,
    beginning,
    ranges(archive, start, end) {
      const now = clock.now().getTime()
      const youngest = archive.RetentionDays > 0 ? idAt(now - archive.RetentionDays * day + 1) : 0
      const all = live(archive)
      // Parts of several processes lie between each other.
      const least = Math.min(...all.map(({ leastLate }) => leastLate))
      const most = Math.max(...all.map(({ mostLate }) => mostLate))
      return all.flatMap((part, at) => {
        const { first } = part
        const { leastLate, mostLate } = isShared ? { leastLate: least, mostLate: most } : part
        const from = Math.max(first, youngest, idAt(start + leastLate))
        const below = Math.min(all[at + 1]?.first ?? Number.MAX_SAFE_INTEGER, idAt(end + mostLate))
        return from < below ? { from, below } : []
      })
    },
  }
}

const timeAtLeast = (id: number, ms: number): boolean => id >= idAt(ms)

/** The oldest first. */
const joined = (
  parts: readonly ArchivePart[],
  more: readonly ArchivePart[],
): readonly ArchivePart[] =>
  [...without(parts, more), ...more].sort((one, other) => one.first - other.first)

function without(
  parts: readonly ArchivePart[],
  left: readonly ArchivePart[],
): readonly ArchivePart[] {
  const gone = new Set(left.map(({ first }) => first))
  return parts.filter(({ first }) => !gone.has(first))
}

function byBus(archives: ReadonlyMap<string, StoredArchive>): ReadonlyMap<string, OnBus> {
  const buses = new Map<string, OnBus>()
  for (const archive of archives.values()) {
    const { EventBusName } = archive
    const on = buses.get(EventBusName) ?? { archives: [], ofAll: [], ofSome: new RuleSet() }
    buses.set(EventBusName, on)
    on.archives.push(archive)
    const era = archive.Eras.at(-1)
    if (!era || era.IsOff) continue
    const asked = askedBy(era)
    if (asked === undefined) on.ofAll.push(archive)
    else on.ofSome.add(archive, asked)
  }
  return buses
}
