import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aShop, busArn, onPlaced, placed } from '../testing/event-bridge.ts'

const ruleArn = 'arn:aws:events:us-east-1:000000000000:rule/orders/placed'
const tag = (Key: string, Value = 'v') => ({ Key, Value })

for (const [what, ResourceARN] of [
  ['a bus', busArn('orders')],
  ['a rule', ruleArn],
] as const)
  test(`tags of ${what} are added, changed and taken away`, async () => {
    const { bridge, restarted } = await aShop()
    const tags = async (of = bridge) => (await of.listTagsForResource({ ResourceARN })).Tags

    assert.deepEqual(await tags(), [])
    assert.deepEqual(await bridge.tagResource({ ResourceARN, Tags: [tag('a'), tag('b')] }), {})
    await bridge.tagResource({ ResourceARN, Tags: [tag('b', 'w'), tag('c')] })
    assert.deepEqual(await tags(), [tag('a'), tag('b', 'w'), tag('c')])
    assert.deepEqual(await bridge.untagResource({ ResourceARN, TagKeys: ['a', 'x'] }), {})

    assert.deepEqual(await tags(), [tag('b', 'w'), tag('c')])
    assert.deepEqual(await tags((await restarted()).bridge), [tag('b', 'w'), tag('c')])
  })

test('what is created has the tags of its request, and what is created again no others', async () => {
  const { bridge } = await aShop()
  const tags = async (ResourceARN: string) =>
    (await bridge.listTagsForResource({ ResourceARN })).Tags
  const payments = { Name: 'payments', Tags: [tag('a')] }

  await bridge.createEventBus(payments)
  await bridge.putRule({ ...placed, Name: 'paid', Tags: [tag('a')] })
  await bridge.putRule({ ...placed, Name: 'paid', Tags: [tag('b')] })
  const paid = 'arn:aws:events:us-east-1:000000000000:rule/orders/paid'
  assert.deepEqual([await tags(busArn('payments')), await tags(paid)], [[tag('a')], [tag('a')]])

  await bridge.deleteEventBus(payments)
  await bridge.createEventBus({ Name: 'payments' })
  await bridge.deleteRule({ ...onPlaced, Name: 'paid' })
  await bridge.putRule({ ...placed, Name: 'paid' })
  assert.deepEqual([await tags(busArn('payments')), await tags(paid)], [[], []])
})

test('a request may name no tags', async () => {
  const { bridge } = await aShop()
  await bridge.tagResource({ ResourceARN: ruleArn, Tags: [tag('a')] })

  await bridge.tagResource({ ResourceARN: ruleArn, Tags: [] })
  await bridge.untagResource({ ResourceARN: ruleArn, TagKeys: [] })

  assert.deepEqual((await bridge.listTagsForResource({ ResourceARN: ruleArn })).Tags, [tag('a')])
})

test('tags of what does not exist are refused', async () => {
  const { bridge } = await aShop()
  const arn = 'arn:aws:events:us-east-1:000000000000'

  for (const [ResourceARN, message] of [
    [busArn('x'), 'Event bus x does not exist.'],
    [`${arn}:rule/orders/x`, 'Rule x does not exist on EventBus orders.'],
    [`${arn}:rule/x`, 'Rule x does not exist on EventBus default.'],
    [
      `${arn}:archive/x`,
      `Resource ${arn}:archive/x does not exist. Event buses and rules have tags.`,
    ],
  ] as const)
    for (const asked of [
      bridge.listTagsForResource({ ResourceARN }),
      bridge.tagResource({ ResourceARN, Tags: [tag('a')] }),
      bridge.untagResource({ ResourceARN, TagKeys: ['a'] }),
    ])
      await assert.rejects(asked, { code: 'ResourceNotFoundException', message })
})

test('what is no tag is refused', async () => {
  const { bridge } = await aShop()

  await assert.rejects(
    bridge.tagResource({ ResourceARN: ruleArn, Tags: [tag('', 'x'.repeat(257))] }),
    {
      code: 'ValidationException',
      message: `2 validation errors detected: Value '' at 'tags.1.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1; Value '${'x'.repeat(257)}' at 'tags.1.member.value' failed to satisfy constraint: Member must have length less than or equal to 256`,
    },
  )
  for (const TagKeys of [[''], ['x'.repeat(129)]])
    await assert.rejects(bridge.untagResource({ ResourceARN: ruleArn, TagKeys }), {
      code: 'ValidationException',
      message:
        /^1 validation error detected: Value '\[.*\]' at 'tagKeys' .* \[Member must have length less than or equal to 128, Member must have length greater than or equal to 1\]$/,
    })
  const missing = (...members: readonly string[]) => ({
    code: 'ValidationException',
    message: `${members.length} validation error${members.length > 1 ? 's' : ''} detected: ${members.map((member) => `Value null at '${member}' failed to satisfy constraint: Member must not be null`).join('; ')}`,
  })
  await assert.rejects(bridge.tagResource({}), missing('resourceARN', 'tags'))
  await assert.rejects(bridge.untagResource({}), missing('resourceARN', 'tagKeys'))
  await assert.rejects(bridge.listTagsForResource({}), missing('resourceARN'))
  await assert.rejects(
    bridge.tagResource({ ResourceARN: ruleArn, Tags: [{}] }),
    missing('tags.1.member.key', 'tags.1.member.value'),
  )
  await assert.rejects(bridge.tagResource({ ResourceARN: ruleArn, Tags: [tag('a'), tag('a')] }), {
    code: 'ValidationException',
    message: 'Invalid parameter: Duplicated keys are not allowed.',
  })
})
