/** The blog's template as `npm run synth` writes it, held against the flow. No account, no network. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { nameOf, type Rule, type ScheduledRule, type Target } from '@busbar/runtime'
import { endpoints } from '../blog/adapters/http/endpoints.ts'
import { blog } from '../blog/flow.ts'
import { cdkRights } from './cdk-rights.contract.ts'
import { compiled } from './settings.ts'
import {
  cycleIn,
  ofType,
  permissions,
  referenceOf,
  references,
  statementsOf,
  type Template,
} from './template.ts'

const folder = mkdtempSync(join(tmpdir(), 'busbar-cdk-'))
after(() => rmSync(folder, { recursive: true }))

/** Without a network, where this machine lets us take it away. */
const offline = spawnSync('unshare', ['-n', 'true']).status === 0 ? ['unshare', '-n'] : []

function synthesised(name: string): { readonly text: string; readonly out: string } {
  const out = join(folder, name)
  const env = {
    ...{
      ...compiled,
      PATH: process.env.PATH,
      HOME: folder,
      CDK_OUTDIR: out,
      AWS_REGION: 'nowhere-1',
    },
    MAIL_FROM: 'My blog <me@blog.example>',
  }
  const [command = '', ...args] = [...offline, process.execPath, 'blog/bin/cdk.ts']
  const { status, stderr } = spawnSync(command, args, {
    ...{ env, encoding: 'utf8', timeout: 120_000 },
  })
  assert.equal(status, 0, stderr)
  return { text: readFileSync(join(out, 'blog.template.json'), 'utf8'), out }
}

const first = synthesised('first')
const template = JSON.parse(first.text) as Template
const functions = new Map(
  ofType(template, 'Lambda::Function').map(([id, properties]) => [
    properties.Environment.Variables.TARGET as string,
    { id, ...properties },
  ]),
)
const rules = blog.steps.filter((step): step is Rule => step.kind === 'rule')
const scheduled = blog.steps.filter((step): step is ScheduledRule => step.kind === 'scheduled-rule')
const queueTargets: readonly Target[] = [
  ...new Map(
    [...rules, ...scheduled]
      .flatMap(({ targets }): Rule['targets'] => targets)
      .flatMap((target): Target[] =>
        target.kind === 'topic' ? Object.values(target.protocols) : [target],
      )
      .map((target) => [target.id, target]),
  ).values(),
]
const queueOf = (id: string) => {
  const lambda = functions.get(id)
  const queue = referenceOf(lambda.Environment.Variables.QUEUE_URL)
  return { lambda, queue, ...template.Resources[queue]?.Properties }
}

test('two syntheses are equal to the byte, bundle and all', () => {
  const lines = first.text.split('\n')
  const other = synthesised('second').text.split('\n')
  const differing = other.flatMap((line, at) => (line === lines[at] ? [] : [[lines[at], line]]))
  assert.deepEqual(differing.slice(0, 5), [])
  assert.equal(other.length, lines.length)
})

cdkRights(template)

test('the template is plain: no custom resources, no nested stacks, and nothing that waits for itself', () => {
  for (const { Type } of Object.values(template.Resources))
    assert.doesNotMatch(Type, /^Custom::|CustomResource|CloudFormation::Stack/)
  assert.equal(cycleIn(template), null)
  for (const [id, resource] of Object.entries(template.Resources))
    for (const needed of references(resource.Properties))
      assert.ok(needed.startsWith('AWS::') || template.Resources[needed], `${id} needs ${needed}`)
})

test('the checks of cdk-nag find nothing that is not argued', () => {
  const report = JSON.parse(readFileSync(join(first.out, 'validation-report.json'), 'utf8'))
  assert.deepEqual(report.pluginReports, [])
})

