/**
 * The queue between a rule or a topic and a function. A rule invokes a function asynchronously, so
 * Lambda's two retries would govern; with a queue the flow's retry policy and dead letters do (ADR 6).
 */
import type { RetryPolicy } from '@busbar/event-bus'
import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda'
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { deadLetterAlarm, lateAlarm } from './cdk-alarms.ts'
import { allow, type Grant } from './cdk-grant.ts'
import { named, type Site } from './cdk-site.ts'
import type { Target } from './flow.ts'
import { variables } from './lambda-environment.ts'

export interface Queues {
  readonly queue: Queue
  readonly deadLetterQueue: Queue
}

const encrypted = {
  encryption: QueueEncryption.SQS_MANAGED,
  enforceSSL: true,
  // The longest there is: nothing ends by growing old in a queue, unseen.
  retentionPeriod: Duration.days(14),
  removalPolicy: RemovalPolicy.DESTROY,
}

/** Lambda's most. */
const longestSeconds = 900
/** What a function has, besides the attempt, to say that it failed and when to try again. */
const besidesSeconds = 5

/** The time limit of a function whose attempts have one of their own. */
export function functionSeconds({ id, timeoutMs }: Pick<Target, 'id' | 'timeoutMs'>): number {
  const seconds = Math.ceil(timeoutMs / 1_000) + besidesSeconds
  if (seconds > longestSeconds)
    throw new RangeError(
      `Target ${id} may take ${timeoutMs} ms; on Lambda an attempt has at most ${longestSeconds - besidesSeconds} s`,
    )
  return seconds
}

export function deadLetterQueue(site: Site, id: string): Queue {
  const queue = new Queue(site.stack, `${id}-dead-letters`, {
    queueName: named(site, `${id}-dead-letters`),
    ...encrypted,
  })
  deadLetterAlarm(site, `${id}-dead-letters`, queue)
  return queue
}

export function queues(
  site: Site,
  id: string,
  { timeoutSeconds, retryPolicy }: { timeoutSeconds: number; retryPolicy: RetryPolicy },
): Queues {
  const dead = deadLetterQueue(site, id)
  const queue = new Queue(site.stack, `${id}-queue`, {
    queueName: named(site, id),
    ...encrypted,
    // AWS's advice, and what a message waits when its function was ended before it could say how long.
    visibilityTimeout: Duration.seconds(6 * timeoutSeconds),
    deadLetterQueue: { queue: dead, maxReceiveCount: retryPolicy.maximumRetryAttempts + 1 },
  })
  lateAlarm(site, id, queue)
  return { queue, deadLetterQueue: dead }
}

/** What a function needs to make a message of its own wait, and to end one. */
export const consumer = ({ queue, deadLetterQueue }: Queues): Grant => ({
  environment: {
    [variables.queueUrl]: queue.queueUrl,
    [variables.dlqUrl]: deadLetterQueue.queueUrl,
  },
  statements: [allow(['sqs:SendMessage'], [deadLetterQueue.queueArn])],
})

export const sender = (queue: Queue, variable: string): Grant => ({
  environment: { [variable]: queue.queueUrl },
  statements: [allow(['sqs:SendMessage'], [queue.queueArn])],
})

/**
 * One message an invocation unless the app says otherwise: a function that is ended by its time limit
 * fails all that it was given, and would repeat what had been done for others. `concurrency` is of
 * messages.
 */
export function consume(
  { queue }: Queues,
  lambda: Lambda,
  { concurrency, together = 1 }: { concurrency: number; together?: number | undefined },
): void {
  lambda.addEventSource(
    new SqsEventSource(queue, {
      batchSize: together,
      reportBatchItemFailures: true,
      maxConcurrency: Math.max(2, Math.floor(concurrency / together)), // SQS's least.
    }),
  )
}

/** Lets a service of AWS put messages on a queue, on behalf of one of its resources. */
export function accept(queue: Queue, service: 'events' | 'sns', sourceArn: string): void {
  queue.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal(`${service}.amazonaws.com`)],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      conditions: { ArnEquals: { 'aws:SourceArn': sourceArn } },
    }),
  )
}
