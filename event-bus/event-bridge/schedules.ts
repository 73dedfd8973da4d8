/**
 * Fires the rules that have a ScheduleExpression: one event for each due time, also through crashes.
 * An event and the note that its time has been fired are one commit, so no crash falls between them.
 * Imitates "creating a rule that runs on a schedule" of the EventBridge user guide; that what fell due
 * while nothing ran is fired later is ours: EventBridge is never down.
 */
import { ruleArn } from '../arn.ts'
import type { Inside } from '../engine/inside.ts'
import { BusError, isOvertaken } from '../errors.ts'
import type { SettingRow } from '../ports.ts'
import { type Schedule, schedule } from '../schedule.ts'
import type { Rules, StoredRule } from './stored-rule.ts'

export interface Schedules {
  /**
   * Fires from here on, beginning with what fell due since the last process. Of that only the last
   * 24 hours, the oldest first: who was away for longer is told a day's worth and not a month's.
   * To be called when the engine has been started.
   */
  start(): void
  /** Fires nothing more. */
  close(): void
}

/** What outlives the process, by the rule's name. */
interface Note extends Pick<StoredRule, 'CreatedAt'> {
  readonly ScheduleExpression: string
  /** The last due time that was fired, or that need not be, in ms since 1970. Null: the rule is DISABLED. */
  readonly FiredUpTo: number | null
}
interface Timetable {
  note: Note
  readonly schedule: Schedule
  /** The first due time that was not fired. Null: never. */
  due: number | null
}

const kind = 'schedule'
const dayMs = 86_400_000
/** Rules that are fired in one commit. */
const pageSize = 100
/** A timer does not notice that the clock was set: it is looked at once a minute. */
const longestWaitMs = 60_000
/** How long after a failed commit the next is tried. */
const afterFailureMs = 1_000
/** What another process is to fire is looked at again after so long, when it is due. */
const othersMs = 1_000

