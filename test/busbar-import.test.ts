/** A template that CDK has really synthesised, imported, exported and imported again. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { App, CfnParameter, Duration, SecretValue, Stack } from 'aws-cdk-lib'
import * as events from 'aws-cdk-lib/aws-events'
import * as targets from 'aws-cdk-lib/aws-events-targets'
import { AccountPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { busbar, type Ran } from './busbar.ts'
import { type Served, serve } from './serve.ts'

const folder = mkdtempSync(join(tmpdir(), 'busbar-import-'))
const file = join(folder, 'Shop.template.json')
let bus: Served
let other: Served
before(async () => {
  writeFileSync(file, JSON.stringify(shop()))
  ;[bus, other] = await Promise.all([serve(), serve()])
})
after(async () => {
  await Promise.all([bus?.stop(), other?.stop()])
  rmSync(folder, { recursive: true, force: true })
})

function shop(): object {
  const app = new App({ outdir: join(folder, 'cdk.out') })
  const stack = new Stack(app, 'Shop')
  const code = { runtime: Runtime.NODEJS_22_X, handler: 'i.h', code: Code.fromInline('//') }
  const ship = new LambdaFunction(stack, 'Ship', { ...code, functionName: 'ship' })
  const bill = new LambdaFunction(stack, 'Bill', code)
  const orders = new events.EventBus(stack, 'Orders', { eventBusName: 'orders' })
  const audit = new events.EventBus(stack, 'Audit')
  orders.addToResourcePolicy(
    new PolicyStatement({
      ...{ sid: 'partner', actions: ['events:PutEvents'], resources: [orders.eventBusArn] },
      principals: [new AccountPrincipal('111122223333')],
    }),
  )
  orders.archive('Keep', {
    ...{ archiveName: 'keep', retention: Duration.days(30), eventPattern: { source: ['shop'] } },
  })
  const key = new CfnParameter(stack, 'PartnerKey', { noEcho: true })
  const connection = new events.Connection(stack, 'Partner', {
    authorization: events.Authorization.apiKey('x-api-key', SecretValue.cfnParameter(key)),
    headerParameters: { 'x-from': events.HttpParameter.fromString('shop') },
  })
  const endpoint = 'https://partner.example/orders'
  const hook = new events.ApiDestination(stack, 'Hook', { connection, endpoint })
  new events.Rule(stack, 'Placed', {
    ...{ eventBus: orders, ruleName: 'placed', description: 'Orders that were placed' },
    eventPattern: {
      ...{ source: events.Match.prefix('shop'), detailType: ['OrderPlaced'] },
      detail: { total: events.Match.greaterThan(100), state: events.Match.anythingBut('draft') },
    },
    targets: [
      new targets.LambdaFunction(ship, {
        ...{ retryAttempts: 3, maxEventAge: Duration.hours(2) },
        deadLetterQueue: new Queue(stack, 'Dead', { queueName: 'dead' }),
        event: events.RuleTargetInput.fromObject({
          order: events.EventField.fromPath('$.detail.order'),
          at: events.EventField.time,
        }),
      }),
      new targets.SqsQueue(new Queue(stack, 'Line', { fifo: true }), {
        ...{ messageGroupId: 'orders', message: events.RuleTargetInput.fromEventPath('$.detail') },
      }),
      new targets.SnsTopic(new Topic(stack, 'News')),
      new targets.ApiDestination(hook as events.IApiDestination, {
        headerParameters: { 'x-kind': 'order' },
      }),
      new targets.EventBus(audit as events.IEventBus),
    ],
  })
  new events.Rule(stack, 'Nightly', {
    schedule: events.Schedule.cron({ minute: '0', hour: '3' }),
    targets: [new targets.LambdaFunction(bill, { event: events.RuleTargetInput.fromText('go') })],
  })
  new events.Rule(stack, 'Often', {
    ...{ enabled: false, schedule: events.Schedule.rate(Duration.minutes(5)) },
    targets: [
      new targets.CloudWatchLogGroup(new LogGroup(stack, 'Log', { logGroupName: '/shop' })),
    ],
  })
  return app.synth().getStackByName('Shop').template
}

const run = ({ url }: Served, ...args: string[]): Promise<Ran> =>
  busbar(args, { env: { AWS_ENDPOINT_URL_EVENTBRIDGE: url } })
const actions = ({ stdout }: Ran) => {
  const counts: Record<string, number> = {}
  for (const { Action } of stdout.split('\n').map((line) => JSON.parse(line)))
    counts[Action] = (counts[Action] ?? 0) + 1
  return counts
}

test('without its parameter a template is imported but for what needs it, and that is said', async () => {
  const dry = await run(bus, 'import', file, '--dry-run', '--json')
  assert.equal(dry.code, 1)
  assert.deepEqual(actions(dry), { created: 6, failed: 3 })
  assert.match(dry.stderr, /Partner.*the parameter PartnerKey has no value: say --parameter/)
  assert.match(dry.stderr, /Placed\w+ \(AWS::Events::Rule\): Hook\w+ was not imported/)
  assert.equal((await run(bus, 'rules', '--json')).stdout, '', 'a dry run changes nothing')
})

test('a template of CDK is imported whole, and a second time changes nothing', async () => {
  const parameter = ['--parameter', 'PartnerKey=geheim']
  const first = await run(bus, 'import', file, ...parameter, '--json')
  assert.deepEqual([first.code, actions(first)], [0, { created: 9 }], first.stderr)
  assert.match(
    first.stderr,
    /AWS::Lambda::Function \(Ship\w+\): .* arn:aws:lambda:us-east-1:0{12}:function:ship/,
  )
  assert.match(first.stderr, /AWS::IAM::Role \(.*\): not needed here/)
  const second = await run(bus, 'import', file, ...parameter, '--json')
  assert.deepEqual([second.code, actions(second)], [0, { unchanged: 9 }], second.stderr)
})

test('its rules are what CDK was told, as the SDK sees them', async () => {
  const client = bus.client()
  const on = { EventBusName: 'orders' }
  const rule = await client.describeRule({ Name: 'placed', ...on })
  assert.deepEqual(JSON.parse(rule.EventPattern ?? ''), {
    ...{ source: [{ prefix: 'shop' }], 'detail-type': ['OrderPlaced'] },
    detail: { total: [{ numeric: ['>', 100] }], state: [{ 'anything-but': ['draft'] }] },
  })
  const { Targets = [] } = await client.listTargetsByRule({ Rule: 'placed', ...on })
  const [ship, line, news, hook, audit] = Targets
  const at = 'us-east-1:000000000000'
  assert.equal(ship?.Arn, `arn:aws:lambda:${at}:function:ship`)
  assert.deepEqual(ship?.RetryPolicy, {
    ...{ MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 7_200 },
  })
  assert.equal(ship?.DeadLetterConfig?.Arn, `arn:aws:sqs:${at}:dead`)
  assert.match(ship?.InputTransformer?.InputTemplate ?? '', /^\{"order":<.*>,"at":<.*>\}$/)
  assert.match(line?.Arn ?? '', /:Line\w+\.fifo$/)
  assert.deepEqual(
    [line?.InputPath, line?.SqsParameters],
    ['$.detail', { MessageGroupId: 'orders' }],
  )
  assert.match(news?.Arn ?? '', /^arn:aws:sns:.*:News/)
  assert.match(hook?.Arn ?? '', /api-destination\/Hook\w+\/[0-9a-f-]{36}$/)
  assert.match(audit?.Arn ?? '', /event-bus\/ShopAudit/)
  const { Rules = [] } = await client.listRules({})
  assert.deepEqual(
    Rules.map(({ State, ScheduleExpression }) => [State, ScheduleExpression]),
    [
      ['ENABLED', 'cron(0 3 * * ? *)'],
      ['DISABLED', 'rate(5 minutes)'],
    ],
  )
})

test('what is exported makes another bus the same', async () => {
  const exported = await run(bus, 'export')
  assert.equal(exported.code, 0)
  assert.doesNotMatch(exported.stdout, /geheim|000000000000|us-east-1/)
  const again = join(folder, 'exported.json')
  writeFileSync(again, exported.stdout)
  const [secret = ''] = Object.keys(JSON.parse(exported.stdout).Parameters)
  const parameter = ['--parameter', `${secret}=geheim`]
  const made = await run(other, 'import', again, ...parameter, '--json')
  assert.deepEqual([made.code, Object.keys(actions(made))], [0, ['created']], made.stderr)
  assert.equal((await run(other, 'export')).stdout, exported.stdout)
  const kept = await run(bus, 'import', again, ...parameter, '--json')
  assert.deepEqual(Object.keys(actions(kept)), ['unchanged'], kept.stdout)
})

test('what is no template in JSON is refused with what to do', async () => {
  const yaml = join(folder, 'template.yaml')
  writeFileSync(yaml, 'Resources:\n  A:\n    Type: AWS::Events::Rule\n')
  const refused = await run(bus, 'import', yaml)
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /is not JSON\. Of a template in YAML make JSON first: CDK writes/)
  const misspelt = await run(bus, 'import', file, '--parameter', 'PartnerKay=x')
  assert.equal(misspelt.code, 2)
  assert.match(misspelt.stderr, /no parameter PartnerKay\. Did you mean PartnerKey\?/)
})
