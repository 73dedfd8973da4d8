/** Where a flow is built: the stack, what all of its parts have in common, and how they are called. */
import { ArnFormat, RemovalPolicy, type Stack } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import type { Code } from 'aws-cdk-lib/aws-lambda'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Topic } from 'aws-cdk-lib/aws-sns'

export interface Site {
  readonly stack: Stack
  /** In front of every name, e.g. `blog`. */
  readonly flowName: string
  /** The one bundle that every function runs. */
  readonly code: Code
  /** Of the bundle, e.g. `lambda.handler`. */
  readonly handler: string
  /** Whether the tables outlive the stack. */
  readonly keepsData: boolean
  /**
   * For topics and logs. SNS's own key would not do: EventBridge and CloudWatch may not use it, and
   * their messages would be lost without a word.
   */
  readonly key: Key
  /** Who is told of alarms subscribes here. */
  readonly alarms: Topic
}

export function site(
  stack: Stack,
  parts: Pick<Site, 'flowName' | 'code' | 'handler' | 'keepsData'>,
): Site {
  const key = new Key(stack, 'key', {
    alias: `${stack.stackName}-${parts.flowName}`,
    description: `Topics and logs of ${parts.flowName}`,
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.DESTROY,
  })
  const ofThisAccount = { StringEquals: { 'aws:SourceAccount': stack.account } }
  for (const [service, conditions] of [
    ['cloudwatch', ofThisAccount],
    // On its way to an encrypted topic EventBridge does not say for whom: no condition would ever hold.
    ['events', {}],
  ] as const)
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal(`${service}.amazonaws.com`)],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: ['*'], // In a key's policy that is the key.
        conditions,
      }),
    )
  const groups = (path: string) =>
    stack.formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: `${path}/${parts.flowName}-*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })
  key.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
      actions: [
        'kms:Decrypt',
        'kms:DescribeKey',
        'kms:Encrypt',
        'kms:GenerateDataKey',
        'kms:GenerateDataKeyWithoutPlaintext',
        'kms:ReEncryptFrom',
        'kms:ReEncryptTo',
      ],
      resources: ['*'],
      conditions: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': ['/aws/lambda', '/aws/vendedlogs'].map(groups),
        },
      },
    }),
  )
  const alarms = new Topic(stack, 'alarms', {
    topicName: `${parts.flowName}-alarms`,
    masterKey: key,
    enforceSSL: true,
  })
  // A policy of one's own replaces the one that lets the account's alarms in.
  alarms.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [alarms.topicArn],
      conditions: ofThisAccount,
    }),
  )
  return { stack, ...parts, key, alarms }
}

/** The name of a part wherever AWS asks for one, so that one search finds it everywhere. */
export const named = ({ flowName }: Site, name: string): string => `${flowName}-${name}`

export const logGroup = (site: Site, id: string, path: string): LogGroup =>
  new LogGroup(site.stack, `${id}-logs`, {
    logGroupName: `${path}/${named(site, id)}`,
    retention: RetentionDays.ONE_MONTH,
    encryptionKey: site.key,
    removalPolicy: RemovalPolicy.DESTROY,
  })
