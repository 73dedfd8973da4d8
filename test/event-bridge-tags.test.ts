/** Tags of event buses and rules by the AWS SDK over the wire. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { EventBridge } from '@aws-sdk/client-eventbridge'
import { answer, type Served, sdkError, serve } from './serve.ts'

const arnOf = (resource: string) => `arn:aws:events:us-east-1:000000000000:${resource}`
const rule = { EventPattern: '{"source":["till"]}' }
const tag = (Key: string, Value = `${Key} of ours`) => ({ Key, Value })

let bus: Served
let aws: EventBridge
before(async () => {
  bus = await serve()
  aws = bus.client()
  await aws.createEventBus({ Name: 'shop' })
  await aws.putRule({ Name: 'sold', EventBusName: 'shop', ...rule })
  await aws.putRule({ Name: 'sold', ...rule })
})
after(() => bus?.stop())

const tagsOf = async (ResourceARN: string) =>
  answer(await aws.listTagsForResource({ ResourceARN })).Tags

for (const ResourceARN of [
  arnOf('event-bus/shop'),
  arnOf('event-bus/default'),
  arnOf('rule/shop/sold'),
  arnOf('rule/sold'),
])
  test(`tags of ${ResourceARN} are listed, added, changed and taken away`, async () => {
    assert.deepEqual(answer(await aws.listTagsForResource({ ResourceARN })), { Tags: [] })

    assert.deepEqual(
      answer(await aws.tagResource({ ResourceARN, Tags: [tag('a'), tag('b'), tag('c')] })),
      {},
    )
    await aws.tagResource({ ResourceARN, Tags: [tag('b', ''), tag('d')] })
    assert.deepEqual(await tagsOf(ResourceARN), [tag('a'), tag('b', ''), tag('c'), tag('d')])
    assert.deepEqual(answer(await aws.untagResource({ ResourceARN, TagKeys: ['a', 'z'] })), {})
    await aws.untagResource({ ResourceARN, TagKeys: [] })
    await aws.tagResource({ ResourceARN, Tags: [] })

    assert.deepEqual(await tagsOf(ResourceARN), [tag('b', ''), tag('c'), tag('d')])
  })

describe('what is created with tags', () => {
  test('has them, and what is created again has not', async () => {
    const Tags = [tag('team')]
    const made = { Name: 'tagged', EventBusName: 'tagged', ...rule }

    await aws.createEventBus({ Name: 'tagged', Tags })
    await aws.putRule({ ...made, Tags })
    assert.deepEqual(await tagsOf(arnOf('event-bus/tagged')), Tags)
    assert.deepEqual(await tagsOf(arnOf('rule/tagged/tagged')), Tags)
    await aws.deleteRule(made)
    await aws.deleteEventBus({ Name: 'tagged' })
    await aws.createEventBus({ Name: 'tagged' })
    await aws.putRule(made)

    assert.deepEqual(await tagsOf(arnOf('event-bus/tagged')), [])
    assert.deepEqual(await tagsOf(arnOf('rule/tagged/tagged')), [])
  })

  test('has no others when it is put again', async () => {
    await aws.putRule({ Name: 'kept', ...rule, Tags: [tag('first')] })

    await aws.putRule({ Name: 'kept', ...rule, Tags: [tag('second')] })

    assert.deepEqual(await tagsOf(arnOf('rule/kept')), [tag('first')])
  })

  test('is refused with a key that comes twice', async () => {
    const twice = sdkError(
      'ValidationException',
      'Invalid parameter: Duplicated keys are not allowed.',
    )
    const Tags = [tag('a'), tag('a', 'other')]

    await assert.rejects(aws.createEventBus({ Name: 'twice', Tags }), twice)
    await assert.rejects(aws.putRule({ Name: 'twice', ...rule, Tags }), twice)
    await assert.rejects(aws.tagResource({ ResourceARN: arnOf('rule/sold'), Tags }), twice)
  })
})

describe('tags of what does not exist', () => {
  for (const [resource, message] of [
    ['event-bus/nowhere', 'Event bus nowhere does not exist.'],
    ['rule/nothing', 'Rule nothing does not exist on EventBus default.'],
    ['rule/shop/nothing', 'Rule nothing does not exist on EventBus shop.'],
  ] as const)
    test(`are neither listed nor changed: ${resource}`, async () => {
      const ResourceARN = arnOf(resource)
      const unknown = sdkError('ResourceNotFoundException', message)

      await assert.rejects(aws.listTagsForResource({ ResourceARN }), unknown)
      await assert.rejects(aws.tagResource({ ResourceARN, Tags: [tag('a')] }), unknown)
      await assert.rejects(aws.untagResource({ ResourceARN, TagKeys: ['a'] }), unknown)
    })
})

describe('a request about tags is refused', () => {
  const ResourceARN = arnOf('rule/sold')
  const missing = (...members: readonly string[]) =>
    sdkError(
      'ValidationException',
      `${members.length} validation error${members.length > 1 ? 's' : ''} detected: ${members.map((each) => `Value null at '${each}' failed to satisfy constraint: Member must not be null`).join('; ')}`,
    )

  test('without its members', async () => {
    await assert.rejects(aws.tagResource({} as never), missing('resourceARN', 'tags'))
    await assert.rejects(aws.untagResource({} as never), missing('resourceARN', 'tagKeys'))
    await assert.rejects(aws.listTagsForResource({} as never), missing('resourceARN'))
    await assert.rejects(
      aws.tagResource({ ResourceARN, Tags: [{} as never] }),
      missing('tags.1.member.key', 'tags.1.member.value'),
    )
  })

  test('with keys and values that are too long', async () => {
    const long = sdkError('ValidationException', /^1 .* length less than or equal to \d+$/)

    for (const each of [tag('k'.repeat(129), 'v'), tag('k', 'v'.repeat(257))])
      await assert.rejects(aws.tagResource({ ResourceARN, Tags: [each] }), long)
    await assert.rejects(
      aws.untagResource({ ResourceARN, TagKeys: ['k'.repeat(129)] }),
      sdkError('ValidationException', /^1 .* Value '\[k+\]' at 'tagKeys' .*\[Member must have /),
    )
  })
})
