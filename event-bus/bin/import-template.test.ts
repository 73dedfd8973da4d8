// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are CloudFormation's
/** Templates imported into a bus in memory, whose operations answer as over the wire. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aRule, handClock, recordingTarget } from '../testing.ts'
import { parseExactly } from './exact-json.ts'
import type { Imported } from './import-template.ts'
import { aBus } from './testing.ts'

const told = (all: readonly Imported[]) =>
  all.map((each) => `${each.Action} ${each.Action === 'failed' ? each.Why : each.Name}`)

const lambda = { 'Fn::GetAtt': ['Fn', 'Arn'] }
const template = {
  Parameters: { Key: { Type: 'String', NoEcho: true }, Token: { Type: 'String', Default: 't' } },
  Resources: {
    Fn: { Type: 'AWS::Lambda::Function' },
    Dead: { Type: 'AWS::SQS::Queue' },
    Orders: {
      Type: 'AWS::Events::EventBus',
      Properties: {
        ...{ Name: 'orders', Description: 'All orders', Tags: [{ Key: 'team', Value: 'shop' }] },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['Dead', 'Arn'] } },
      },
    },
    Others: {
      Type: 'AWS::Events::EventBusPolicy',
      Properties: {
        ...{ EventBusName: { Ref: 'Orders' }, StatementId: 'others' },
        ...{ Action: 'events:PutEvents', Principal: '111122223333' },
      },
    },
    OnDefault: {
      Type: 'AWS::Events::EventBusPolicy',
      Properties: {
        StatementId: 'all',
        Statement: {
          ...{ Effect: 'Allow', Principal: '*', Action: 'events:PutEvents' },
          Resource: {
            'Fn::Sub': 'arn:aws:events:${AWS::Region}:${AWS::AccountId}:event-bus/default',
          },
        },
      },
    },
    Partner: {
      Type: 'AWS::Events::Connection',
      Properties: {
        AuthorizationType: 'API_KEY',
        AuthParameters: {
          ApiKeyAuthParameters: { ApiKeyName: 'x-key', ApiKeyValue: { Ref: 'Key' } },
          InvocationHttpParameters: {
            HeaderParameters: [
              { Key: 'x-token', Value: { Ref: 'Token' }, IsValueSecret: true },
              { Key: 'x-from', Value: 'shop', IsValueSecret: false },
            ],
          },
        },
      },
    },
    Hook: {
      Type: 'AWS::Events::ApiDestination',
      Properties: {
        ...{ ConnectionArn: { 'Fn::GetAtt': ['Partner', 'Arn'] }, HttpMethod: 'POST' },
        ...{ InvocationEndpoint: 'https://partner.example/*', InvocationRateLimitPerSecond: '5' },
      },
    },
    Placed: {
      Type: 'AWS::Events::Rule',
      Metadata: { Busbar: { Targets: { ship: { Concurrency: 3 } } } },
      Properties: {
        ...{
          EventBusName: { Ref: 'Orders' },
          Description: 'placed',
          Tags: [{ Key: 'a', Value: 'b' }],
        },
        EventPattern: parseExactly(
          '{"source":["shop"],"detail":{"id":[12345678901234567890,1.0]}}',
        ),
        Targets: [
          {
            ...{ Id: 'ship', Arn: lambda },
            InputTransformer: {
              InputPathsMap: { id: '$.detail.id' },
              InputTemplate: '{"id":<id>}',
            },
            RetryPolicy: { MaximumRetryAttempts: '3', MaximumEventAgeInSeconds: 60 },
            DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['Dead', 'Arn'] } },
          },
          {
            ...{
              Id: 'hook',
              Arn: { 'Fn::GetAtt': ['Hook', 'Arn'] },
              RoleArn: 'arn:aws:iam::000000000000:role/caller',
            },
            HttpParameters: { PathParameterValues: ['orders'] },
          },
        ],
      },
    },
    Night: {
      Type: 'AWS::Events::Rule',
      Properties: {
        ...{ Name: 'night', ScheduleExpression: 'rate(1 day)', State: 'DISABLED' },
        Targets: [{ Id: 'ship', Arn: lambda, Input: '{"a":1.0}' }],
      },
    },
    Keep: {
      Type: 'AWS::Events::Archive',
      Properties: {
        ...{ SourceArn: { 'Fn::GetAtt': ['Orders', 'Arn'] }, RetentionDays: 30 },
        EventPattern: { source: ['shop'] },
      },
    },
  },
}
const key = { Key: 'geheim' }

test('a template is made, and made again it changes nothing', async () => {
  const bus = await aBus()
  const names = [
    ...['orders', 'orders/others', 'default/all', 'Partner', 'Hook', 'orders/Placed'],
    ...['default/night', 'Keep'],
  ]
  assert.deepEqual(
    told(await bus.import(template, key)),
    names.map((name) => `created ${name}`),
  )
  bus.changes.length = 0
  assert.deepEqual(
    told(await bus.import(template, key)),
    names.map((name) => `unchanged ${name}`),
  )
  assert.deepEqual(bus.changes, [])
})

test('what is exported makes an empty bus the same, down to the spelling of numbers', async () => {
  const bus = await aBus()
  await bus.import(template, key)
  const exported = await bus.export()
  const secrets = { ConnectionPartnerApiKeyValue: 'k', ConnectionPartnerHeaderParameters1: 't' }
  const { Parameters } = exported as { Parameters: object }
  assert.deepEqual(Object.keys(Parameters), Object.keys(secrets))
  const text = JSON.stringify(exported)
  assert.match(text, /"id":\[12345678901234567890,1\.0\]/)
  assert.doesNotMatch(text, /geheim|us-east-1|000000000000/)

  const other = await aBus()
  const made = await other.import(parseExactly(text) as object, secrets)
  assert.deepEqual(
    made.filter(({ Action }) => Action !== 'created'),
    [],
  )
  assert.equal(JSON.stringify(await other.export()), text)
  bus.changes.length = 0
  await bus.import(parseExactly(text) as object, secrets)
  assert.deepEqual(bus.changes, [])
})

test('one bus is exported with what belongs to it', async () => {
  const bus = await aBus()
  await bus.import(template, key)
  const names = async (only: string) =>
    Object.keys(((await bus.export(only)) as { Resources: object }).Resources)
  assert.deepEqual(await names('orders'), [
    ...['BusOrders', 'ConnectionPartner', 'ApiDestinationHook', 'RuleOrdersPlaced', 'ArchiveKeep'],
  ])
  assert.deepEqual(await names('default'), ['PolicyAll', 'RuleNight'])
})

test('a dry run says the same and changes nothing', async () => {
  const bus = await aBus()
  const dry = await bus.import(template, key, { dryRun: true })
  assert.deepEqual(bus.changes, [])
  assert.deepEqual(dry, await bus.import(template, key))
})

test('what has changed in the template is changed, and targets that it has not are removed', async () => {
  const bus = await aBus()
  await bus.import(template, key)
  const { Placed, Night, Keep, Orders } = template.Resources
  const { Description: _gone, ...rest } = Placed.Properties
  const changed = {
    ...template,
    Resources: {
      ...template.Resources,
      Orders: { ...Orders, Properties: { ...Orders.Properties, Description: 'Some' } },
      Placed: { ...Placed, Properties: { ...rest, Targets: rest.Targets.slice(0, 1) } },
      Night: { ...Night, Properties: { ...Night.Properties, State: 'ENABLED' } },
      Keep: { ...Keep, Properties: { ...Keep.Properties, RetentionDays: 3 } },
    },
  }
  const all = await bus.import(changed, key)
  assert.deepEqual(told(all.filter(({ Action }) => Action !== 'unchanged')), [
    ...['updated orders', 'updated orders/Placed', 'updated default/night', 'updated Keep'],
  ])
  const again = await bus.import(changed, key)
  assert.deepEqual(
    again.filter(({ Action }) => Action !== 'unchanged'),
    [],
  )
  const { Targets } = await bus.client.call<{ Targets: readonly { Id: string }[] }>(
    'ListTargetsByRule',
    { Rule: 'Placed', EventBusName: 'orders' },
  )
  assert.deepEqual(
    Targets.map(({ Id }) => Id),
    ['ship'],
  )
})

test('a connection is put again only when that is asked for, for its secrets cannot be seen', async () => {
  const bus = await aBus()
  await bus.import(template, key)
  bus.changes.length = 0
  await bus.import(template, { Key: 'another' })
  assert.deepEqual(bus.changes, [])
  await bus.import(template, { Key: 'another' }, { secrets: true })
  assert.deepEqual(bus.changes, ['UpdateConnection'])
})

test('what cannot be made keeps back those alone that refer to it', async () => {
  const bus = await aBus()
  const all = await bus.import(template)
  assert.deepEqual(told(all.filter(({ Action }) => Action === 'failed')), [
    'failed the parameter Key has no value: say --parameter Key=…',
    'failed Partner was not imported',
    'failed Hook was not imported',
  ])
  assert.equal(all.length, 8)
  const refused = await bus.import({
    Resources: {
      A: { Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: [] } } },
      B: { Type: 'AWS::Events::Rule', Properties: { EventPattern: { a: [1] }, Colour: 'red' } },
      C: { Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: ['a'] } } },
      D: {
        Type: 'AWS::Events::Connection',
        Properties: {
          AuthorizationType: 'API_KEY',
          AuthParameters: {
            ApiKeyAuthParameters: { ApiKeyName: 'a', ApiKeyValue: '{{resolve:secretsmanager:x}}' },
          },
        },
      },
    },
  })
  assert.deepEqual(
    refused.map(({ Action, LogicalId }) => `${LogicalId} ${Action}`),
    [...['D failed', 'A failed', 'B failed', 'C created']],
  )
  assert.match(told(refused)[0] ?? '', /resolve:secretsmanager:x\}\}, which is not known here/)
  assert.match(told(refused)[1] ?? '', /Empty arrays are not allowed/)
  assert.match(told(refused)[2] ?? '', /B has a property Colour, which this bus does not know/)
})

test('rules that the process declares are exported, and left alone where they are declared', async () => {
  const rules = [aRule({ bus: 'blog', name: 'posted', targets: [recordingTarget(handClock())] })]
  const declaring = await aBus({ rules })
  const text = JSON.stringify(await declaring.export())
  const other = await aBus()
  assert.deepEqual(told(await other.import(JSON.parse(text))), [
    'created blog',
    'created blog/posted',
  ])
  assert.equal(JSON.stringify(await other.export()), text)
  assert.deepEqual(told(await declaring.import(JSON.parse(text))), [
    ...['unchanged blog', 'unchanged blog/posted'],
  ])
  const changed = JSON.parse(text.replace('"ENABLED"', '"DISABLED"'))
  const [, refused] = told(await declaring.import(changed))
  assert.match(refused ?? '', /^failed posted is a managed rule\. .*change it there/)
})
