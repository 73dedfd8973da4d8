/** What `cdk` makes of other flows than the blog's, and which it refuses. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { EventBridgeEvent } from '@busbar/event-bus'
import {
  eventBus,
  type Flow,
  flow,
  type PortsNeeded,
  pipe,
  route,
  rule,
  type Step,
  service,
  table,
  target,
} from '@busbar/runtime'
import { type CdkOptions, cdk } from '@busbar/runtime/cdk'
import { httpApi } from '@busbar/runtime/cdk-routes'
import { site } from '@busbar/runtime/cdk-site'
import { webSocket } from '@busbar/runtime/cdk-websocket'
import { App, Stack, Validations } from 'aws-cdk-lib'
import { Code } from 'aws-cdk-lib/aws-lambda'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { AwsSolutionsChecks } from 'cdk-nag'
import { cycleIn, ofType, referenceOf, type Template } from './template.ts'

const folder = mkdtempSync(join(tmpdir(), 'busbar-cdk-flow-'))
after(() => rmSync(folder, { recursive: true }))

const orders = table<object>()
const shop = eventBus()
const printer = service<object>()
const ports = { orders, shop, printer }
const nothing = async () => undefined
const print = async (_event: EventBridgeEvent<'Placed'>, _uses: { printer: object }) => undefined
const printing = (limits = {}) => target('print-label', print, { printer }, limits)
const on = (name: string, eventPattern: object, made = printing()) =>
  rule(name, {
    bus: shop,
    eventPattern: { 'detail-type': ['Placed'], ...eventPattern },
    targets: [made],
  })

function synthesised<Ports extends PortsNeeded>(
  made: Flow<Ports>,
  options: Partial<CdkOptions<Ports>> = {},
  also: (stack: Stack) => void = () => {},
): Template {
  const app = new App({ outdir: mkdtempSync(join(folder, 'out-')), analyticsReporting: false })
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  const stack = new Stack(app, 'shop')
  const code = Code.fromInline('exports.handler = async () => {}')
  const here = site(stack, {
    ...{ flowName: made.name, code, handler: 'index.handler', keepsData: false },
  })
  cdk(made, {
    ...{ site: here, httpApi: httpApi(here), webSocket: { ...webSocket(here), needs: {} } },
    services: { printer: { environment: { PRINTER: 'here' } } } as never,
    ...{ readers: {}, besides: {} },
    authors: { routes: [], authorizer: {} },
    http: { each: {}, pages: {} },
    ...options,
  })
  also(stack)
  return app.synth().getStackByName('shop').template as Template
}
const aFlow = (...steps: Step[]) => flow('shop', ports, steps)

test('a pattern reaches EventBridge as it was written, whatever words it has', () => {
  const patterns = {
    everything: {
      source: [{ prefix: '' }, { suffix: 'x' }, { 'equals-ignore-case': 'Y' }],
      detail: {
        nothing: [null, '', 0, false, -1.5e-7],
        number: [{ numeric: ['>', 0, '<=', 1e9] }],
        absent: [{ exists: false }],
        not: [{ 'anything-but': { prefix: 'init' } }, { 'anything-but': [1, 2] }],
        wild: [{ wildcard: 'a*b' }],
        address: [{ cidr: '10.0.0.0/8' }],
        $or: [{ a: ['a'] }, { b: [{ exists: true }] }],
        Ref: ['Ref'],
        __proto: ['x'],
      },
    },
    deep: { detail: { a: { b: { c: { d: ['x'] } } } } },
  }
  const steps = Object.entries(patterns).map(([name, pattern]) => on(name, pattern))
  const template = synthesised(aFlow(...steps))
  for (const [, { Name, EventPattern }] of ofType(template, 'Events::Rule'))
    assert.deepEqual(EventPattern, {
      'detail-type': ['Placed'],
      ...patterns[Name as keyof typeof patterns],
    })
  assert.equal(ofType(template, 'Events::Rule').length, 2)
})

test('two rules lead to one function by one queue, and both may put messages there', () => {
  const template = synthesised(aFlow(on('one', {}), on('two', { source: ['x'] })))
  const targets = ofType(template, 'Events::Rule').map(([, { Targets }]) => Targets[0])
  const [queue, ...same] = new Set(targets.map(({ Arn }) => referenceOf(Arn)))
  assert.equal(same.length, 0)
  assert.equal(ofType(template, 'Lambda::EventSourceMapping').length, 1)
  const [, policy] =
    ofType(template, 'SQS::QueuePolicy').find(([, { Queues }]) => referenceOf(Queues) === queue) ??
    []
  const sources = policy.PolicyDocument.Statement.flatMap(
    ({ Effect, Condition }: { Effect: string; Condition: { ArnEquals: object } }) =>
      Effect === 'Allow' ? [referenceOf(Condition.ArnEquals)] : [],
  )
  assert.deepEqual(
    sources.sort(),
    ofType(template, 'Events::Rule')
      .map(([id]) => id)
      .sort(),
  )
  assert.equal(cycleIn(template), null)
})

test('the retry policy, the time limit and the concurrency are the target’s', () => {
  const retryPolicy = { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 600 }
  const made = printing({ retryPolicy, timeoutMs: 2_500, concurrency: 1 })
  const template = synthesised(aFlow(on('placed', {}, made)))
  const [[, { Targets }] = []] = ofType(template, 'Events::Rule')
  assert.deepEqual(Targets[0].RetryPolicy, {
    MaximumRetryAttempts: 3,
    MaximumEventAgeInSeconds: 600,
  })
  const queue = template.Resources[referenceOf(Targets[0].Arn)]?.Properties
  assert.equal(queue.RedrivePolicy.maxReceiveCount, 4)
  const lambda = ofType(template, 'Lambda::Function').find(
    ([, { Environment }]) => Environment.Variables.TARGET === 'print-label',
  )?.[1]
  assert.equal(lambda.Timeout, 8)
  assert.equal(queue.VisibilityTimeout, 48)
  const [[, mapping] = []] = ofType(template, 'Lambda::EventSourceMapping')
  assert.deepEqual(mapping.ScalingConfig, { MaximumConcurrency: 2 }, 'SQS’s least')
})

test('a service’s needs reach the functions that use it, and no other', () => {
  const counting = target('count-orders', nothing, { orders })
  const template = synthesised(
    aFlow(on('placed', {}), route('GET /orders', counting), ordersOnTheBus()),
  )
  const told = ofType(template, 'Lambda::Function').flatMap(([, { Environment }]): string[] =>
    Environment.Variables.PRINTER ? [Environment.Variables.TARGET] : [],
  )
  assert.deepEqual(told, ['print-label'])
})

test('tables that are not kept go with their stack', () => {
  const template = synthesised(aFlow(ordersOnTheBus()))
  for (const [id, { DeletionProtectionEnabled }] of ofType(template, 'DynamoDB::Table')) {
    assert.equal(DeletionProtectionEnabled, false)
    assert.equal((template.Resources[id] as { DeletionPolicy?: string }).DeletionPolicy, 'Delete')
  }
})

test('what cannot be said on AWS, or is not in the flow, stops the synthesis and says what it is', () => {
  const refused: readonly (readonly [RegExp, () => unknown])[] = [
    [
      /target print-label may take 896000 ms; on Lambda an attempt has at most 895 s/i,
      () => synthesised(aFlow(on('placed', {}, printing({ timeoutMs: 896_000 })))),
    ],
    [
      /has two targets print-label that are not the same/,
      () => synthesised(aFlow(on('one', {}), on('two', {}, printing({ concurrency: 7 })))),
    ],
    [
      /has two functions pages/,
      () => synthesised(aFlow(route('GET /', target('pages', nothing, {})))),
    ],
    [
      /has no route POST \/orders/,
      () => synthesised(aFlow(), { authors: { routes: ['POST /orders'], authorizer: {} } }),
    ],
    [/has no target print-lable/, () => synthesised(aFlow(), { besides: { 'print-lable': {} } })],
    [
      /PRINTER is to be here and there for one function/,
      () =>
        synthesised(aFlow(on('placed', {})), {
          besides: { 'print-label': { environment: { PRINTER: 'there' } } },
        }),
    ],
  ]
  for (const [message, act] of refused) assert.throws(act, { message })
})

test('a resource that cdk-nag warns of, and that nobody argues for, stops the synthesis', () => {
  assert.throws(() => synthesised(aFlow(), {}, (stack) => void new Queue(stack, 'bare')), {
    message: /Validation failed/,
  })
})

function ordersOnTheBus() {
  return pipe('order-events', { source: orders.outbox, target: shop })
}
