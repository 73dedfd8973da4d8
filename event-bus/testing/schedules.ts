/** Rules with a schedule, and processes one after the other that fire them from one disk. */
import { memoryStore } from '../adapters/memory/store.ts'
import { schedules } from '../event-bridge/schedules.ts'
import type { RuleName, StoredRule } from '../event-bridge/stored-rule.ts'
import type { Store } from '../ports.ts'
import { anEngine, aRule, type RecordingTarget, recordingTarget, steeredStore } from '../testing.ts'
import { handClock } from './in-memory.ts'

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

export const aScheduledRule = (fields: Partial<StoredRule> = {}): StoredRule => ({
  Name: 'nightly',
  EventBusName: 'default',
  ScheduleExpression: 'rate(1 minute)',
  State: 'ENABLED',
  CreatedAt: Date.parse('2026-01-01T12:00:00.000Z'),
  Targets: [],
  ...fields,
})

/** Rules as they stand on a disk that no test looks at, with one target each. */
export function aRuleBook(...first: readonly StoredRule[]) {
  const rules = new Map(first.map((rule) => [rule.Name, rule]))
  const without = new Set<string>()
  let listeners: ((rule: RuleName) => void)[] = []
  const told = (Name: string) => {
    for (const listener of listeners) listener({ EventBusName: 'default', Name })
  }
  return {
    /** Their rules have no targets. */
    without,
    put(rule: StoredRule) {
      rules.set(rule.Name, rule)
      told(rule.Name)
    },
    delete(name: string) {
      rules.delete(name)
      told(name)
    },
    /** The process has ended. */
    forgetListeners() {
      listeners = []
    },
    ruleOf: (_bus: string, name: string) => rules.get(name),
    keysOf: (bus: string, name: string) => (without.has(name) ? [] : [`${bus}/${name}/ship`]),
    scheduled: () => [...rules.values()],
    changed(listener: (rule: RuleName) => void) {
      listeners.push(listener)
    },
  }
}
type RuleBook = ReturnType<typeof aRuleBook>

/** Processes on one disk, one after the other, and what their rules' targets are given. */
export function aMachine(
  book: RuleBook,
  { clock = handClock(), disk = memoryStore() as Store<undefined>, latencyMs = 0 } = {},
) {
  /** `<name> <time>` of each event, in the order in which they came; a delivery may come again. */
  const fired: string[] = []
  const seen = new Set<string>()
  const targets = new Map<string, RecordingTarget>()
  let running: Awaited<ReturnType<typeof begin>> | null = null

  function target(name: string): RecordingTarget {
    const known = targets.get(name) ?? recordingTarget(clock)
    if (!targets.has(name))
      known.answer = async ({ event }) => {
        if (!seen.has(event.id)) fired.push(`${name} ${event.time}`)
        seen.add(event.id)
        return undefined
      }
    targets.set(name, known)
    return known
  }
  async function begin() {
    const store = steeredStore(clock, disk)
    store.latencyMs = latencyMs
    const rules = book
      .scheduled()
      .map(({ Name }) => aRule({ bus: 'default', name: Name, targets: [target(Name)] }))
    const opening = anEngine({ clock, store, rules })
    await clock.move(10 * latencyMs)
    const started = await opening
    const failures: unknown[] = []
    const timetable = schedules({
      ...{ inside: started.engine.inside, rules: book },
      failed: (error) => failures.push(error),
    })
    timetable.start()
    await clock.turn()
    return { ...started, ...timetable, failures }
  }
  return {
    clock,
    fired,
    target,
    async start() {
      running = await begin()
      return running
    },
    async kill() {
      running?.store.kill()
      running?.close()
      book.forgetListeners()
      await clock.turn()
    },
  }
}

/** `<name> <time>` of so many minutes from noon. */
export const at = (minutes: readonly number[], name = 'nightly') =>
  minutes.map(
    (each) => `${name} ${new Date(Date.UTC(2026, 0, 1, 12, each)).toISOString().slice(0, 19)}Z`,
  )
export const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)
