import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Subscriptions } from '@busbar/event-bus'
import { type Topic, table, target, topic } from './flow.ts'
import { topicMessage } from './lambda-topic.ts'
import { type MemoryQueue, memoryQueue } from './testing.ts'

const event = {
  ...{ version: '0', id: 'e-1', 'detail-type': 'Noted', source: 'notes', resources: [] },
  ...{ account: '000000000000', region: 'us-east-1', time: '2026-01-01T12:00:00Z' },
  detail: { topic: 'summer' },
}
const text = JSON.stringify(event)
const summer = { detail: { topic: ['summer'] } }
const any = { source: ['notes'] }

test('a message becomes one for each subscription that it matches', async () => {
  const { tell, queue } = aTopic([
    { policy: summer, ids: ['s-1', 's-2'] },
    { policy: { detail: { topic: ['winter'] } }, ids: ['s-3'] },
    { policy: any, ids: ['s-4'] },
  ])

  await tell(text)

  assert.deepEqual(
    queue.sent.map(({ target }) => target),
    Array(3).fill('mail'),
  )
  assert.deepEqual(
    messagesOf(queue),
    [
      { event, subscriptionId: 's-1' },
      { event, subscriptionId: 's-2' },
      { event, subscriptionId: 's-4' },
    ].sort(byId),
  )
})

test('a message that matches nobody’s policy ends there', async () => {
  const { tell, queue } = aTopic([{ policy: { source: ['shop'] }, ids: ['s-1'] }])

  await tell(text)

  assert.deepEqual(queue.sent, [])
})

test('the event goes on as the text that it was', async () => {
  const { tell, queue } = aTopic([{ policy: any, ids: ['s-"1"'] }])
  const exact = text.replace('"summer"', '12345678901234567890.10')

  await tell(exact)

  assert.equal(queue.sent[0]?.body, `{"event":${exact},"subscriptionId":"s-\\"1\\""}`)
})

describe('to more subscriptions than one part has', () => {
  const ids = Array.from({ length: 1_201 }, (_, n) => `s-${String(n).padStart(4, '0')}`)
  const policies = [
    { policy: any, ids: ids.slice(0, 700) },
    { policy: summer, ids: ids.slice(700) },
  ]

  test('each is sent its own once, in parts that the queue brings', async () => {
    const { tell, queue } = aTopic(policies)

    await tell(text)
    const parts = [queue.sent.filter(({ target }) => target !== null).length]
    for (let at = 0; at < restsOf(queue).length; at++) {
      await tell(restsOf(queue)[at] as string)
      parts.push(queue.sent.filter(({ target }) => target !== null).length)
    }

    assert.deepEqual(parts, [500, 1_000, 1_201])
    assert.deepEqual(
      messagesOf(queue).map(({ subscriptionId }) => subscriptionId),
      ids,
    )
    assert.ok(messagesOf(queue).every((message) => JSON.stringify(message.event) === text))
  })

  test('a part that comes again is sent again, and no other', async () => {
    const { tell, queue } = aTopic(policies)
    await tell(text)
    const [rest = ''] = restsOf(queue)

    await tell(rest)
    await tell(rest)

    const parts = queue.sent.filter(({ target }) => target !== null).map(({ body }) => body)
    assert.equal(parts.length, 1_500)
    assert.deepEqual(parts.slice(1_000), parts.slice(500, 1_000))
    assert.equal(new Set(parts).size, 1_000)
  })

  test('the rest is sent on when its part is on the queue, and not before', async () => {
    const { tell, queue } = aTopic(policies)
    queue.fails = new Error('No route to SQS')

    await assert.rejects(tell(text), /No route to SQS/)

    assert.deepEqual(queue.sent, [])
  })
})

test('what is no event cannot be read', () => {
  const { read } = aTopic([])

  for (const body of ['', 'nonsense', 'null', '[]', '{}', '{"id":"e-1"}', '{"fanOut":{}}', '"a"'])
    assert.throws(() => read(body), body)
})

function aTopic(policies: readonly { readonly policy: object; readonly ids: readonly string[] }[]) {
  const queue = memoryQueue()
  const subscriptions = {
    filterPolicies: async () => policies.map(({ policy }) => policy),
    withFilterPolicy: async (_topic, _protocol, policy, after, limit) =>
      policies
        .filter((each) => each.policy === policy)
        .flatMap(({ ids }) => ids)
        .filter((id) => id > after)
        .slice(0, limit),
  } as Partial<Subscriptions> as Subscriptions
  const made = topic({
    subscriptions: table<Subscriptions>(),
    protocols: { email: target('mail', async () => {}, {}) },
  }) as Topic
  const read = topicMessage('new-notes', made, subscriptions, queue)
  return { queue, read, tell: (body: string) => read(body).run() }
}

const restsOf = ({ sent }: MemoryQueue) =>
  sent.filter(({ target }) => target === null).map(({ body }) => body)

interface Message {
  readonly event: object
  readonly subscriptionId: string
}
const byId = (a: Message, b: Message) => (a.subscriptionId < b.subscriptionId ? -1 : 1)
/** Those to subscriptions, by their ids. */
const messagesOf = ({ sent }: MemoryQueue): readonly Message[] =>
  sent
    .filter(({ target }) => target !== null)
    .map(({ body }) => JSON.parse(body) as Message)
    .sort(byId)
