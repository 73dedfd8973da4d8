/** Archives and the rules that fill them, by the AWS SDK over the wire. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { EventBridge } from '@aws-sdk/client-eventbridge'
import { answer, type Served, sdkError, serve } from './serve.ts'

const place = 'us-east-1:000000000000'
const busArn = (name: string) => `arn:aws:events:${place}:event-bus/${name}`
const archiveArn = (name: string) => `arn:aws:events:${place}:archive/${name}`
const invalid = (why: string) =>
  sdkError('ValidationException', `Parameter EventSourceArn is not valid. Reason: ${why}`)
const unknown = (name: string) =>
  sdkError('ResourceNotFoundException', `Archive ${name} does not exist.`)
const violated = (path: string, must: string | RegExp) =>
  sdkError(
    'ValidationException',
    new RegExp(
      `^1 validation error detected: Value '.*' at '${path}' failed .* Member must ${must}`,
    ),
  )

let bus: Served
let aws: EventBridge
before(async () => {
  bus = await serve()
  aws = bus.client()
})
after(() => bus?.stop())

/** A bus and an archive of it, both of that name. */
async function anArchive(name: string, more: object = {}) {
  await aws.createEventBus({ Name: name })
  const made = await aws.createArchive({
    ...{ ArchiveName: name, EventSourceArn: busArn(name) },
    ...more,
  })
  return { ArchiveName: name, CreationTime: made.CreationTime }
}
const shown = async (ArchiveName: string) => answer(await aws.describeArchive({ ArchiveName }))
const put = (EventBusName: string, ...sources: readonly string[]) =>
  aws.putEvents({
    Entries: sources.map((Source) => ({ Source, DetailType: 'Sold', Detail: '{}', EventBusName })),
  })

describe('CreateArchive', () => {
  test('answers its ARN, that it is enabled, and when it was made', async () => {
    await aws.createEventBus({ Name: 'tills' })

    const made = answer(
      await aws.createArchive({ ArchiveName: 'tills', EventSourceArn: busArn('tills') }),
    )

    assert.ok(made.CreationTime instanceof Date)
    assert.deepEqual(made, {
      ...{ ArchiveArn: archiveArn('tills'), State: 'ENABLED', CreationTime: made.CreationTime },
    })
  })

  test('keeps what it was told', async () => {
    const EventPattern = '{"source": ["till"]}'
    const { CreationTime } = await anArchive('told', {
      ...{ Description: 'All tills', RetentionDays: 3, EventPattern },
    })

    assert.deepEqual(await shown('told'), {
      ...{ ArchiveArn: archiveArn('told'), ArchiveName: 'told', EventSourceArn: busArn('told') },
      ...{ Description: 'All tills', EventPattern, RetentionDays: 3, State: 'ENABLED' },
      ...{ EventCount: 0, SizeBytes: 0, CreationTime },
    })
  })

  test('takes empty texts for none, and a retention of years for as many as there are', async () => {
    const empty = { Description: '', EventPattern: '', KmsKeyIdentifier: '' }
    await anArchive('empty', { ...empty, RetentionDays: 2_147_483_647 })

    const { Description, EventPattern, RetentionDays } = await shown('empty')
    assert.deepEqual(
      [Description, EventPattern, RetentionDays],
      [undefined, undefined, 2 ** 31 - 1],
    )
  })

  test('is refused for a name that an archive of any bus has', async () => {
    await anArchive('taken')

    await assert.rejects(
      aws.createArchive({ ArchiveName: 'taken', EventSourceArn: busArn('default') }),
      sdkError('ResourceAlreadyExistsException', 'Archive taken already exists.'),
    )
  })

  for (const [what, fields, error] of [
    [
      'a bus that is not there',
      { EventSourceArn: busArn('nowhere') },
      sdkError('ResourceNotFoundException', 'Event bus nowhere does not exist.'),
    ],
    [
      'the ARN of a rule',
      { EventSourceArn: `arn:aws:events:${place}:rule/sold` },
      invalid('Must contain an event bus ARN.'),
    ],
    [
      'a bus of another region',
      { EventSourceArn: busArn('default').replace('us-east-1', 'eu-west-1') },
      invalid('Creating cross-region archive is not permitted.'),
    ],
    [
      'a bus of another account',
      { EventSourceArn: busArn('default').replace('000000000000', '123123123123') },
      invalid('Creating cross-account archive is not permitted.'),
    ],
    ['no ARN', { EventSourceArn: 'default' }, violated('eventSourceArn', 'satisfy regular')],
    [
      'a name of 49 characters',
      { ArchiveName: 'n'.repeat(49) },
      violated('archiveName', 'have length less than or equal to 48$'),
    ],
    [
      'a negative retention',
      { RetentionDays: -3 },
      violated('retentionDays', 'have value greater than or equal to 0$'),
    ],
    [
      'a pattern that is none',
      { EventPattern: '{"source": "till"}' },
      sdkError('InvalidEventPatternException', /^Event pattern is not valid\. Reason: /),
    ],
    [
      'a pattern without anything in it',
      { EventPattern: '{}' },
      sdkError('InvalidEventPatternException', /Reason: Empty objects are not allowed\n at /),
    ],
    [
      'a key',
      { KmsKeyIdentifier: 'alias/tills' },
      sdkError('ValidationException', /^The provided KMS key does not exist\. /),
    ],
  ] as const)
    test(`is refused with ${what}`, async () => {
      const request = { ArchiveName: 'wrong', EventSourceArn: busArn('default'), ...fields }

      await assert.rejects(aws.createArchive(request), error)
      await assert.rejects(aws.describeArchive({ ArchiveName: 'wrong' }), unknown('wrong'))
    })

  test('is refused without anything, all at once', async () => {
    await assert.rejects(
      aws.createArchive({} as never),
      sdkError('ValidationException', /^2 validation errors detected: Value null at 'archiveName'/),
    )
  })
})

