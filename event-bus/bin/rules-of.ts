/** Rules with their targets, of one bus or of all, in EventBridge's shapes; not those of archives. */
import type { DescribedRule } from '../event-bridge/rules.ts'
import type { StoredTarget } from '../event-bridge/stored-rule.ts'
import { all, type Client } from './client.ts'

export interface FoundRule extends DescribedRule {
  readonly Targets: readonly StoredTarget[]
}

/** By which EventBridge fills an archive: the archive itself says all about it. */
const isArchiveRule = ({ Name, ManagedBy }: DescribedRule): boolean =>
  ManagedBy !== undefined && Name.startsWith('Events-Archive-')

export async function* rulesOf(
  bus: Pick<Client, 'call'>,
  eventBus: string | undefined,
): AsyncGenerator<FoundRule> {
  const buses = eventBus === undefined ? await busNames(bus) : [eventBus]
  for (const EventBusName of buses)
    for await (const rule of all<DescribedRule>(bus, 'ListRules', 'Rules', { EventBusName })) {
      if (isArchiveRule(rule)) continue
      const Targets: StoredTarget[] = []
      const of = { EventBusName, Rule: rule.Name }
      for await (const target of all(bus, 'ListTargetsByRule', 'Targets', of))
        Targets.push(target as StoredTarget)
      yield { ...rule, Targets }
    }
}

export async function busNames(bus: Pick<Client, 'call'>): Promise<readonly string[]> {
  const names: string[] = []
  for await (const { Name } of all<{ Name: string }>(bus, 'ListEventBuses', 'EventBuses'))
    names.push(Name)
  return names.sort((a, b) => Number(b === 'default') - Number(a === 'default') || (a < b ? -1 : 1))
}