test('every rule of the flow is there with its pattern verbatim, its targets and their retry policies', () => {
  const made = new Map(ofType(template, 'Events::Rule').map(([, rule]) => [rule.Name, rule]))
  // The bus `default` is everybody's, so a rule there has a longer name.
  const all = [...rules.map(({ name }) => name), ...scheduled.map(({ name }) => `blog-${name}`)]
  assert.deepEqual([...made.keys()].sort(), all.sort())
  for (const { name, bus, eventPattern, targets } of rules) {
    const rule = made.get(name)
    assert.deepEqual(rule.EventPattern, eventPattern)
    const busId = referenceOf(rule.EventBusName)
    assert.equal(template.Resources[busId]?.Properties.Name, `blog-${nameOf(blog, bus)}`)
    assert.equal(rule.State, 'ENABLED')
    const wanted = targets.map((target) => {
      const retryPolicy =
        target.kind === 'topic'
          ? { maximumRetryAttempts: 185, maximumEventAgeInSeconds: 86_400 }
          : target.retryPolicy
      const id = target.kind === 'topic' ? nameOf(blog, target) : target.id
      const ends =
        target.kind === 'topic'
          ? [functions.get(`topic:${id}`), ofType(template, 'SNS::Subscription')[0]?.[1].TopicArn]
          : [functions.get(id), null]
      const { QUEUE_URL, DLQ_URL } = ends[0].Environment.Variables
      return {
        ...{ id, to: referenceOf(ends[1] ?? QUEUE_URL), dead: referenceOf(DLQ_URL) },
        attempts: retryPolicy.maximumRetryAttempts,
        age: retryPolicy.maximumEventAgeInSeconds,
      }
    })
    assert.deepEqual(
      // biome-ignore lint/suspicious/noExplicitAny: a property of the template.
      rule.Targets.map(({ Id, Arn, DeadLetterConfig, RetryPolicy }: any) => ({
        ...{ id: Id, to: referenceOf(Arn), dead: referenceOf(DeadLetterConfig.Arn) },
        attempts: RetryPolicy.MaximumRetryAttempts,
        age: RetryPolicy.MaximumEventAgeInSeconds,
      })),
      wanted,
    )
  }
})

test('what is looked at each minute is so by a rule with a schedule, on the bus that has them', () => {
  assert.ok(scheduled.length > 0)
  const made = new Map(ofType(template, 'Events::Rule').map(([, rule]) => [rule.Name, rule]))
  for (const { name, scheduleExpression, targets } of scheduled) {
    const rule = made.get(`blog-${name}`)
    assert.equal(rule.ScheduleExpression, scheduleExpression)
    assert.deepEqual([rule.EventBusName, rule.EventPattern], [undefined, undefined])
    // biome-ignore lint/suspicious/noExplicitAny: a property of the template.
    const ends = rule.Targets.map(({ Id, Arn }: any) => [Id, referenceOf(Arn)])
    assert.deepEqual(
      ends,
      targets.map(({ id }) => [id, queueOf(id).queue]),
    )
  }
})

test('handlers fail as the flow says: attempts, time limits, concurrency, changes for browsers five at a time', () => {
  assert.deepEqual(queueTargets.map(({ id }) => id).sort(), [
    'count-readers',
    'email-subscriber',
    'post-confirmation',
    'post-preferences',
    'post-to-webhook',
    'publish-due-drafts',
    'push-to-browsers',
    'recognize-entities',
    'send-confirmation',
    'send-preferences',
    'send-sign-in-link',
  ])
  for (const { id, retryPolicy, timeoutMs, concurrency } of queueTargets) {
    const { lambda, queue, RedrivePolicy, VisibilityTimeout, MessageRetentionPeriod } = queueOf(id)
    assert.equal(RedrivePolicy.maxReceiveCount, retryPolicy.maximumRetryAttempts + 1, id)
    assert.ok(VisibilityTimeout >= 6 * lambda.Timeout, id)
    assert.ok(lambda.Timeout * 1_000 > timeoutMs, `${id} has time to say that an attempt failed`)
    assert.equal(MessageRetentionPeriod, 14 * 86_400, id)
    const mappings = ofType(template, 'Lambda::EventSourceMapping')
      .map(([, mapping]) => mapping)
      .filter(({ EventSourceArn }) => referenceOf(EventSourceArn) === queue)
    assert.equal(mappings.length, 1, id)
    assert.equal(referenceOf(mappings[0].FunctionName), lambda.id)
    const together = id === 'push-to-browsers' ? 5 : 1
    assert.equal(mappings[0].BatchSize, together)
    assert.deepEqual(mappings[0].FunctionResponseTypes, ['ReportBatchItemFailures'])
    const least = Math.max(2, concurrency / together) // SQS has no less
    assert.deepEqual(mappings[0].ScalingConfig, { MaximumConcurrency: least })
  }
})

