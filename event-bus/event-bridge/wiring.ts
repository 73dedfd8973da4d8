/** Has the engine do what the stored rules say, whenever one of them has changed. */

import type { Inside } from '../engine/inside.ts'
import { targetKey } from '../rule.ts'
import type { Settings } from '../settings.ts'
import type { Target } from '../target.ts'
import { type Catalog, keysOf, kinds, nameIn, ruleNamed, ruleSetting } from './catalog.ts'
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
  settings,
  catalog,
  targetOf,
}: {
  readonly inside: Pick<Inside, 'routing' | 'connect' | 'disconnect'>
  readonly settings: Pick<Settings, 'changedElsewhere'>
  readonly catalog: Pick<Catalog, 'findRule' | 'rules' | 'apiDestinations'>
  readonly targetOf: (rule: RuleName, target: StoredTarget) => Target
}): Wiring {
  const listeners: ((rule: RuleName) => void)[] = []
  const routed = new Set<string>()
  /** The targets of each rule that were connected. */
  const connected = new Map<string, Set<string>>()

  function connect(rule: StoredRule, targets: readonly StoredTarget[]): void {
    const { EventBusName: bus, Name: name } = rule
    const keys = connected.get(ruleSetting(bus, name)) ?? new Set()
    connected.set(ruleSetting(bus, name), keys)
    for (const target of targets) {
      const key = targetKey({ bus, name }, { id: target.Id })
      keys.add(key)
      inside.connect(key, targetOf(rule, target))
    }
  }

  /** Another process has put it, or taken it away; it looks after what waits for targets that are no more. */
  function hearRule(setting: string): void {
    const { bus, name } = ruleNamed(setting)
    const rule = catalog.findRule(bus, name)
    if (rule?.ManagedBy !== undefined) return
    const keys = new Set(rule ? keysOf(rule) : [])
    if (rule) connect(rule, rule.Targets)
    tell({ EventBusName: bus, Name: name })
    for (const key of connected.get(setting) ?? []) if (!keys.has(key)) void inside.disconnect(key)
    connected.set(setting, keys)
  }

  function hearConnection(name: string): void {
    for (const { ConnectionArn, ApiDestinationArn } of catalog.apiDestinations())
      if (nameIn(ConnectionArn, 'connection')?.split('/')[0] === name) reconnect(ApiDestinationArn)
  }

  function hearDestination(name: string): void {
    for (const { Targets } of catalog.rules())
      for (const { Arn } of Targets)
        if (nameIn(Arn, 'api-destination')?.split('/')[0] === name) reconnect(Arn)
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

  function tell(rule: RuleName): void {
    route(rule)
    for (const listener of listeners) listener(rule)
  }
  function reconnect(arn: string): void {
    for (const rule of catalog.rules())
      if (rule.ManagedBy === undefined)
        connect(
          rule,
          rule.Targets.filter(({ Arn }) => Arn === arn),
        )
  }
  settings.changedElsewhere((kind, name) => {
    if (kind === kinds.rule) hearRule(name)
    else if (kind === kinds.apiDestination) hearDestination(name)
    else if (kind === kinds.connection) hearConnection(name)
  })

  return {
    route: tell,
    connect,
    reconnect,
    changed(listener) {
      listeners.push(listener)
    },
  }
}
