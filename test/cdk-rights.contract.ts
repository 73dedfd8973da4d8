/** Who may do what in a template, who can reach it, and what is kept how: also that nothing dies unseen. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  listOf,
  ofType,
  permissions,
  referenceOf,
  references,
  type Statement,
  statementsOf,
  type Template,
} from './template.ts'

// biome-ignore lint/suspicious/noExplicitAny: they are as different as AWS is.
type Properties = any

/** The only actions for which AWS knows no resource. */
const withoutResource = [
  'comprehend:DetectDominantLanguage',
  'comprehend:DetectEntities',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
]

export function cdkRights(template: Template): void {
  const functions = new Map(
    ofType(template, 'Lambda::Function').map(([id, properties]) => [
      properties.Environment.Variables.TARGET as string,
      { id, ...properties },
    ]),
  )
  /** Without what every function may: write its log and its trace. */
  const rightsOf = (target: string) =>
    permissions(statementsOf(template, referenceOf(functions.get(target).Role)))
      .filter((right) => !/^(logs|xray):/.test(right))
      .map((right) => right.replaceAll(/\{([a-z]+)[0-9A-F]{8}\}/g, '$1'))

  const read = (table: string) => [
    `dynamodb:GetItem ${table}table`,
    ...['', '/index/gsi1', '/index/gsi2'].map((path) => `dynamodb:Query ${table}table${path}`),
  ]
  const write = (table: string) => [
    ...read(table),
    ...['DeleteItem', 'PutItem', 'UpdateItem'].map((action) => `dynamodb:${action} ${table}table`),
  ]
  const consume = (queue: string) => [
    ...['ChangeMessageVisibility', 'DeleteMessage', 'GetQueueAttributes', 'GetQueueUrl'].map(
      (action) => `sqs:${action} ${queue}queue`,
    ),
    `sqs:ReceiveMessage ${queue}queue`,
    `sqs:SendMessage ${queue}deadletters`,
  ]
  const place = '{AWS::Region}:{AWS::AccountId}'
  const push = ['POST', 'DELETE'].map(
    (method) =>
      `execute-api:ManageConnections arn:{AWS::Partition}:execute-api:${place}:websocketapi/live/${method}/@connections/*`,
  )
  const mail = ['me@blog.example', 'blog.example'].flatMap((identity) =>
    ['SendEmail', 'SendRawEmail'].map(
      (action) => `ses:${action} arn:{AWS::Partition}:ses:${place}:identity/${identity}`,
    ),
  )
  const token = ['secretsmanager:GetSecretValue authortoken']
  const seal = ['secretsmanager:GetSecretValue seal']
  const rights: Readonly<Record<string, readonly string[]>> = {
    'create-post': write('posts'),
    'edit-post': write('posts'),
    'delete-post': write('posts'),
    'list-posts': [...read('posts'), ...read('connections')],
    'show-post': [...read('posts'), ...read('connections')],
    'show-progress': [...read('posts'), ...read('progress')],
    'count-readers': [
      ...[...read('subscriptions'), ...write('progress'), ...consume('countreaders')],
    ],
    'list-topics': read('posts'),
    'search-posts': read('posts'),
    'list-mentions': read('posts'),
    'create-draft': write('drafts'),
    'save-draft': write('drafts'),
    'delete-draft': write('drafts'),
    'list-drafts': read('drafts'),
    'show-draft': read('drafts'),
    'publish-draft': [...write('drafts'), ...write('posts')],
    'publish-due-drafts': [...write('drafts'), ...write('posts'), ...consume('publishduedrafts')],
    subscribe: write('subscriptions'),
    'confirm-subscription': [...write('subscriptions'), ...seal],
    unsubscribe: write('subscriptions'),
    'show-preferences': [...read('subscriptions'), ...seal],
    'change-preferences': [...write('subscriptions'), ...seal],
    'request-preferences': write('subscriptions'),
    pages: [
      ...['posts', 'drafts', 'subscriptions', 'credentials'].flatMap(write),
      ...read('progress'),
      ...read('connections'),
      ...token,
      ...seal,
    ],
    'request-sign-in': write('credentials'),
    'sign-in': [...write('credentials'), ...token, ...seal],
    'sign-out': write('credentials'),
    'create-token': [...write('credentials'), ...token],
    'revoke-token': [...write('credentials'), ...token],
    authorizer: [...token, ...read('credentials')],
    websocket: [...write('connections'), ...push],
    'pipe:post-events': [],
    'pipe:post-changes': [],
    'pipe:subscription-events': [],
    'pipe:credential-events': [],
    'send-sign-in-link': [...read('credentials'), ...consume('sendsigninlink'), ...mail, ...seal],
    'topic:new-posts': [
      ...read('subscriptions'),
      ...consume('newposts'),
      'sqs:SendMessage newpostsqueue',
      'sqs:SendMessage emailsubscriberqueue',
      'sqs:SendMessage posttowebhookqueue',
    ],
    'email-subscriber': [
      ...read('posts'),
      ...write('subscriptions'),
      ...write('progress'),
      ...consume('emailsubscriber'),
      ...mail,
      ...seal,
    ],
    'post-to-webhook': [
      ...read('posts'),
      ...write('subscriptions'),
      ...write('progress'),
      ...consume('posttowebhook'),
      ...seal,
    ],
    'recognize-entities': [
      ...write('posts'),
      ...write('progress'),
      ...consume('recognizeentities'),
      'comprehend:DetectDominantLanguage *',
      'comprehend:DetectEntities *',
    ],
    'push-to-browsers': [
      ...[...write('connections'), ...write('progress'), ...consume('pushtobrowsers'), ...push],
    ],
    'send-confirmation': [
      ...write('subscriptions'),
      ...consume('sendconfirmation'),
      ...mail,
      ...seal,
    ],
    'post-confirmation': [...write('subscriptions'), ...consume('postconfirmation'), ...seal],
    'send-preferences': [
      ...write('subscriptions'),
      ...consume('sendpreferences'),
      ...mail,
      ...seal,
    ],
    'post-preferences': [...write('subscriptions'), ...consume('postpreferences'), ...seal],
  }

  test('a function may do what its ports need, and nothing else', () => {
    assert.deepEqual([...functions.keys()].sort(), Object.keys(rights).sort())
    for (const [target, wanted] of Object.entries(rights))
      assert.deepEqual([...new Set(rightsOf(target))].sort(), [...wanted].sort(), target)
  })

  test('the adapters ask DynamoDB for nothing that no function may', () => {
    const sources = globSync('blog/adapters/aws/*.ts', {
      exclude: (name) => name.endsWith('.test.ts'),
    })
    const asked = sources.flatMap((file) =>
      [
        ...readFileSync(file, 'utf8').matchAll(
          /import \{([^}]*)\} from '@aws-sdk\/client-dynamodb'/g,
        ),
      ]
        .flatMap(([, names = '']) => [...names.matchAll(/(\w+)Command\b/g)])
        .map(([, name]) => name),
    )
    // What a transaction is made of is asked for besides.
    const granted = ['TransactWriteItems', ...write('x').map((right) => right.split(/[: ]/)[1])]
    assert.ok(asked.includes('TransactWriteItems'), 'the adapters were read')
    assert.deepEqual(
      asked.filter((name) => !granted.includes(name)),
      [],
    )
  })

  test('nobody may do everything, or do something to everything where AWS can say to what', () => {
    const allowed = Object.values(template.Resources).flatMap(
      ({ Type, Properties }): readonly Statement[] => {
        // In a key's own policy `*` is the key: see below.
        if (Type === 'AWS::KMS::Key') return []
        const document = Properties.PolicyDocument ?? Properties.Policy
        return (document?.Statement ?? []).filter(({ Effect }: Statement) => Effect === 'Allow')
      },
    )
    assert.ok(allowed.length > 100, 'the policies were read')
    for (const statement of allowed) {
      for (const action of listOf(statement.Action)) assert.doesNotMatch(action, /[*?]/)
      if (listOf(statement.Resource).includes('*'))
        for (const action of listOf(statement.Action))
          assert.ok(withoutResource.includes(action), `${action} on *`)
    }
    // Whoever runs the account has to be able to manage its keys.
    for (const [, { KeyPolicy }] of ofType(template, 'KMS::Key'))
      for (const { Action, Principal } of KeyPolicy.Statement as Statement[])
        if (!JSON.stringify(Principal).includes('":root"'))
          for (const action of listOf(Action)) assert.doesNotMatch(action, /[*?]/)
    for (const [id, { ManagedPolicyArns }] of ofType(template, 'IAM::Role'))
      assert.equal(ManagedPolicyArns, undefined, id)
  })

  test('from outside there are the two APIs and nothing else', () => {
    const open = ofType(template, 'ApiGatewayV2::Api').map(([, { ProtocolType }]) => ProtocolType)
    assert.deepEqual(open.sort(), ['HTTP', 'WEBSOCKET'])
    for (const type of [
      'Lambda::Url',
      'Events::EventBusPolicy',
      'S3::Bucket',
      'CloudFront::Distribution',
    ])
      assert.deepEqual(ofType(template, type), [])
    for (const [, { Policy }] of ofType(template, 'Events::EventBus'))
      assert.equal(Policy, undefined)
    // Whom a resource lets in: services, each for one resource or account of ours.
    for (const type of ['SQS::QueuePolicy', 'SNS::TopicPolicy'])
      for (const [id, { PolicyDocument }] of ofType(template, type))
        for (const { Effect, Principal, Condition } of PolicyDocument.Statement)
          if (Effect === 'Allow') {
            assert.match(Principal.Service, /^(events|sns|cloudwatch)\.amazonaws\.com$/, id)
            // EventBridge does not tell a topic, or its key, which rule it comes from.
            const isSilent = type === 'SNS::TopicPolicy' && Principal.Service.startsWith('events')
            if (isSilent) assert.equal(Condition, undefined, id)
            else assert.match(JSON.stringify(Condition), /aws:Source(Arn|Account)/, id)
          }
    for (const [id, { Principal, SourceArn }] of ofType(template, 'Lambda::Permission')) {
      assert.equal(Principal, 'apigateway.amazonaws.com', id)
      assert.ok(references(SourceArn).size > 0, id)
    }
  })

  test('everything is encrypted where it lies, and queues and topics where it travels', () => {
    const key = ofType(template, 'KMS::Key')[0]
    assert.equal(key?.[1].EnableKeyRotation, true)
    const every = (
      type: string,
      isEncrypted: (properties: Properties) => boolean,
      least: number,
    ) => {
      const all = ofType(template, type)
      assert.ok(all.length >= least, type)
      for (const [id, properties] of all) assert.ok(isEncrypted(properties), id)
    }
    const byKey = (value: unknown) => value !== undefined && referenceOf(value) === key?.[0]
    every('DynamoDB::Table', ({ SSESpecification }) => SSESpecification.SSEEnabled, 3)
    every('SQS::Queue', ({ SqsManagedSseEnabled }) => SqsManagedSseEnabled, 13)
    every('SNS::Topic', ({ KmsMasterKeyId }) => byKey(KmsMasterKeyId), 2)
    every('Logs::LogGroup', ({ KmsKeyId }) => byKey(KmsKeyId), 24)

    for (const [policies, things, at] of [
      ['SQS::QueuePolicy', 'SQS::Queue', 'Queues'],
      ['SNS::TopicPolicy', 'SNS::Topic', 'Topics'],
    ] as const) {
      const guarded = ofType(template, policies).flatMap(([, properties]) =>
        properties.PolicyDocument.Statement.some(
          ({ Effect, Condition }: { Effect: string; Condition?: object }) =>
            Effect === 'Deny' &&
            JSON.stringify(Condition) === '{"Bool":{"aws:SecureTransport":"false"}}',
        )
          ? [...references(properties[at])]
          : [],
      )
      assert.deepEqual(
        guarded.sort(),
        ofType(template, things)
          .map(([id]) => id)
          .sort(),
      )
    }
  })

  test('tables can be brought back, and outlive their stack with what people wrote', () => {
    for (const [id, table] of ofType(template, 'DynamoDB::Table')) {
      const people = !id.startsWith('connections')
      const { DeletionPolicy } = template.Resources[id] as { readonly DeletionPolicy?: string }
      assert.equal(DeletionPolicy, people ? 'Retain' : 'Delete', id)
      assert.equal(table.DeletionProtectionEnabled, people, id)
      assert.deepEqual(table.PointInTimeRecoverySpecification, { PointInTimeRecoveryEnabled: true })
      assert.deepEqual(table.TimeToLiveSpecification, { AttributeName: 'expiresAt', Enabled: true })
      assert.equal(table.BillingMode, 'PAY_PER_REQUEST')
    }
  })

  test('each queue has somebody who empties it, and for each dead letter somebody is told', () => {
    const emptied = ofType(template, 'Lambda::EventSourceMapping').map(([, { EventSourceArn }]) =>
      referenceOf(EventSourceArn),
    )
    const dead = new Set([
      ...ofType(template, 'SQS::Queue').flatMap(([, { RedrivePolicy }]) =>
        RedrivePolicy ? [referenceOf(RedrivePolicy.deadLetterTargetArn)] : [],
      ),
      ...ofType(template, 'Pipes::Pipe').map(([, { SourceParameters }]) =>
        referenceOf(SourceParameters.DynamoDBStreamParameters.DeadLetterConfig.Arn),
      ),
    ])
    const alarms = ofType(template, 'CloudWatch::Alarm').map(([, alarm]) => alarm)
    const watched = (metric: string) =>
      alarms
        .filter(({ MetricName }) => MetricName === metric)
        .map(({ Dimensions }) => referenceOf(Dimensions[0].Value))
        .sort()
    const queues = ofType(template, 'SQS::Queue').map(([id]) => id)
    assert.deepEqual([...emptied, ...dead].sort(), queues.sort())
    assert.deepEqual(watched('ApproximateNumberOfMessagesVisible'), [...dead].sort())
    assert.deepEqual(watched('ApproximateAgeOfOldestMessage'), [...emptied].sort())
    for (const { AlarmActions, Threshold, MetricName } of alarms) {
      assert.deepEqual(AlarmActions.map(referenceOf), [
        ofType(template, 'SNS::Topic').find(([id]) => id.startsWith('alarms'))?.[0],
      ])
      if (MetricName !== 'ApproximateAgeOfOldestMessage') assert.equal(Threshold, 1)
    }
    const counted = alarms.map(({ MetricName }) => MetricName as string)
    for (const [metric, things] of [
      ['ExecutionFailed', 'Pipes::Pipe'],
      ['FailedInvocations', 'Events::Rule'],
    ] as const)
      assert.equal(
        counted.filter((name) => name === metric).length,
        ofType(template, things).length,
      )
  })

  test('every function leaves a trace and a log of thirty days, and every bus an archive of seven', () => {
    for (const [target, { TracingConfig, LoggingConfig }] of functions) {
      assert.deepEqual(TracingConfig, { Mode: 'Active' }, target)
      assert.ok(template.Resources[referenceOf(LoggingConfig.LogGroup)], target)
    }
    for (const [id, { RetentionInDays }] of ofType(template, 'Logs::LogGroup'))
      assert.equal(RetentionInDays, 30, id)
    const archives = ofType(template, 'Events::Archive').map(([, archive]) => archive)
    assert.deepEqual(
      archives.map(({ SourceArn }) => referenceOf(SourceArn)).sort(),
      ofType(template, 'Events::EventBus')
        .map(([id]) => id)
        .sort(),
    )
    for (const { RetentionDays, EventPattern } of archives) {
      assert.equal(RetentionDays, 7)
      assert.equal(EventPattern, undefined, 'all events')
    }
  })
}