test('a pipe takes what is its table’s, by a function in its middle, to its bus, and tells when it gives up', () => {
  const made = new Map(ofType(template, 'Pipes::Pipe').map(([, pipe]) => [pipe.Name, pipe]))
  const pipes = blog.steps.filter((step) => step.kind === 'pipe')
  assert.deepEqual([...made.keys()].sort(), pipes.map(({ name }) => `blog-${name}`).sort())
  const filters = {
    outbox: { eventName: ['INSERT'], dynamodb: { Keys: { pk: { S: [{ prefix: 'outbox#' }] } } } },
    changes: { dynamodb: { Keys: { pk: { S: [{ prefix: 'row#' }] } } } },
  }
  for (const { name, source, target } of pipes) {
    const pipe = made.get(`blog-${name}`)
    const table = referenceOf(pipe.Source)
    assert.equal(table, tableIdOf(nameOf(blog, source.of)))
    assert.deepEqual(template.Resources[table]?.Properties.StreamSpecification, {
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    })
    const bus = template.Resources[referenceOf(pipe.Target)]?.Properties.Name
    assert.equal(bus, `blog-${nameOf(blog, target)}`)
    assert.equal(referenceOf(pipe.Enrichment), functions.get(`pipe:${name}`).id)
    const { FilterCriteria, DynamoDBStreamParameters: stream } = pipe.SourceParameters
    const patterns = FilterCriteria.Filters.map(({ Pattern }: { Pattern: string }) =>
      JSON.parse(Pattern),
    )
    assert.deepEqual(patterns, [filters[source.stream]])
    assert.equal(stream.StartingPosition, 'TRIM_HORIZON')
    assert.equal(stream.OnPartialBatchItemFailure, 'AUTOMATIC_BISECT')
    assert.ok(stream.MaximumRecordAgeInSeconds < 86_400, 'before the stream forgets')
    assert.deepEqual(pipe.TargetParameters, {
      InputTemplate: '<$.detail>',
      EventBridgeEventBusParameters: { Source: '$.source', DetailType: '$.detail-type' },
    })
    assert.deepEqual(permissions(statementsOf(template, referenceOf(pipe.RoleArn))), [
      `dynamodb:DescribeStream {${table}}`,
      `dynamodb:GetRecords {${table}}`,
      `dynamodb:GetShardIterator {${table}}`,
      `dynamodb:ListStreams {${table}}`,
      `events:PutEvents {${referenceOf(pipe.Target)}}`,
      `lambda:InvokeFunction {${referenceOf(pipe.Enrichment)}}`,
      `sqs:SendMessage {${referenceOf(stream.DeadLetterConfig.Arn)}}`,
    ])
  }
})

test('a topic hands the event on as it is, and only what its rules are for comes to the flow’s own subscriptions', () => {
  const [[, subscription] = [], ...others] = ofType(template, 'SNS::Subscription')
  assert.equal(others.length, 0)
  assert.equal(subscription.Protocol, 'sqs')
  assert.equal(subscription.RawMessageDelivery, true)
  assert.equal(subscription.FilterPolicyScope, 'MessageBody')
  assert.deepEqual(subscription.FilterPolicy, { 'detail-type': ['BlogPostCreated'] })
  const { queue, RedrivePolicy } = queueOf('topic:new-posts')
  assert.equal(referenceOf(subscription.Endpoint), queue)
  const dead = referenceOf(subscription.RedrivePolicy.deadLetterTargetArn)
  assert.equal(dead, referenceOf(RedrivePolicy.deadLetterTargetArn))
  const variables = functions.get('topic:new-posts').Environment.Variables
  assert.equal(referenceOf(variables.QUEUE_URL_EMAIL_SUBSCRIBER), queueOf('email-subscriber').queue)
})

