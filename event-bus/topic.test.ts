/** One message becomes one delivery for each subscription that it matches, whatever goes wrong. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { memoryStore } from './adapters/memory/store.ts'
import type { Subscriptions } from './ports.ts'
import type { Subscription } from './subscription.ts'
import type { Target } from './target.ts'
import {
  anEngine,
  aRule,
  aSubscription,
  done,
  fails,
  handClock,
  hangs,
  recordingTarget,
  steeredStore,
} from './testing.ts'
import { topicTargets } from './topic.ts'

const everything = { source: ['shop'] }
const firstOrders = { detail: { order: [1] } }

const subscribed = (count: number, fields: Partial<Subscription> = {}) =>
  Array.from({ length: count }, (_, index) =>
    aSubscription({ id: `${fields.topic ?? ''}${String(index).padStart(5, '0')}`, ...fields }),
  )

/** All that a fan-out asks of subscriptions. */
function among(list: readonly Subscription[]): Subscriptions {
  const asked: Pick<Subscriptions, 'filterPolicies' | 'withFilterPolicy'> = {
    async filterPolicies() {
      const texts = list.map(({ filterPolicy }) => JSON.stringify(filterPolicy))
      return [...new Set(texts)].map((text) => JSON.parse(text))
    },
    async withFilterPolicy(_topic, _protocol, policy, after, limit) {
      return list
        .filter(({ filterPolicy }) => JSON.stringify(filterPolicy) === JSON.stringify(policy))
        .map(({ id }) => id)
        .filter((id) => id > after)
        .sort()
        .slice(0, limit)
    },
  }
  return asked as Subscriptions
}

function aTopic(subscriptions: Subscriptions, email: Target) {
  const { target, fanOutTargets } = topicTargets({
    name: 'new-orders',
    subscriptions,
    protocols: { email },
  })
  return { rules: [aRule({ targets: [target] })], fanOutTargets }
}

const items = ({ invocations }: { readonly invocations: readonly { readonly item: string }[] }) =>
  invocations.map(({ item }) => item)

