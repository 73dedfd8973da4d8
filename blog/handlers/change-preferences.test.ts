import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { preferencesLink, type Subscriber } from '../preferences.ts'
import { anId, aSubscription, blogPorts, memorySubscriptions } from '../testing.ts'
import { changePreferences, type PreferencesChange } from './change-preferences.ts'
import { showPreferences } from './show-preferences.ts'
import { topicOf } from './topic-of.ts'

const about = (topic: string) => ({ filterPolicy: { detail: { topic: [topic] } } })
const numbered = (n: number, fields: Partial<ReturnType<typeof aSubscription>> = {}) =>
  aSubscription({
    ...{ id: anId(n), confirmToken: `confirm-${n}`, unsubscribeToken: `unsubscribe-${n}` },
    ...fields,
  })
const summer = numbered(101)
const winter = numbered(102, about('winter'))
const other = numbered(103, { endpoint: 'other@example.org' })
const hook = numbered(104, { protocol: 'https', endpoint: 'https://hooks.example/a' })
const reader = { protocol: 'email', endpoint: 'reader@example.org' } as const

async function opened(subscriber: Subscriber = reader, ...all: readonly (typeof summer)[]) {
  const ports = { ...blogPorts(), subscriptions: memorySubscriptions(...all) }
  const sealed = (await preferencesLink(subscriber, ports)).split('/').at(-1) as string
  return {
    ...ports,
    sealed,
    show: () => showPreferences({ sealed }, ports),
    change: (change: PreferencesChange) => changePreferences({ sealed, change }, ports),
    topics: () =>
      ports.subscriptions.all().map((one) => `${one.endpoint} ${topicOf(one)} ${one.status}`),
  }
}

describe('the preferences of a subscriber', () => {
  test('are all that is kept, and nothing of anybody else', async () => {
    const { show } = await opened(reader, summer, winter, other, hook)

    const shown = await show()

    assert.deepEqual(
      shown?.subscriptions.map(({ id, topic, secrets }) => [id, topic, secrets]),
      [
        [summer.id, 'summer', []],
        [winter.id, 'winter', []],
      ],
    )
    assert.equal(shown?.isSuppressed, false)
    const { confirmToken, unsubscribeToken } = summer
    for (const token of [confirmToken, unsubscribeToken])
      assert.ok(!JSON.stringify(shown).includes(token))
  })

  test('open with a link of ours alone, made for this and nothing else', async () => {
    const ports = await opened(reader, summer)
    const text = 'email reader@example.org'
    const wrong = ['', 'x.y', ports.sealed.slice(1), await ports.seal.seal('sign-in', text)]
    for (const sealed of [...wrong, await ports.seal.seal('preferences', 'carrier-pigeon x')]) {
      assert.equal(await showPreferences({ sealed }, ports), null)
      const change = { kind: 'erase' } as const
      assert.equal(await changePreferences({ sealed, change }, ports), false)
    }
    assert.equal(ports.subscriptions.all().length, 1)
  })

  test('end one subscription, or all, of the subscriber', async () => {
    const { change, topics } = await opened(reader, summer, winter, other)

    for (const id of [other.id, anId(9)]) assert.equal(await change({ kind: 'end', id }), true)
    assert.equal(topics().length, 3)
    await change({ kind: 'end', id: summer.id })
    assert.deepEqual(topics(), [
      'reader@example.org winter confirmed',
      'other@example.org summer confirmed',
    ])
    await change({ kind: 'end-all' })

    assert.deepEqual(topics(), ['other@example.org summer confirmed'])
  })

  test('begin another at once for who has confirmed one, and tell nobody', async () => {
    const waiting = numbered(105, { ...about('spring'), status: 'pending' })
    const { change, topics, subscriptions } = await opened(reader, summer, waiting)

    for (const topic of ['autumn', 'spring', 'summer', 'autumn'])
      await change({ kind: 'add', topic })

    assert.deepEqual(topics().sort(), [
      'reader@example.org autumn confirmed',
      'reader@example.org spring confirmed',
      'reader@example.org summer confirmed',
    ])
    assert.deepEqual(subscriptions.outbox, [])
  })

  test('begin no more than a hundred', async () => {
    const many = Array.from({ length: 100 }, (_, n) => numbered(200 + n, about(`topic ${n}`)))
    const { change, topics } = await opened(reader, ...many)

    await change({ kind: 'add', topic: 'autumn' })

    assert.equal(topics().length, 100)
  })

  test('ask who has confirmed none, as ever', async () => {
    const { change, topics, subscriptions } = await opened()

    await change({ kind: 'add', topic: 'autumn' })

    assert.deepEqual(topics(), ['reader@example.org autumn pending'])
    assert.equal(subscriptions.outbox.length, 1)
  })

  test('are erased with all that is kept, also that a mailbox takes nothing', async () => {
    const { change, show, subscriptions, topics } = await opened(reader, summer, winter, other)
    await change({ kind: 'erase' })
    assert.deepEqual(topics(), ['other@example.org summer confirmed'])

    await subscriptions.suppress('email', 'reader@example.org')
    assert.equal((await show())?.isSuppressed, true)
    await change({ kind: 'erase' })

    assert.equal((await show())?.isSuppressed, false)
  })
})

describe('the preferences of a webhook', () => {
  const { protocol, endpoint } = hook

  test('tell its key, and make another beside which the former goes on for a day', async () => {
    const { change, show, clock } = await opened({ protocol, endpoint }, hook, summer)
    const secrets = async () => (await show())?.subscriptions[0]?.secrets ?? []
    const first = await secrets()
    assert.equal(first.length, 1)

    for (const id of [summer.id, hook.id]) await change({ kind: 'rotate', id })
    const both = await secrets()
    await clock.move(24 * 60 * 60_000)
    const second = await secrets()

    assert.deepEqual(both, [...second, ...first])
    assert.notDeepEqual(second, first)
  })

  test('make no key for another’s', async () => {
    const { change, subscriptions } = await opened(reader, summer, hook)

    for (const id of [summer.id, hook.id]) await change({ kind: 'rotate', id })

    assert.deepEqual(subscriptions.all(), [summer, hook])
  })
})