test('each route of the flow is the API’s, and only authors come through where the API says so', () => {
  const made = new Map(ofType(template, 'ApiGatewayV2::Route').map(([, r]) => [r.RouteKey, r]))
  const sockets = ['$connect', '$disconnect', 'watch', 'unwatch']
  const routes = blog.steps.filter((step) => step.kind === 'route')
  const all = [...routes.map(({ on }) => on), '$default', ...sockets]
  assert.deepEqual([...made.keys()].sort(), all.sort())
  assert.equal(ofType(template, 'ApiGatewayV2::Route').length, made.size + 1, '$default of both')
  const authored = new Set<string>(endpoints.flatMap(({ on, authored }) => (authored ? [on] : [])))
  assert.ok(authored.size >= 3)
  for (const { on, target } of routes) {
    const route = made.get(on)
    assert.equal(route.AuthorizationType, authored.has(on) ? 'CUSTOM' : 'NONE', on)
    const integration = template.Resources[references(route.Target).values().next().value ?? '']
    const lambda = referenceOf(integration?.Properties.IntegrationUri)
    assert.equal(lambda, functions.get(target.id).id)
    assert.ok(functions.get(target.id).Timeout < 30, `${on} ends before the API gives up`)
  }
})

test('a function is told what its ports need, and nothing else', () => {
  const told = Object.fromEntries(
    [...functions].map(([target, { Environment }]) => [
      target,
      Object.keys(Environment.Variables)
        .filter((name) => name !== 'TARGET')
        .sort()
        .join(' '),
    ]),
  )
  assert.deepEqual(told, {
    'create-post': 'PUBLIC_URL TABLE_POSTS',
    'edit-post': 'PUBLIC_URL TABLE_POSTS',
    'delete-post': 'PUBLIC_URL TABLE_POSTS',
    'list-posts': 'CONNECTIONS_TABLE PUBLIC_URL TABLE_POSTS',
    'show-post': 'CONNECTIONS_TABLE PUBLIC_URL TABLE_POSTS',
    'show-progress': 'PUBLIC_URL TABLE_POSTS TABLE_PROGRESS',
    'list-topics': 'PUBLIC_URL TABLE_POSTS',
    'search-posts': 'PUBLIC_URL TABLE_POSTS',
    'list-mentions': 'PUBLIC_URL TABLE_POSTS',
    'create-draft': 'PUBLIC_URL TABLE_DRAFTS',
    'save-draft': 'PUBLIC_URL TABLE_DRAFTS',
    'delete-draft': 'PUBLIC_URL TABLE_DRAFTS',
    'list-drafts': 'PUBLIC_URL TABLE_DRAFTS',
    'show-draft': 'PUBLIC_URL TABLE_DRAFTS',
    'publish-draft': 'PUBLIC_URL TABLE_DRAFTS TABLE_POSTS',
    'publish-due-drafts': 'DLQ_URL QUEUE_URL TABLE_DRAFTS TABLE_POSTS',
    subscribe: 'PUBLIC_URL TABLE_SUBSCRIPTIONS',
    'confirm-subscription': 'PUBLIC_URL SEAL_SECRET TABLE_SUBSCRIPTIONS',
    unsubscribe: 'PUBLIC_URL TABLE_SUBSCRIPTIONS',
    'show-preferences': 'PUBLIC_URL SEAL_SECRET TABLE_SUBSCRIPTIONS',
    'change-preferences': 'PUBLIC_URL SEAL_SECRET TABLE_SUBSCRIPTIONS',
    'request-preferences': 'PUBLIC_URL TABLE_SUBSCRIPTIONS',
    pages:
      'AUTHOR_TOKEN_SECRET CONNECTIONS_TABLE PUBLIC_URL SEAL_SECRET TABLE_CREDENTIALS TABLE_DRAFTS TABLE_POSTS TABLE_PROGRESS TABLE_SUBSCRIPTIONS WEBSOCKET_URL',
    'request-sign-in': 'PUBLIC_URL TABLE_CREDENTIALS',
    'sign-in': 'AUTHOR_TOKEN_SECRET PUBLIC_URL SEAL_SECRET TABLE_CREDENTIALS',
    'sign-out': 'PUBLIC_URL TABLE_CREDENTIALS',
    'create-token': 'AUTHOR_TOKEN_SECRET PUBLIC_URL TABLE_CREDENTIALS',
    'revoke-token': 'AUTHOR_TOKEN_SECRET PUBLIC_URL TABLE_CREDENTIALS',
    authorizer: 'AUTHOR_TOKEN_SECRET TABLE_CREDENTIALS',
    websocket: 'CONNECTIONS_TABLE PUBLIC_URL WEBSOCKET_ENDPOINT',
    'pipe:post-events': '',
    'pipe:post-changes': '',
    'pipe:subscription-events': '',
    'pipe:credential-events': '',
    'send-sign-in-link': 'DLQ_URL MAIL_FROM PUBLIC_URL QUEUE_URL SEAL_SECRET TABLE_CREDENTIALS',
    'topic:new-posts':
      'DLQ_URL QUEUE_URL QUEUE_URL_EMAIL_SUBSCRIBER QUEUE_URL_POST_TO_WEBHOOK TABLE_SUBSCRIPTIONS',
    'email-subscriber':
      'DLQ_URL MAIL_FROM PUBLIC_URL QUEUE_URL SEAL_SECRET TABLE_POSTS TABLE_PROGRESS TABLE_SUBSCRIPTIONS',
    'post-to-webhook':
      'DLQ_URL QUEUE_URL SEAL_SECRET TABLE_POSTS TABLE_PROGRESS TABLE_SUBSCRIPTIONS',
    'recognize-entities': 'DLQ_URL QUEUE_URL TABLE_POSTS TABLE_PROGRESS',
    'push-to-browsers': 'CONNECTIONS_TABLE DLQ_URL QUEUE_URL TABLE_PROGRESS WEBSOCKET_ENDPOINT',
    'count-readers': 'DLQ_URL QUEUE_URL TABLE_PROGRESS TABLE_SUBSCRIPTIONS',
    'send-confirmation': 'DLQ_URL MAIL_FROM PUBLIC_URL QUEUE_URL SEAL_SECRET TABLE_SUBSCRIPTIONS',
    'post-confirmation': 'DLQ_URL PUBLIC_URL QUEUE_URL SEAL_SECRET TABLE_SUBSCRIPTIONS',
    'send-preferences': 'DLQ_URL MAIL_FROM PUBLIC_URL QUEUE_URL SEAL_SECRET TABLE_SUBSCRIPTIONS',
    'post-preferences': 'DLQ_URL PUBLIC_URL QUEUE_URL SEAL_SECRET TABLE_SUBSCRIPTIONS',
  })
  const { Variables } = functions.get('email-subscriber').Environment
  assert.equal(Variables.MAIL_FROM, 'My blog <me@blog.example>')
  assert.equal(referenceOf(Variables.TABLE_POSTS), tableIdOf('posts'))
  assert.equal(referenceOf(Variables.TABLE_SUBSCRIPTIONS), tableIdOf('subscriptions'))
})