describe('a message to a topic', () => {
  test('is delivered to each subscription whose filter policy it matches', async () => {
    const clock = handClock()
    const email = recordingTarget(clock)
    const list = [
      aSubscription({ id: 'all', filterPolicy: everything }),
      aSubscription({ id: 'first', filterPolicy: firstOrders }),
      aSubscription({ id: 'second', filterPolicy: { detail: { order: [2] } } }),
    ]
    const { put, counts } = await anEngine({ clock, ...aTopic(among(list), email) })

    await put(1)
    await clock.move(1_000)

    assert.deepEqual(items(email).toSorted(), ['all', 'first'])
    assert.ok(email.orders.every((order) => order === 1))
    assert.deepEqual(await counts(), { waiting: 0, dead: 0 })
  })

  test('that is for nobody leaves nothing behind', async () => {
    const clock = handClock()
    const { put, counts, store } = await anEngine({
      clock,
      ...aTopic(among([]), recordingTarget(clock)),
    })

    await put(1)
    await clock.move(1_000)

    assert.deepEqual(await counts(), { waiting: 0, dead: 0 })
    assert.deepEqual(
      store.commits.at(-1)?.plans.map(({ text }) => text),
      [null],
    )
  })

  test('reaches 1,200 subscriptions, each once, in commits of at most 500 deliveries', async () => {
    const clock = handClock()
    const email = recordingTarget(clock)
    const list = [
      ...subscribed(900, { filterPolicy: everything, topic: 'a' }),
      ...subscribed(300, { filterPolicy: firstOrders, topic: 'b' }),
      ...subscribed(50, { filterPolicy: { detail: { order: [2] } }, topic: 'c' }),
    ]
    const { put, store } = await anEngine({ clock, ...aTopic(among(list), email) })

    await put(1)
    await clock.move(60_000)

    assert.equal(items(email).length, 1_200)
    assert.equal(new Set(items(email)).size, 1_200)
    const added = store.commits.map(
      ({ deliveries }) => deliveries.filter(({ target }) => target === 'new-orders/email').length,
    )
    assert.deepEqual(
      added.filter((count) => count > 0),
      [500, 500, 200],
    )
  })

  test('ends when the last part was a full one', async () => {
    const clock = handClock()
    const email = recordingTarget(clock)
    const { put, counts } = await anEngine({
      clock,
      ...aTopic(among(subscribed(1_000, { filterPolicy: everything })), email),
    })

    await put(1)
    await clock.move(60_000)

    assert.equal(new Set(items(email)).size, 1_000)
    assert.deepEqual([items(email).length, await counts()], [1_000, { waiting: 0, dead: 0 }])
  })

  test('that fails for one is tried again for that one alone', async () => {
    const clock = handClock()
    const email = recordingTarget(clock, {
      answer: ({ item }) => (item === '00003' ? fails() : done()),
    })
    const { put, counts } = await anEngine({
      clock,
      ...aTopic(among(subscribed(10, { filterPolicy: everything })), email),
    })

    await put(1)
    await clock.move(3_500)

    assert.equal(items(email).filter((item) => item === '00003').length, 3)
    assert.equal(items(email).filter((item) => item !== '00003').length, 9)
    assert.deepEqual(await counts(), { waiting: 1, dead: 0 })
  })

  test('goes on from the part where its subscriptions could not be read', async () => {
    const clock = handClock()
    const email = recordingTarget(clock)
    const list = subscribed(1_200, { filterPolicy: everything })
    const whole = among(list)
    let reads = 0
    const shaky: Subscriptions = {
      ...whole,
      withFilterPolicy: async (...asked) => {
        if (++reads === 2) throw new Error('disk I/O error')
        return whole.withFilterPolicy(...asked)
      },
    }
    const { put } = await anEngine({ clock, ...aTopic(shaky, email) })

    await put(1)
    await clock.move(60_000)

    assert.equal(reads, 4)
    assert.equal(items(email).length, 1_200)
    assert.equal(new Set(items(email)).size, 1_200)
  })

  test('stores a part and how far it has come together: no crash loses or repeats one', async () => {
    const list = subscribed(1_200, { filterPolicy: everything })
    for (let crashAfter = 1; crashAfter <= 4; crashAfter++) {
      const clock = handClock()
      const disk = memoryStore()
      const first = recordingTarget(clock, { answer: hangs })
      const store = steeredStore(clock, disk)
      const { put } = await anEngine({ clock, store, ...aTopic(among(list), first) })
      await put(1)
      while (store.commits.length < crashAfter) await clock.move(1)
      store.kill()

      const email = recordingTarget(clock)
      await anEngine({
        clock,
        store: steeredStore(clock, disk),
        ...aTopic(among(list), email),
      })
      await clock.move(60_000)

      assert.equal(items(email).length, 1_200, `crash after commit ${crashAfter}`)
      assert.equal(new Set(items(email)).size, 1_200, `crash after commit ${crashAfter}`)
    }
  })

  test('does not reach those who ended their subscription, or began it, between two parts', async () => {
    const clock = handClock()
    const email = recordingTarget(clock)
    const list = subscribed(600, { filterPolicy: everything })
    const gone = list.at(-1)
    const { put, store } = await anEngine({ clock, ...aTopic(among(list), email) })

    store.latencyMs = 10
    void put(1)
    while (store.commits.length < 2) await clock.move(1) // the first part is stored
    list.pop()
    list.unshift(aSubscription({ id: '-early', filterPolicy: everything }))
    await clock.move(60_000)

    assert.equal(items(email).length, 599)
    assert.equal(items(email).includes(gone?.id ?? ''), false)
    assert.equal(items(email).includes('-early'), false)
  })
})
