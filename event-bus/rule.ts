/** A rule and the events that it is for. */
import { type EventPattern, RuleSet } from '@busbar/event-pattern'
import type { EventBridgeEvent } from './event.ts'
import type { Target } from './target.ts'

export interface Rule {
  readonly bus: string
  readonly name: string
  readonly eventPattern: EventPattern
  /**
   * Of a rule on the bus `default` that runs on a schedule: at each due time its targets get an event. The
   * pattern then matches what the schedule has put, and is shown to nobody.
   */
  readonly scheduleExpression?: string
  readonly targets: readonly Target[]
}

/** What names the deliveries of a rule's target, in the store and on the console. */
export const targetKey = (rule: Pick<Rule, 'bus' | 'name'>, target: Pick<Target, 'id'>): string =>
  `${rule.bus}/${rule.name}/${target.id}`

/** Which targets an event is for, by rules that change at any time. */
export interface Routing {
  /**
   * Adds a rule or gives it another pattern and other targets. The pattern may be text. Throws
   * `InvalidEventPattern` for one that EventBridge would refuse, and then nothing has changed.
   */
  set(bus: string, name: string, eventPattern: string | object, keys: readonly string[]): void
  delete(bus: string, name: string): void
  /**
   * The keys of the targets that an event is for, given as its text: rule by rule in the order in
   * which these were added, of `only` when that is given. With the object as well it is quicker where
   * no rule asks for anything in `detail`: in what stands before that both say the same.
   */
  route(
    bus: string,
    text: string,
    event?: EventBridgeEvent | null,
    only?: ReadonlySet<string>,
  ): readonly string[]
}

interface Routed {
  readonly name: string
  keys: readonly string[]
}
interface OnBus {
  readonly set: RuleSet<Routed>
  readonly rules: Map<string, Routed>
  /** No rule looks into the detail, or at anything but source and detail-type. */
  asks: 'detail' | 'head' | 'kind'
  /** While they ask for no more than that: whom events of a kind are for, by source and detail-type. */
  readonly kinds: Map<string, Map<string, readonly string[]>>
  kindCount: number
}

/** Kinds of events that are remembered of a bus. */
const mostKinds = 1_000
const none: readonly string[] = []

export function routing(): Routing {
  const buses = new Map<string, OnBus>()

  function changed(on: OnBus): void {
    const keys = on.set.keys()
    const isKind = keys.every((key) => key === 'source' || key === 'detail-type')
    on.asks = isKind ? 'kind' : keys.includes('detail') ? 'detail' : 'head'
    on.kinds.clear()
    on.kindCount = 0
  }

  return {
    set(bus, name, eventPattern, keys) {
      const on = buses.get(bus) ?? newBus()
      const rule = on.rules.get(name) ?? { name, keys }
      on.set.add(rule, eventPattern)
      rule.keys = keys
      on.rules.set(name, rule)
      buses.set(bus, on)
      changed(on)
    },
    delete(bus, name) {
      const on = buses.get(bus)
      const rule = on?.rules.get(name)
      if (!on || !rule) return
      on.set.delete(rule)
      on.rules.delete(name)
      if (on.rules.size === 0) buses.delete(bus)
      changed(on)
    },
    route(bus, text, event, only) {
      const on = buses.get(bus)
      if (!on) return none
      if (!event || on.asks === 'detail') return keysOf(on.set.match(text), only)
      if (on.asks === 'head' || only) return keysOf(on.set.match(event), only)
      return ofKind(on, event)
    },
  }
}

const newBus = (): OnBus => ({
  ...{ set: new RuleSet<Routed>(), rules: new Map(), asks: 'kind', kinds: new Map() },
  kindCount: 0,
})

/** Most buses have few kinds of events, and to find whom one is for takes longer than to remember it. */
function ofKind(on: OnBus, event: EventBridgeEvent): readonly string[] {
  let types = on.kinds.get(event.source)
  const known = types?.get(event['detail-type'])
  if (known) return known
  if (on.kindCount >= mostKinds) {
    on.kinds.clear()
    on.kindCount = 0
    types = undefined
  }
  const keys = keysOf(on.set.match(event))
  if (!types) {
    types = new Map()
    on.kinds.set(event.source, types)
  }
  types.set(event['detail-type'], keys)
  on.kindCount++
  return keys
}

function keysOf(rules: readonly Routed[], only?: ReadonlySet<string>): readonly string[] {
  const [first] = rules
  if (first === undefined) return none
  if (rules.length === 1 && !only) return first.keys
  return rules.flatMap(({ name, keys }) => (only?.has(name) === false ? none : keys))
}