test('the dashboard shows the flow from top to bottom, each part once', () => {
  const [[, dashboard] = []] = ofType(template, 'CloudWatch::Dashboard')
  const parts = dashboard.DashboardBody['Fn::Join'][1] as unknown[]
  const body = parts.map((part) => (typeof part === 'string' ? part : 'somewhere')).join('')
  const { widgets } = JSON.parse(body) as {
    widgets: { properties: { markdown?: string; title?: string } }[]
  }
  const shown = widgets.flatMap(({ properties: { markdown = '' } }) =>
    markdown.split('\n').flatMap((line) => (line.startsWith('### ') ? [line.slice(4)] : [])),
  )
  const expected = blog.steps.flatMap((step) => {
    if (step.kind === 'route') return [step.on]
    if (step.kind === 'pipe') return [`pipe ${step.name}`]
    const ends = step.targets.flatMap((target) =>
      target.kind === 'topic'
        ? ['new-posts', ...Object.values(target.protocols).map(({ id }) => id)]
        : [target.id],
    )
    return [`rule ${step.name}`, ...ends]
  })
  assert.deepEqual(shown, [...new Set(expected), 'all other requests', 'WebSocket'])
})

function tableIdOf(name: string): string {
  const own = ofType(template, 'DynamoDB::Table').map(([id]) => id)
  return own.find((id) => id.startsWith(`${name}table`)) ?? `no table ${name}`
}
