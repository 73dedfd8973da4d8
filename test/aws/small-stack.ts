/** A stack that is small enough to be read: a table, its stream to a bus by a pipe, a rule, and a queue with a function. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { arnOf, type Members, type StackFiles } from './template.ts'

export interface SmallStack {
  readonly files: StackFiles
  readonly dataDir: string
  remove(): Promise<void>
}

/**
 * `code` is the module of both functions: `entries`, which the pipe calls, and `work`, which the queue
 * calls; what is given of `parts` replaces resources.
 */
export async function smallStack(code: string, parts: Members = {}): Promise<SmallStack> {
  const dataDir = await mkdtemp(join(tmpdir(), 'busbar-aws-'))
  await writeFile(join(dataDir, 'index.mjs'), code)
  return {
    files: {
      name: 'small',
      template: { Resources: { ...resources, ...parts } },
      assets: new Map([['code', dataDir]]),
    },
    dataDir,
    remove: () => rm(dataDir, { recursive: true, force: true }),
  }
}

const attribute = (id: string, name = 'Arn') => ({ 'Fn::GetAtt': [id, name] })
const allow = (Action: readonly string[], Resource: unknown) => ({
  ...{ Effect: 'Allow', Action, Resource },
})
const lambda = (handler: string, timeout: number) => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    ...{ FunctionName: `small-${handler}`, Handler: `index.${handler}`, Timeout: timeout },
    ...{ Code: { S3Bucket: 'assets', S3Key: 'code' }, Role: attribute('Role') },
    Environment: { Variables: { TABLE: { Ref: 'Table' }, DLQ: { Ref: 'DeadLetters' } } },
  },
})

const resources = {
  Table: {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
    },
  },
  Role: {
    Type: 'AWS::IAM::Role',
    Properties: {
      Policies: [
        {
          PolicyDocument: {
            Statement: [
              allow(
                ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
                attribute('Queue'),
              ),
              allow(['sqs:SendMessage'], attribute('DeadLetters')),
              allow(['dynamodb:PutItem'], attribute('Table')),
              allow(
                ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
                attribute('Table', 'StreamArn'),
              ),
              allow(['lambda:InvokeFunction'], attribute('Entries')),
              allow(['events:PutEvents'], attribute('Bus')),
            ],
          },
        },
      ],
    },
  },
  DeadLetters: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'small-dead-letters' } },
  Queue: {
    Type: 'AWS::SQS::Queue',
    Properties: {
      QueueName: 'small-work',
      VisibilityTimeout: 60,
      RedrivePolicy: { deadLetterTargetArn: attribute('DeadLetters'), maxReceiveCount: 3 },
    },
  },
  QueuePolicy: {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: [{ Ref: 'Queue' }],
      PolicyDocument: {
        Statement: [
          {
            ...allow(['sqs:SendMessage'], attribute('Queue')),
            Principal: { Service: 'events.amazonaws.com' },
            Condition: { ArnEquals: { 'aws:SourceArn': attribute('Rule') } },
          },
        ],
      },
    },
  },
  Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'small' } },
  Rule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      ...{ EventBusName: { Ref: 'Bus' }, EventPattern: { source: ['small'] } },
      Targets: [{ Id: 'work', Arn: attribute('Queue') }],
    },
  },
  Entries: lambda('entries', 5),
  Work: lambda('work', 2),
  Source: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      ...{ EventSourceArn: attribute('Queue'), FunctionName: { Ref: 'Work' } },
      ...{ BatchSize: 1, FunctionResponseTypes: ['ReportBatchItemFailures'] },
    },
  },
  Pipe: {
    Type: 'AWS::Pipes::Pipe',
    Properties: {
      ...{ Name: 'small', Source: attribute('Table', 'StreamArn'), Target: attribute('Bus') },
      ...{ Enrichment: attribute('Entries'), RoleArn: attribute('Role') },
      SourceParameters: {
        DynamoDBStreamParameters: { StartingPosition: 'TRIM_HORIZON', BatchSize: 10 },
        FilterCriteria: {
          Filters: [{ Pattern: '{"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"order#"}]}}}}' }],
        },
      },
      TargetParameters: {
        InputTemplate: '<$.detail>',
        EventBridgeEventBusParameters: { Source: '$.source', DetailType: '$.detail-type' },
      },
    },
  },
}

export const queueArn = arnOf('sqs', 'small-work')
