/** Has the engine do what the stored rules say, whenever one of them has changed. */

import type { Inside } from '../engine/inside.ts'
import { targetKey } from '../rule.ts'
import type { Target } from '../target.ts'
import { type Catalog, keysOf, ruleSetting } from './catalog.ts'
import type { RuleName, StoredRule, StoredTarget } from './stored-rule.ts'

/** Called when a change is on disk, so that events that were acknowledged before go by the old rules. */
export interface Wiring {
  /** The rule was put, enabled, disabled or deleted, or has other targets. */
  route(rule: RuleName): void
  connect(rule: StoredRule, targets: readonly StoredTarget[]): void
  /** What the targets with this ARN lead to has changed. */
  reconnect(arn: string): void
  /** `Rules.changed`. */
  changed(listener: (rule: RuleName) => void): void
}

/** Routes and connects all that is stored. */
export function wiring({
  inside,
  catalog,
  targetOf,
}: {
  readonly inside: Pick<Inside, 'routing' | 'connect'>
  readonly catalog: Pick<Catalog, 'findRule' | 'rules'>
  readonly targetOf: (rule: RuleName, target: StoredTarget) => Target
}): Wiring {
  const listeners: ((rule: RuleName) => void)[] = []
  const routed = new Set<string>()

  function connect(rule: StoredRule, targets: readonly StoredTarget[]): void {
    const { EventBusName: bus, Name: name } = rule
    for (const target of targets)
      inside.connect(targetKey({ bus, name }, { id: target.Id }), targetOf(rule, target))
  }

  /** A rule without a pattern or targets, and one that is disabled, matches nothing. */
  function route({ EventBusName: bus, Name: name }: RuleName): void {
    const rule = catalog.findRule(bus, name)
    if (rule?.ManagedBy !== undefined) return
    const keys = rule ? keysOf(rule) : []
    if (rule?.EventPattern !== undefined && rule.State !== 'DISABLED' && keys.length > 0) {
      inside.routing.set(bus, name, rule.EventPattern, keys)
      routed.add(ruleSetting(bus, name))
    } else if (routed.delete(ruleSetting(bus, name))) inside.routing.delete(bus, name)
  }

  for (const rule of catalog.rules()) {
    connect(rule, rule.Targets)
    route(rule)
  }

  return {
    route(rule) {
      route(rule)
      for (const listener of listeners) listener(rule)
    },
    connect,
    reconnect(arn) {
      for (const rule of catalog.rules())
        if (rule.ManagedBy === undefined)
          connect(
            rule,
            rule.Targets.filter(({ Arn }) => Arn === arn),
          )
    },
    changed(listener) {
      listeners.push(listener)
    },
  }
}
