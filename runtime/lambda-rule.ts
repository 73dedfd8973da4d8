/**
 * By which rule an event has come: a queue does not say, and two rules may lead to one. So the flow's
 * own patterns are asked, when a dead letter has to name it.
 */
import type { EventBridgeEvent } from '@busbar/event-bus'
import { compile } from '@busbar/event-pattern'
import { type Flow, nameOf, type PortsNeeded, type Rule, type Target } from './flow.ts'

/**
 * The rule that leads to the target of that id, or to the topic that it is a protocol's target of or
 * whose name it is; as the template names it, in the event's own account and region. Undefined when
 * none of them matches the event.
 */
export function ruleOf(
  flow: Flow<PortsNeeded>,
  id: string,
): (event: EventBridgeEvent) => string | undefined {
  const leadsThere = (target: Rule['targets'][number]): boolean =>
    target.kind === 'target'
      ? target.id === id
      : nameOf(flow, target) === id ||
        Object.values<Target>(target.protocols).some((each) => each.id === id)
  const rules = flow.steps.filter(
    (step) => step.kind === 'rule' && step.targets.some(leadsThere),
  ) as readonly Rule[]
  const name = (part: string) => `${flow.name}-${part}`
  return (event) => {
    // EventBridge names the rule itself.
    if (event['detail-type'] === 'Scheduled Event') return event.resources[0]
    const rule = rules.find(({ eventPattern }) => compile(eventPattern)(event))
    if (!rule) return undefined
    const { region, account } = event
    const bus = name(nameOf(flow, rule.bus))
    return `arn:aws:events:${region}:${account}:rule/${bus}/${name(rule.name)}`
  }
}