describe('UpdateArchive', () => {
  test('changes what it names, and takes away what it names empty', async () => {
    const { CreationTime } = await anArchive('changing', {
      ...{ Description: 'Before', RetentionDays: 3, EventPattern: '{"source":["till"]}' },
    })
    const ArchiveName = 'changing'

    assert.deepEqual(answer(await aws.updateArchive({ ArchiveName, RetentionDays: 0 })), {
      ...{ ArchiveArn: archiveArn('changing'), State: 'ENABLED', CreationTime },
    })
    const { Description, RetentionDays, EventPattern } = await shown('changing')
    assert.deepEqual(
      [Description, RetentionDays, EventPattern],
      ['Before', 0, '{"source":["till"]}'],
    )
    await aws.updateArchive({ ArchiveName, Description: '', EventPattern: '' })
    const after = await shown('changing')
    assert.deepEqual([after.Description, after.EventPattern], [undefined, undefined])
  })

  test('is refused when it names nothing, or an archive that is not there', async () => {
    await assert.rejects(
      aws.updateArchive({ ArchiveName: 'nobody' }),
      sdkError(
        'ValidationException',
        'At least one of EventPattern, RetentionDays or Description must be provided.',
      ),
    )
    await assert.rejects(
      aws.updateArchive({ ArchiveName: 'nobody', Description: 'New' }),
      unknown('nobody'),
    )
  })
})

describe('ListArchives', () => {
  test('answers less than DescribeArchive, by one filter, in parts', async () => {
    await aws.createEventBus({ Name: 'listed' })
    for (const ArchiveName of ['listed-b', 'listed-a', 'listed-c'])
      await aws.createArchive({
        ...{ ArchiveName, EventSourceArn: busArn('listed'), Description: 'Not in lists' },
      })
    const names = (archives: readonly { readonly ArchiveName?: string | undefined }[] = []) =>
      archives.map(({ ArchiveName }) => ArchiveName)

    const EventSourceArn = busArn('listed')
    const { Archives, NextToken } = await aws.listArchives({ EventSourceArn, Limit: 2 })
    const rest = answer(await aws.listArchives({ EventSourceArn, NextToken }))

    assert.deepEqual(names(Archives), ['listed-a', 'listed-b'])
    assert.deepEqual(Object.keys(Archives?.[0] ?? {}).sort(), [
      ...['ArchiveName', 'CreationTime', 'EventCount', 'EventSourceArn', 'RetentionDays'],
      ...['SizeBytes', 'State'],
    ])
    assert.deepEqual(names(rest.Archives), ['listed-c'])
    assert.ok(!('NextToken' in rest))
    assert.deepEqual(names((await aws.listArchives({ NamePrefix: 'listed-c' })).Archives), [
      'listed-c',
    ])
    assert.deepEqual(answer(await aws.listArchives({ State: 'CREATING' })), { Archives: [] })
    await assert.rejects(
      aws.listArchives({ NamePrefix: 'listed', NextToken }),
      sdkError('ValidationException', 'Parameter NextToken is not valid. Reason: Token invalid.'),
    )
  })

  for (const [what, request, error] of [
    [
      'a bus that is not there',
      { EventSourceArn: busArn('nowhere') },
      sdkError('ResourceNotFoundException', 'Event bus nowhere does not exist.'),
    ],
    [
      'two filters',
      { NamePrefix: 'a', State: 'ENABLED' },
      sdkError(
        'ValidationException',
        'At most one filter is allowed for ListArchives. Use either : State, EventSourceArn, or NamePrefix.',
      ),
    ],
    ['a state that there is not', { State: 'GONE' }, violated('state', 'satisfy enum value set: ')],
    [
      'a token of nobody',
      { NextToken: 'made up' },
      sdkError(
        'ValidationException',
        'Parameter NextToken is not valid. Reason: Malformed request.',
      ),
    ],
  ] as const)
    test(`is refused with ${what}`, async () => {
      await assert.rejects(aws.listArchives(request as never), error)
    })
})