/** `failed` is told what goes wrong and is tried again. */
export function schedules({
  inside,
  rules,
  failed = () => {},
}: {
  readonly inside: Pick<
    Inside,
    'clock' | 'place' | 'settings' | 'decide' | 'putFor' | 'heard' | 'owns'
  >
  readonly rules: Pick<Rules, 'ruleOf' | 'keysOf' | 'scheduled' | 'changed'>
  readonly failed?: (error: unknown) => void
}): Schedules {
  const { clock, place } = inside
  const now = () => clock.now().getTime()
  const timetables = new Map<string, Timetable>()
  /** Rules whose notes on disk are not what they should be. */
  const unwritten = new Set<string>()
  /** For all of them together. */
  let cancel: (() => void) | null = null
  let working = false
  let closed = false

  function timetable(note: Note): Timetable {
    const times = schedule(note.ScheduleExpression, note.CreatedAt)
    return {
      note,
      schedule: times,
      due: note.FiredUpTo === null ? null : times.next(note.FiredUpTo),
    }
  }

  /** The rule may have changed in whatever way. */
  function look(name: string): void {
    const rule = rules.ruleOf('default', name)
    if (rule?.ScheduleExpression === undefined) {
      if (timetables.delete(name)) unwritten.add(name)
      return
    }
    const { CreatedAt, ScheduleExpression } = rule
    const known = timetables.get(name)?.note
    const isSame = known?.CreatedAt === CreatedAt && known.ScheduleExpression === ScheduleExpression
    const wasDisabled = isSame && known.FiredUpTo === null
    const isDisabled = rule.State === 'DISABLED'
    if (isSame && wasDisabled === isDisabled) return
    // One that is new, or has another expression, begins when it was given that: no note is needed
    // for this, and no crash comes before it. One that is enabled again, or declared, begins now.
    const beginsNow = isSame || rule.ManagedBy !== undefined
    const FiredUpTo = isDisabled ? null : beginsNow ? now() : CreatedAt
    timetables.set(name, timetable({ CreatedAt, ScheduleExpression, FiredUpTo }))
    if (isDisabled || isSame) unwritten.add(name)
  }

  const row = (name: string, note: Note | undefined) => ({
    ...{ kind, name },
    text: note === undefined ? null : JSON.stringify(note),
  })

  async function writeNotes(): Promise<void> {
    const names = [...unwritten]
    unwritten.clear()
    try {
      await inside.decide(() => ({
        settings: names.map((name) => row(name, timetables.get(name)?.note)),
      }))
    } catch (error) {
      for (const name of names) unwritten.add(name)
      throw error
    }
  }

  async function fire(name: string, table: Timetable, due: number): Promise<void> {
    const note = { ...table.note, FiredUpTo: due }
    /** Another process may have fired it while this waited for its commit. */
    const contribute = () => {
      if (table.due !== due || timetables.get(name) !== table) throw overtaken()
      return { settings: [row(name, note)] }
    }
    const keys = rules.keysOf('default', name)
    const event = {
      ...{ Source: 'aws.events', DetailType: 'Scheduled Event', Detail: '{}' },
      ...{ Time: new Date(due), Resources: [ruleArn(place, 'default', name)] },
    }
    // Without targets it is an event that nobody gets; whoever is added later has no claim to it.
    try {
      if (keys.length > 0) await inside.putFor(keys, 'default', event, contribute)
      else await inside.decide(contribute)
    } catch (error) {
      if (isOvertaken(error)) return // what has changed is known now: it is looked at again
      throw error
    }
    table.note = note
    table.due = table.schedule.next(due)
  }

  /** Another process has fired them, or noted that they need not be. */
  function hear(rows: readonly SettingRow[]): void {
    for (const { kind: of, name, text } of rows) {
      if (of !== kind) continue
      if (text === null) timetables.delete(name)
      else timetables.set(name, timetable(JSON.parse(text)))
    }
  }

  /** Leaves out what is too old, and forgets what a clock that was far ahead has left. */
  function adjust(): void {
    const at = now()
    for (const [name, table] of timetables) {
      const { note, due } = table
      if (note.FiredUpTo !== null && note.FiredUpTo > at + dayMs) {
        timetables.set(name, timetable({ ...note, FiredUpTo: at }))
        unwritten.add(name)
      } else if (due !== null && due <= at - dayMs) table.due = table.schedule.next(at - dayMs)
    }
  }

  /**
   * The next that are due, by time, no rule twice: if the commit of one fails and that of one behind
   * it does not, the note of the later time must not pass over the earlier.
   */
  function dueNow(): readonly (readonly [string, Timetable, number])[] {
    const at = now()
    const due: [string, Timetable, number][] = []
    let second = Number.POSITIVE_INFINITY
    for (const [name, table] of timetables) {
      if (table.due === null || table.due > at || !inside.owns(`${kind}/${name}`)) continue
      due.push([name, table, table.due])
      second = Math.min(second, table.schedule.next(table.due) ?? second)
    }
    due.sort(([, , a], [, , b]) => a - b)
    return due.filter(([, , time], place) => place < pageSize && time < second)
  }

  async function work(): Promise<void> {
    if (working || closed) return
    working = true
    cancel?.()
    cancel = null
    let wait = Number.POSITIVE_INFINITY
    try {
      for (let isMore = true; isMore && !closed; ) {
        adjust()
        while (unwritten.size > 0) await writeNotes()
        const page = dueNow()
        isMore = page.length > 0
        const ends = await Promise.allSettled(page.map((each) => fire(...each)))
        for (const end of ends) if (end.status === 'rejected') throw end.reason
      }
      for (const [name, { due }] of timetables) {
        if (due === null) continue
        const least = inside.owns(`${kind}/${name}`) ? 1 : othersMs // should they end, it is this one's
        wait = Math.min(wait, longestWaitMs, Math.max(least, due - now()))
      }
    } catch (error) {
      if (!closed && !isOvertaken(error)) failed(error)
      wait = afterFailureMs
    }
    working = false
    if (!closed && wait < Number.POSITIVE_INFINITY) cancel = clock.after(wait, () => void work())
  }

  return {
    start() {
      for (const [name, text] of inside.settings(kind))
        timetables.set(name, timetable(JSON.parse(text)))
      const names = new Set(timetables.keys())
      for (const { Name } of rules.scheduled()) names.add(Name)
      for (const name of names) look(name)
      inside.heard(hear)
      rules.changed(({ EventBusName, Name }) => {
        if (closed || EventBusName !== 'default') return
        look(Name)
        void work()
      })
      void work()
    },
    close() {
      closed = true
      cancel?.()
    },
  }
}

const overtaken = () =>
  new BusError('ConcurrentModificationException', 'Another process has fired the schedule')
