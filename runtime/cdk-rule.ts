/** A rule, its pattern as it was written: CDK's own type knows fewer words than EventBridge does. */
import type { RetryPolicy } from '@busbar/event-bus'
import { CfnRule, type EventBus } from 'aws-cdk-lib/aws-events'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { Topic } from 'aws-cdk-lib/aws-sns'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { ruleAlarm } from './cdk-alarms.ts'
import { accept } from './cdk-queue.ts'
import { named, type Site } from './cdk-site.ts'
import type { Rule, ScheduledRule } from './flow.ts'

/** Where a rule brings an event, and what becomes of one that it cannot bring there. */
export interface RuleTarget {
  readonly id: string
  readonly to: Queue | Topic
  readonly deadLetterQueue: Queue
  readonly retryPolicy: RetryPolicy
}

export function matchingRule(
  site: Site,
  { name, eventPattern }: Rule,
  bus: { readonly name: string; readonly made: EventBus },
  targets: readonly RuleTarget[],
): void {
  const rule = new CfnRule(site.stack, `${name}-rule`, {
    name,
    eventBusName: bus.made.eventBusName,
    eventPattern,
    state: 'ENABLED',
    targets: targets.map(propertiesOf),
  })
  admit(rule, targets)
  ruleAlarm(site, bus.name, name)
}

/** Only the bus `default` has schedules. */
export function scheduledRule(
  site: Site,
  { name, scheduleExpression }: ScheduledRule,
  targets: readonly RuleTarget[],
): void {
  const rule = new CfnRule(site.stack, `${name}-rule`, {
    ...{ name: named(site, name), scheduleExpression, state: 'ENABLED' },
    targets: targets.map(propertiesOf),
  })
  admit(rule, targets)
  ruleAlarm(site, null, name)
}

const propertiesOf = ({ id, to, deadLetterQueue, retryPolicy }: RuleTarget) => ({
  id,
  arn: 'queueArn' in to ? to.queueArn : to.topicArn,
  deadLetterConfig: { arn: deadLetterQueue.queueArn },
  retryPolicy: { ...retryPolicy },
})

function admit(rule: CfnRule, targets: readonly RuleTarget[]): void {
  for (const { to, deadLetterQueue } of targets) {
    accept(deadLetterQueue, 'events', rule.attrArn)
    if ('queueArn' in to) accept(to, 'events', rule.attrArn)
    else admitRules(to)
  }
}

/**
 * “You can't use Condition blocks in Amazon SNS topic policies for EventBridge”, says its guide: it does
 * not tell SNS which rule it comes from, so with a condition every event would be refused.
 */
function admitRules(topic: Topic): void {
  topic.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('events.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
    }),
  )
}
