/**
 * A pipe from a table's stream to a bus. The function in its middle makes of stream records the very
 * entries that the tables of the other runtimes put, so rules and handlers cannot tell where they run.
 */
import { Validations } from 'aws-cdk-lib'
import type { Table } from 'aws-cdk-lib/aws-dynamodb'
import type { EventBus } from 'aws-cdk-lib/aws-events'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda'
import { CfnPipe } from 'aws-cdk-lib/aws-pipes'
import { pipeAlarm } from './cdk-alarms.ts'
import { lambdaFunction } from './cdk-function.ts'
import { allow } from './cdk-grant.ts'
import { deadLetterQueue } from './cdk-queue.ts'
import { logGroup, named, type Site } from './cdk-site.ts'
import type { Pipe } from './flow.ts'
import { targets } from './lambda-environment.ts'

const timeoutSeconds = 30
/**
 * An hour less than the stream keeps a record: so that it is the pipe that gives up and tells, and
 * that there is time to look at the record. The dead letter names the record, it does not hold it.
 */
const longestSeconds = 23 * 3_600

/** An event that waits in the outbox is told once, when it is written, and not when it is forgotten. */
const patterns = {
  outbox: { eventName: ['INSERT'], dynamodb: { Keys: { pk: { S: [{ prefix: 'outbox#' }] } } } },
  changes: { dynamodb: { Keys: { pk: { S: [{ prefix: 'row#' }] } } } },
}

export function streamPipe(
  site: Site,
  { name, source }: Pipe,
  { table, bus }: { table: Table; bus: EventBus },
): Lambda {
  const stream = table.tableStreamArn ?? ''
  const dead = deadLetterQueue(site, name)
  Validations.of(dead).acknowledge({
    id: 'AwsSolutions-SQS3',
    reason: 'It is a dead-letter queue itself: the pipe’s, which no queue names.',
  })
  const id = `${name}-entries`
  const entries = lambdaFunction(site, {
    ...{ id, target: targets.pipe(name), timeoutSeconds, environment: {}, statements: [] },
  })
  const role = new Role(site.stack, `${name}-role`, {
    assumedBy: new ServicePrincipal('pipes.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': site.stack.account } },
    }),
  })
  for (const [actions, resource] of [
    [['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'].map(dynamodb), stream],
    [['lambda:InvokeFunction'], entries.functionArn],
    [['events:PutEvents'], bus.eventBusArn],
    [['sqs:SendMessage'], dead.queueArn],
  ] as const)
    role.addToPolicy(allow([...actions], [resource]))

  const pipe = new CfnPipe(site.stack, `${name}-pipe`, {
    name: named(site, name),
    roleArn: role.roleArn,
    source: stream,
    sourceParameters: {
      filterCriteria: { filters: [{ pattern: JSON.stringify(patterns[source.stream]) }] },
      dynamoDbStreamParameters: {
        startingPosition: 'TRIM_HORIZON',
        batchSize: 10,
        maximumRetryAttempts: -1, // As often as there is time for.
        maximumRecordAgeInSeconds: longestSeconds,
        onPartialBatchItemFailure: 'AUTOMATIC_BISECT',
        deadLetterConfig: { arn: dead.queueArn },
      },
    },
    enrichment: entries.functionArn,
    target: bus.eventBusArn,
    targetParameters: {
      inputTemplate: '<$.detail>',
      eventBridgeEventBusParameters: { source: '$.source', detailType: '$.detail-type' },
    },
    logConfiguration: {
      level: 'ERROR',
      cloudwatchLogsLogDestination: {
        logGroupArn: logGroup(site, name, '/aws/vendedlogs').logGroupArn,
      },
    },
  })
  // Made sooner, it would be refused for want of permissions.
  pipe.node.addDependency(role)
  pipeAlarm(site, name)
  return entries
}

const dynamodb = (action: string) => `dynamodb:${action}`
