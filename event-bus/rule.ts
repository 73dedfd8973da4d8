/** A rule and the events that it is for. */
import { compile, type EventPattern, type Match } from '@busbar/event-pattern'
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

/** Answers the keys of the targets that an event is for. */
export type Routing = (bus: string, event: EventBridgeEvent) => readonly string[]

/** Throws `InvalidEventPattern` for a rule whose pattern EventBridge would refuse. */
export function routing(rules: readonly Rule[]): Routing {
  const buses = new Map<string, { match: Match; keys: string[] }[]>()
  for (const rule of rules) {
    const onBus = buses.get(rule.bus) ?? []
    buses.set(rule.bus, onBus)
    onBus.push({
      match: compile(rule.eventPattern),
      keys: rule.targets.map((target) => targetKey(rule, target)),
    })
  }
  return (bus, event) =>
    (buses.get(bus) ?? []).flatMap(({ match, keys }) => (match(event) ? keys : []))
}