describe('an archive', () => {
  test('counts the events of its bus that match its pattern', async () => {
    await anArchive('counted', { EventPattern: '{"source":[{"prefix":"till"}]}' })

    await put('counted', 'till1', 'till2', 'door')
    await put('default', 'till3')

    const { EventCount = 0, SizeBytes = 0 } = await shown('counted')
    assert.equal(EventCount, 2)
    assert.ok(SizeBytes > 300, `${SizeBytes} bytes`)
  })

  test('is gone when it was deleted', async () => {
    await anArchive('brief')

    assert.deepEqual(answer(await aws.deleteArchive({ ArchiveName: 'brief' })), {})

    await assert.rejects(shown('brief'), unknown('brief'))
    await assert.rejects(aws.deleteArchive({ ArchiveName: 'brief' }), unknown('brief'))
  })
})

describe('the rule of an archive', () => {
  const managed = (message: string) => sdkError('ManagedRuleException', message)

  test('is shown with its target and is nobody’s to change', async () => {
    await anArchive('ruled', { EventPattern: '{"source":["till"]}' })
    const Name = 'Events-Archive-ruled'
    const of = { EventBusName: 'ruled' }
    const rule = {
      ...{ Name, Arn: `arn:aws:events:${place}:rule/ruled/${Name}`, EventBusName: 'ruled' },
      EventPattern: '{"replay-name":[{"exists":false}],"source":["till"]}',
      ...{ State: 'ENABLED', ManagedBy: 'prod.vhs.events.aws.internal' },
    }

    assert.deepEqual((await aws.listRules(of)).Rules, [rule])
    assert.deepEqual(answer(await aws.describeRule({ Name, ...of })), {
      ...{ ...rule, CreatedBy: '000000000000' },
    })
    const { Targets } = await aws.listTargetsByRule({ Rule: Name, ...of })
    assert.deepEqual(
      Targets?.map(({ Id, Arn }) => [Id, Arn]),
      [[Name, 'arn:aws:events:us-east-1:::']],
    )
    await assert.rejects(aws.disableRule({ Name, ...of }), managed(`${Name} is a managed rule.`))
    await assert.rejects(
      aws.deleteRule({ Name, ...of }),
      managed(`${Name} is a managed rule. Set 'force' parameter to true to override.`),
    )
    await assert.rejects(
      aws.tagResource({ ResourceARN: rule.Arn, Tags: [{ Key: 'a', Value: 'b' }] }),
      managed(`Tag related operations on the managed rule ${Name} is not allowed.`),
    )
    await assert.rejects(
      aws.deleteEventBus({ Name: 'ruled' }),
      sdkError('ValidationException', "EventBus can't be deleted since it has rules."),
    )
  })

  test('that is taken away by force disables the archive until it is updated', async () => {
    await anArchive('forced')
    const ArchiveName = 'forced'
    const Rule = 'Events-Archive-forced'
    const of = { EventBusName: 'forced', Force: true }
    await put('forced', 'till')

    assert.deepEqual(answer(await aws.removeTargets({ Rule, Ids: [Rule], ...of })), {
      ...{ FailedEntryCount: 0, FailedEntries: [] },
    })
    await aws.deleteRule({ Name: Rule, ...of })
    await put('forced', 'till')

    const { State, StateReason, EventCount } = await shown('forced')
    assert.deepEqual(
      [State, StateReason, EventCount],
      ['DISABLED', 'Managed rule for the archive was forcefully deleted.', 1],
    )
    await aws.updateArchive({ ArchiveName, RetentionDays: 9 })
    await put('forced', 'till')
    const after = await shown('forced')
    assert.deepEqual([after.State, after.StateReason, after.EventCount], ['ENABLED', undefined, 2])
    assert.equal((await aws.describeRule({ Name: Rule, EventBusName: 'forced' })).State, 'ENABLED')
  })
})
