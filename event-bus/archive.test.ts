/** Requests that EventBridge refuses, and its words for it; lists. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BusError } from './errors.ts'
import { archives } from './event-bridge/archives.ts'
import { settings } from './settings.ts'
import { anEngine } from './testing.ts'

const bus = 'arn:aws:events:us-east-1:000000000000:event-bus/'
const all = { ArchiveName: 'all', EventSourceArn: `${bus}orders` }

async function someArchives() {
  const { engine } = await anEngine()
  const { inside } = engine
  return archives({
    inside,
    settings: settings(inside),
    eventBus(name) {
      if (name !== 'orders')
        throw new BusError('ResourceNotFoundException', `Event bus ${name} does not exist.`)
    },
  })
}

describe('a request is refused in EventBridge’s words', () => {
  const cases: readonly [string, unknown, string, string][] = [
    [
      'for a name that is too long',
      { ...all, ArchiveName: 'a'.repeat(49) },
      'ValidationException',
      `1 validation error detected: Value '${'a'.repeat(49)}' at 'archiveName' failed to satisfy constraint: Member must have length less than or equal to 48`,
    ],
    [
      'without a name and a source, with a negative retention',
      { RetentionDays: -1 },
      'ValidationException',
      "3 validation errors detected: Value null at 'archiveName' failed to satisfy constraint: Member must not be null; Value null at 'eventSourceArn' failed to satisfy constraint: Member must not be null; Value '-1' at 'retentionDays' failed to satisfy constraint: Member must have value greater than or equal to 0",
    ],
    [
      'for a bus that is not there',
      { ...all, EventSourceArn: `${bus}bills` },
      'ResourceNotFoundException',
      'Event bus bills does not exist.',
    ],
    [
      'for a pattern that is none',
      { ...all, EventPattern: '{"source":[]}' },
      'InvalidEventPatternException',
      'Event pattern is not valid. Reason: Empty arrays are not allowed',
    ],
    [
      'for a source that is no ARN',
      { ...all, EventSourceArn: 'orders' },
      'ValidationException',
      "1 validation error detected: Value 'orders' at 'eventSourceArn' failed to satisfy constraint: Member must satisfy regular expression pattern: ^arn:aws([a-z]|\\-)*:events:",
    ],
    ...[
      `${bus.replace('event-bus', 'rule')}placed`,
      `${bus.replace('000000000000', '')}orders`,
    ].map((arn): [string, unknown, string, string] => [
      `for the source ${arn}`,
      { ...all, EventSourceArn: arn },
      'ValidationException',
      'Parameter EventSourceArn is not valid. Reason: Must contain an event bus ARN.',
    ]),
    ...[
      ['partition', bus.replace('aws:', 'aws-cn:')],
      ['region', bus.replace('us-east-1', 'eu-central-1')],
      ['account', bus.replace('000000000000', '111111111111')],
    ].map(([what, arn]): [string, unknown, string, string] => [
      `for a bus of another ${what}`,
      { ...all, EventSourceArn: `${arn}orders` },
      'ValidationException',
      `Parameter EventSourceArn is not valid. Reason: Creating cross-${what} archive is not permitted.`,
    ]),
    [
      'for a bus that is not here before it is one of elsewhere',
      { ...all, EventSourceArn: `${bus.replace('us-east-1', 'eu-central-1')}bills` },
      'ResourceNotFoundException',
      'Event bus bills does not exist.',
    ],
    [
      'for a key',
      { ...all, KmsKeyIdentifier: 'alias/ours' },
      'ValidationException',
      'The provided KMS key does not exist. Please ensure that the key identifier is correct and your key exists in the same region as the event source.',
    ],
  ]
  for (const [name, request, code, message] of cases)
    test(name, async () => {
      const { createArchive, listArchives } = await someArchives()

      await assert.rejects(createArchive(request), (error: BusError) => {
        assert.deepEqual([error.code, error.message.slice(0, message.length)], [code, message])
        return true
      })
      assert.deepEqual(listArchives({}), { Archives: [] })
    })

  test('for a name that is taken', async () => {
    const { createArchive } = await someArchives()
    const answers = await Promise.allSettled([createArchive(all), createArchive(all)])

    const [first, second] = answers
    assert.equal(first.status, 'fulfilled')
    assert.ok(second.status === 'rejected')
    assert.deepEqual(
      [second.reason.code, second.reason.message],
      ['ResourceAlreadyExistsException', 'Archive all already exists.'],
    )
  })

  test('for an archive that is not there', async () => {
    const { describeArchive, updateArchive, deleteArchive } = await someArchives()
    const gone = { code: 'ResourceNotFoundException', message: 'Archive all does not exist.' }

    assert.throws(() => describeArchive({ ArchiveName: 'all' }), gone)
    await assert.rejects(updateArchive({ ArchiveName: 'all', RetentionDays: 1 }), gone)
    await assert.rejects(deleteArchive({ ArchiveName: 'all' }), gone)
  })

  test('for an update that changes nothing, before anything else', async () => {
    const { updateArchive } = await someArchives()

    await assert.rejects(updateArchive({ ArchiveName: 'all' }), {
      code: 'ValidationException',
      message: 'At least one of EventPattern, RetentionDays or Description must be provided.',
    })
  })

  test('for two filters of a list, and for a state that is none', async () => {
    const { listArchives } = await someArchives()

    assert.throws(() => listArchives({ NamePrefix: 'a', State: 'ENABLED' }), {
      code: 'ValidationException',
      message:
        'At most one filter is allowed for ListArchives. Use either : State, EventSourceArn, or NamePrefix.',
    })
    assert.throws(() => listArchives({ State: 'invalid' }), {
      message:
        "1 validation error detected: Value 'invalid' at 'state' failed to satisfy constraint: Member must satisfy enum value set: [CREATE_FAILED, ENABLED, UPDATING, UPDATE_FAILED, CREATING, DISABLED]",
    })
  })
})

test('lists archives by name, in parts, by one filter', async () => {
  const { createArchive, listArchives } = await someArchives()
  for (const ArchiveName of ['c', 'a2', 'b', 'a1'])
    await createArchive({
      ...all,
      ArchiveName,
      Description: 'Not in a list',
      EventPattern: '{"a":[1]}',
    })
  const names = (request: object) => listArchives(request).Archives.map((each) => each.ArchiveName)

  const { Archives, NextToken } = listArchives({ Limit: 3 })
  assert.deepEqual(Object.keys(Archives[0] ?? {}), [
    ...['ArchiveName', 'EventSourceArn', 'State', 'RetentionDays', 'EventCount', 'SizeBytes'],
    'CreationTime',
  ])
  assert.deepEqual(names({ Limit: 3 }), ['a1', 'a2', 'b'])
  assert.deepEqual(listArchives({ NextToken }).NextToken, undefined)
  assert.deepEqual(names({ NextToken }), ['c'])
  assert.deepEqual(names({ NamePrefix: 'a' }), ['a1', 'a2'])
  assert.deepEqual(names({ State: 'DISABLED' }), [])
  assert.throws(() => names({ EventSourceArn: `${bus}bills` }), {
    code: 'ResourceNotFoundException',
    message: 'Event bus bills does not exist.',
  })
  assert.equal(names({ EventSourceArn: `${bus}orders` }).length, 4)
})

test('empty texts are none, and an update with one takes away what there was', async () => {
  const { createArchive, updateArchive, describeArchive } = await someArchives()
  const shown = () => {
    const { Description, EventPattern, RetentionDays } = describeArchive({ ArchiveName: 'all' })
    return [Description, EventPattern, RetentionDays]
  }
  const empty = { Description: '', EventPattern: '', KmsKeyIdentifier: '' }

  await createArchive({ ...all, ...empty })
  assert.deepEqual(shown(), [undefined, undefined, 0])
  await updateArchive({ ...all, Description: 'All', EventPattern: '{"a":[1]}', RetentionDays: 3e9 })
  assert.deepEqual(shown(), ['All', '{"a":[1]}', 2_147_483_647])
  await updateArchive({ ...all, KmsKeyIdentifier: '' })
  assert.deepEqual(shown(), ['All', '{"a":[1]}', 2_147_483_647])
  await updateArchive({ ...all, Description: '', EventPattern: '' })
  assert.deepEqual(shown(), [undefined, undefined, 2_147_483_647])
})
