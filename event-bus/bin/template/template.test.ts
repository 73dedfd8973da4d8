// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are CloudFormation's
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { opened } from './template.ts'

const place = { region: 'eu-west-1', account: '111122223333' }

function open(template: object, parameters: Readonly<Record<string, string>> = {}) {
  return opened(template as Readonly<Record<string, unknown>>, {
    ...{ place, stackName: 'shop' },
    parameters: new Map(Object.entries(parameters)),
  })
}

const rest = {
  Parameters: {
    Stage: { Type: 'String', Default: 'test' },
    Days: { Type: 'Number', Default: '3' },
    Names: { Type: 'CommaDelimitedList', Default: 'a, b' },
    Secret: { Type: 'String', NoEcho: true },
  },
  Mappings: { Sizes: { test: { days: 7 } } },
  Conditions: {
    IsTest: { 'Fn::Equals': [{ Ref: 'Stage' }, 'test'] },
    IsProduction: { 'Fn::Not': [{ Condition: 'IsTest' }] },
    Either: { 'Fn::Or': [{ Condition: 'IsTest' }, { Condition: 'IsProduction' }] },
    Both: { 'Fn::And': [{ Condition: 'IsTest' }, { Condition: 'IsProduction' }] },
  },
}
const resources = {
  Fn: {
    Type: 'AWS::Lambda::Function',
    Properties: { FunctionName: { 'Fn::Sub': '${Stage}-ship' } },
  },
  Live: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Fn' }, Name: 'live' } },
  Queue: { Type: 'AWS::SQS::Queue' },
  Line: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } },
  Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'news' } },
  Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/shop' } },
  Bucket: { Type: 'AWS::S3::Bucket' },
  Bus: { Type: 'AWS::Events::EventBus' },
}
/** A value as the template would have it. */
const value = (of: unknown, parameters?: Readonly<Record<string, string>>) =>
  open({ ...rest, Resources: resources }, parameters).resolve(
    of,
    new Map([['Bus', { ref: 'orders', attributes: { Arn: 'arn:bus' } }]]),
  )

test('functions are what CloudFormation makes of them', () => {
  for (const [written, made] of [
    [{ Ref: 'AWS::Region' }, 'eu-west-1'],
    [{ Ref: 'Stage' }, 'test'],
    [{ Ref: 'Days' }, 3],
    [{ Ref: 'Names' }, ['a', 'b']],
    [{ Ref: 'Bus' }, 'orders'],
    [{ 'Fn::GetAtt': ['Bus', 'Arn'] }, 'arn:bus'],
    [{ 'Fn::GetAtt': 'Bus.Arn' }, 'arn:bus'],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'Stage' }]] }, 'a-test'],
    [{ 'Fn::Join': ['+', { Ref: 'Names' }] }, 'a+b'],
    [{ 'Fn::Sub': '${Bus.Arn}/${AWS::StackName}/${!Keep}' }, 'arn:bus/shop/${Keep}'],
    [{ 'Fn::Sub': ['${who}-${Stage}', { who: { Ref: 'Bus' } }] }, 'orders-test'],
    [{ 'Fn::Select': ['1', { 'Fn::Split': [',', 'a,b'] }] }, 'b'],
    [{ 'Fn::FindInMap': ['Sizes', { Ref: 'Stage' }, 'days'] }, 7],
    [{ 'Fn::If': ['IsTest', 'yes', { 'Fn::GetAtt': ['Nobody', 'Arn'] }] }, 'yes'],
    [
      { a: { 'Fn::If': ['Both', 1, { Ref: 'AWS::NoValue' }] }, b: [{ Ref: 'AWS::NoValue' }] },
      { b: [] },
    ],
    [{ 'Fn::If': ['Either', 1, 2] }, 1],
    [
      { source: ['shop'], $or: [{ a: [1] }] },
      { source: ['shop'], $or: [{ a: [1] }] },
    ],
  ] as const)
    assert.deepEqual(value(written), made, JSON.stringify(written))
})

test('resources of other services have the ARNs that they would have here', () => {
  const at = 'eu-west-1:111122223333'
  for (const [id, attribute, made] of [
    ['Fn', 'Arn', `arn:aws:lambda:${at}:function:test-ship`],
    ['Queue', 'Arn', `arn:aws:sqs:${at}:Queue`],
    ['Line', 'QueueName', 'Line.fifo'],
    ['Topic', 'TopicArn', `arn:aws:sns:${at}:news`],
    ['Group', 'Arn', `arn:aws:logs:${at}:log-group:/shop:*`],
  ] as const)
    assert.equal(value({ 'Fn::GetAtt': [id, attribute] }), made)
  assert.equal(value({ Ref: 'Topic' }), `arn:aws:sns:${at}:news`)
  assert.equal(value({ Ref: 'Fn' }), 'test-ship')
  assert.equal(value({ Ref: 'Live' }), `arn:aws:lambda:${at}:function:test-ship:live`)
})

test('what cannot be known here says why', () => {
  for (const [written, why] of [
    [{ Ref: 'Secret' }, /the parameter Secret has no value: say --parameter Secret=…/],
    [{ Ref: 'Nobody' }, /there is no resource Nobody/],
    [{ 'Fn::GetAtt': ['Bucket', 'Arn'] }, /what Bucket \(AWS::S3::Bucket\) is called/],
    [{ 'Fn::GetAtt': ['Fn', 'Size'] }, /Fn has no attribute Size/],
    [{ 'Fn::ImportValue': 'x' }, /Fn::ImportValue cannot be known/],
    [{ 'Fn::Join': 'x' }, /Fn::Join is not given a list/],
  ] as const)
    assert.throws(() => value(written), { name: 'Unresolved', message: why })
  assert.equal(value({ Ref: 'Secret' }, { Secret: 's' }), 's')
})

test('resources come in the order in which they need each other, and all others are told', () => {
  const { resources: found, others } = open({
    ...rest,
    Resources: {
      Rule: { Type: 'AWS::Events::Rule', DependsOn: 'Bus' },
      Bus: { Type: 'AWS::Events::EventBus' },
      Never: { Type: 'AWS::Events::Rule', Condition: 'Both' },
      Fn: { Type: 'AWS::Lambda::Function' },
      Night: { Type: 'AWS::Scheduler::Schedule' },
      Bucket: { Type: 'AWS::S3::Bucket' },
    },
  })
  assert.deepEqual(
    found.map(({ logicalId }) => logicalId),
    ['Bus', 'Rule'],
  )
  assert.deepEqual(
    others.map(({ logicalId, why }) => `${logicalId}: ${why.slice(0, 35)}`),
    [
      'Fn: not of EventBridge; targets name it',
      'Night: this bus has no such service; a rul',
      'Bucket: not of EventBridge',
      'Never: its Condition does not hold',
    ],
  )
})

test('what is no template, and a parameter that it does not have, are refused', () => {
  assert.throws(() => open({ Rules: {} }), { exitCode: 1, message: /no Resources/ })
  assert.throws(() => open({ ...rest, Resources: resources }, { Secrt: 'x' }), {
    exitCode: 2,
    message: 'The template has no parameter Secrt. Did you mean Secret?',
  })
})
