import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explain } from '@busbar/event-pattern'
import { testEventPattern } from './tested-pattern.ts'

const event = {
  ...{ id: '1', account: '000000000000', source: 'shop', time: '2026-01-01T12:00:00Z' },
  ...{ region: 'us-east-1', 'detail-type': 'OrderPlaced', detail: { order: 1 } },
}
const EventPattern = '{"source":["shop"]}'

test('tells whether an event matches', async () => {
  const Event = JSON.stringify(event)

  assert.deepEqual(await testEventPattern({ EventPattern, Event }), { Result: true })
  assert.deepEqual(await testEventPattern({ EventPattern: '{"source":["x"]}', Event }), {
    Result: false,
  })
})

test('says why when it is asked to', async () => {
  const Event = JSON.stringify(event)
  const pattern = '{"source":["shop"],"detail":{"order":[2]}}'

  const { Result, Explanation } = await testEventPattern({
    ...{ EventPattern: pattern, Event, Explain: true },
  })

  assert.equal(Result, false)
  assert.deepEqual(Explanation, explain(pattern, Event))
  assert.equal(Explanation?.leaves[0]?.matched, false)
  assert.deepEqual(await testEventPattern({ EventPattern, Event, Explain: false }), {
    Result: true,
  })
})

test('needs every member of an event but its resources and detail', async () => {
  for (const member of ['id', 'account', 'source', 'time', 'region', 'detail-type']) {
    const Event = JSON.stringify({ ...event, [member]: undefined })
    await assert.rejects(testEventPattern({ EventPattern, Event }), {
      code: 'ValidationException',
      message: 'Parameter Event is not valid.',
    })
  }
  for (const Event of ['{', '[]', 'null', '"x"'])
    await assert.rejects(testEventPattern({ EventPattern, Event }), {
      message: 'Parameter Event is not valid.',
    })
})

test('needs a time that is one', async () => {
  for (const time of ['yesterday', 1_767_268_800, null, '2026-13-01T12:00:00Z'])
    await assert.rejects(
      testEventPattern({ EventPattern, Event: JSON.stringify({ ...event, time }) }),
      {
        code: 'ValidationException',
        message: 'Parameter Event is not valid. Reason: Invalid time.',
      },
    )
})

test('refuses what is no pattern', async () => {
  const Event = JSON.stringify(event)

  await assert.rejects(testEventPattern({ EventPattern: '{"source":"shop"}', Event }), {
    code: 'InvalidEventPatternException',
    message: /^Event pattern is not valid. Reason: "source" must be an object or an array/,
  })
  await assert.rejects(testEventPattern({ Event }), {
    message:
      "1 validation error detected: Value null at 'eventPattern' failed to satisfy constraint: Member must not be null",
  })
})
