/** A rule and the events that it is for. */
import { type EventPattern, RuleSet } from '@busbar/event-pattern'
import type { EventBridgeEvent } from './event.ts'
import type { Target } from './target.ts'

export interface Rule {
  readonly bus: string
  readonly name: string
  readonly eventPattern: EventPattern
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

export function routing(): Routing {
  const buses = new Map<string, { set: RuleSet<Routed>; rules: Map<string, Routed> }>()
  const none: readonly string[] = []

  return {
    set(bus, name, eventPattern, keys) {
      const on = buses.get(bus) ?? { set: new RuleSet<Routed>(), rules: new Map() }
      const rule = on.rules.get(name) ?? { name, keys }
      on.set.add(rule, eventPattern)
      rule.keys = keys
      on.rules.set(name, rule)
      buses.set(bus, on)
    },
    delete(bus, name) {
      const on = buses.get(bus)
      const rule = on?.rules.get(name)
      if (!on || !rule) return
      on.set.delete(rule)
      on.rules.delete(name)
      if (on.rules.size === 0) buses.delete(bus)
    },
    route(bus, text, event, only) {
      const on = buses.get(bus)
      if (!on) return none
      const matched = on.set.match(event && !on.set.asksFor('detail') ? event : text)
      const [first] = matched
      if (first === undefined) return none
      if (matched.length === 1 && !only) return first.keys
      return matched.flatMap(({ name, keys }) => (only?.has(name) === false ? none : keys))
    },
  }
}
