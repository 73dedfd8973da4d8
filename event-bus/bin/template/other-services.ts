/** Resources of other services: not created here, but named by targets. What they will be called. */
import type { Place } from '../../event.ts'

export interface Created {
  /** What `Ref` answers. */
  readonly ref: string
  readonly attributes: Readonly<Record<string, string>>
}

interface Kind {
  /** The property with the name, and what `Fn::GetAtt` calls that. */
  readonly name: string
  /** Of a name, behind `arn:aws:`. */
  readonly arn: (place: Place, name: string) => string
  /** Other attributes that are the ARN. */
  readonly arns?: readonly string[]
  readonly ref?: 'arn' | 'url'
}

const kinds: Readonly<Record<string, Kind>> = {
  'AWS::Lambda::Function': {
    name: 'FunctionName',
    arn: ({ region, account }, name) => `lambda:${region}:${account}:function:${name}`,
  },
  'AWS::SQS::Queue': {
    name: 'QueueName',
    arn: ({ region, account }, name) => `sqs:${region}:${account}:${name}`,
    ref: 'url',
  },
  'AWS::SNS::Topic': {
    name: 'TopicName',
    arn: ({ region, account }, name) => `sns:${region}:${account}:${name}`,
    arns: ['TopicArn'],
    ref: 'arn',
  },
  'AWS::Logs::LogGroup': {
    name: 'LogGroupName',
    arn: ({ region, account }, name) => `logs:${region}:${account}:log-group:${name}:*`,
  },
  'AWS::IAM::Role': {
    name: 'RoleName',
    arn: ({ account }, name) => `iam::${account}:role/${name}`,
  },
  'AWS::StepFunctions::StateMachine': {
    name: 'StateMachineName',
    arn: ({ region, account }, name) => `states:${region}:${account}:stateMachine:${name}`,
    ref: 'arn',
  },
  'AWS::Kinesis::Stream': {
    name: 'Name',
    arn: ({ region, account }, name) => `kinesis:${region}:${account}:stream/${name}`,
  },
  'AWS::KinesisFirehose::DeliveryStream': {
    name: 'DeliveryStreamName',
    arn: ({ region, account }, name) => `firehose:${region}:${account}:deliverystream/${name}`,
  },
  'AWS::ECS::Cluster': {
    name: 'ClusterName',
    arn: ({ region, account }, name) => `ecs:${region}:${account}:cluster/${name}`,
  },
}

/** Null for what is not known; `property` answers the resource's own. */
export function otherService(
  type: string,
  logicalId: string,
  property: (name: string) => unknown,
  place: Place,
): Created | null {
  if (type === 'AWS::Lambda::Alias' || type === 'AWS::Lambda::Version')
    return qualified(type, property, place)
  const kind = Object.hasOwn(kinds, type) ? kinds[type] : undefined
  if (!kind) return null
  const given = property(kind.name)
  const isFifo = String(property('FifoQueue') ?? property('FifoTopic')) === 'true'
  const name = typeof given === 'string' ? given : `${logicalId}${isFifo ? '.fifo' : ''}`
  const arn = `arn:aws:${kind.arn(place, name)}`
  const url = `https://sqs.${place.region}.amazonaws.com/${place.account}/${name}`
  return {
    ref: kind.ref === 'arn' ? arn : kind.ref === 'url' ? url : name,
    attributes: {
      ...{ Arn: arn, [kind.name]: name },
      ...Object.fromEntries((kind.arns ?? []).map((each) => [each, arn])),
      ...(kind.ref === 'url' && { QueueUrl: url }),
    },
  }
}

/** Of a function whose name or ARN `FunctionName` is; what is delivered to is the function. */
function qualified(
  type: string,
  property: (name: string) => unknown,
  { region, account }: Place,
): Created | null {
  const of = property('FunctionName')
  if (typeof of !== 'string') return null
  const whole = of.startsWith('arn:') ? of : `arn:aws:lambda:${region}:${account}:function:${of}`
  const arn = `${whole}:${type === 'AWS::Lambda::Alias' ? String(property('Name')) : '$LATEST'}`
  return { ref: arn, attributes: { Arn: arn, FunctionArn: arn } }
}

/** Why a resource is not imported. */
export function whyNot(type: string, created: Created | null): string {
  if (/^AWS::Events::/.test(type)) return 'this bus does not have it'
  if (/^AWS::(Scheduler|Pipes)::/.test(type))
    return 'this bus has no such service; a rule with a ScheduleExpression or a pattern may do'
  if (type === 'AWS::CloudFormation::Stack') return 'import the template of that stack by itself'
  if (/^AWS::(CDK::|IAM::|Lambda::Permission|SQS::QueuePolicy|SNS::TopicPolicy)/.test(type))
    return 'not needed here'
  const arn = created?.attributes.Arn
  return arn === undefined
    ? 'not of EventBridge'
    : `not of EventBridge; targets name it ${arn}, and whoever serves that is delivered to`
}
