/**
 * A topic: SNS's, whose message is the event as the rule saw it, so that whoever subscribes can filter
 * by its body; and the function that makes a message one for each of the flow's own subscriptions (ADR 7).
 */
import { targetDefaults } from '@busbar/event-bus'
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda'
import { CfnSubscription, Topic as SnsTopic } from 'aws-cdk-lib/aws-sns'
import { lambdaFunction } from './cdk-function.ts'
import { type Grant, merged } from './cdk-grant.ts'
import {
  accept,
  consume,
  consumer,
  functionSeconds,
  type Queues,
  queues,
  sender,
} from './cdk-queue.ts'
import { named, type Site } from './cdk-site.ts'
import { queueVariable, targets, variables } from './lambda-environment.ts'

export interface TopicParts {
  readonly name: string
  /** Of the rules that lead here: nothing else is for the flow's own subscriptions. */
  readonly detailTypes: readonly string[]
  /** The table of the subscriptions. */
  readonly subscriptions: Grant
  /** Of the protocols' targets, by their ids. */
  readonly protocols: ReadonlyMap<string, Queues>
}

export interface FanOutTopic {
  readonly topic: SnsTopic
  readonly queues: Queues
  readonly lambda: Lambda
}

export function fanOutTopic(site: Site, parts: TopicParts): FanOutTopic {
  const { name, detailTypes, subscriptions, protocols } = parts
  const topic = new SnsTopic(site.stack, `${name}-topic`, {
    topicName: named(site, name),
    masterKey: site.key,
    enforceSSL: true,
  })
  const timeoutSeconds = functionSeconds({ id: name, ...targetDefaults })
  const own = queues(site, name, { timeoutSeconds, retryPolicy: targetDefaults.retryPolicy })
  accept(own.queue, 'sns', topic.topicArn)
  accept(own.deadLetterQueue, 'sns', topic.topicArn)
  const subscription = new CfnSubscription(site.stack, `${name}-subscription`, {
    topicArn: topic.topicArn,
    protocol: 'sqs',
    endpoint: own.queue.queueArn,
    rawMessageDelivery: true,
    filterPolicyScope: 'MessageBody',
    filterPolicy: { 'detail-type': [...detailTypes] },
    redrivePolicy: { deadLetterTargetArn: own.deadLetterQueue.queueArn },
  })
  // The queue's policy first: what comes before it is refused, and dead.
  subscription.node.addDependency(own.queue, own.deadLetterQueue)
  const lambda = lambdaFunction(site, {
    ...{ id: name, target: targets.topic(name), timeoutSeconds },
    ...merged([
      subscriptions,
      consumer(own),
      sender(own.queue, variables.queueUrl), // For the rest of a fan-out that takes several parts.
      ...[...protocols].map(([id, { queue }]) => sender(queue, queueVariable(id))),
    ]),
  })
  consume(own, lambda, targetDefaults)
  return { topic, queues: own, lambda }
}
