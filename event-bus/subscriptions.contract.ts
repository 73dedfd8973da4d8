/** What every adapter of `Subscriptions` has to do: SNS's semantics. See `ports.contract.ts`. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Subscriptions } from './ports.ts'
import type { Subscription } from './subscription.ts'
import {
  after,
  announce,
  at,
  aWish,
  endpointsContract,
  hours48,
  minute,
  type SubscriptionsUnderTest,
} from './subscription-endpoints.contract.ts'
import { anEntry } from './testing.ts'

export type { SubscriptionsUnderTest } from './subscription-endpoints.contract.ts'

export function subscriptionsContract(
  name: string,
  make: () => Promise<SubscriptionsUnderTest>,
): void {
  /** With these wishes, each confirmed at once. */
  async function confirmed(...wishes: readonly Subscription[]): Promise<Subscriptions> {
    const { subscriptions } = await make()
    for (const wish of wishes) {
      await subscriptions.subscribe(wish, () => [])
      await subscriptions.confirm(wish.confirmToken, after(0))
    }
    return subscriptions
  }

  describe(`${name}: to subscribe`, () => {
    test('stores a pending subscription, whatever it is called, and announces it', async () => {
      const { subscriptions, announced } = await make()
      const wish = aWish(1, {
        endpoint: `"o'clock" <é😀@example.org>`,
        filterPolicy: { detail: { order: [1, { prefix: 'a' }] } },
      })

      await subscriptions.subscribe({ ...wish, status: 'confirmed' }, announce)

      assert.deepEqual(await subscriptions.find(wish.id), wish)
      assert.deepEqual(await announced(), [wish.id])
    })

    test('stores it together with its events or not at all', async () => {
      const { subscriptions, announced } = await make()
      const malformed = () => [anEntry(), anEntry({ Detail: '{' })]

      await assert.rejects(subscriptions.subscribe(aWish(1), malformed))

      assert.equal(await subscriptions.find(aWish(1).id), null)
      assert.deepEqual(await announced(), [])
    })

    test('refuses a filter policy that is no event pattern: it would stop the topic for all', async () => {
      const { subscriptions, announced } = await make()
      const filterPolicy = JSON.parse('{"detail":{"order":[{"prefix":1}]}}')

      await assert.rejects(subscriptions.subscribe(aWish(1, { filterPolicy }), announce), {
        code: 'InvalidEventPatternException',
      })

      assert.equal(await subscriptions.find(aWish(1).id), null)
      assert.deepEqual(await announced(), [])
    })

    test('again within a minute does nothing, and does not tell', async () => {
      const { subscriptions, announced } = await make()
      const first = await subscriptions.subscribe(aWish(1), announce)

      const second = await subscriptions.subscribe(aWish(2, at(minute - 1)), announce)

      assert.equal(second, first)
      assert.deepEqual(await subscriptions.find(aWish(1).id), aWish(1))
      assert.equal(await subscriptions.find(aWish(2).id), null)
      assert.deepEqual(await announced(), [aWish(1).id])
    })

    test('again after a minute renews the one that is pending, and announces that', async () => {
      const { subscriptions, announced } = await make()
      await subscriptions.subscribe(aWish(1), announce)

      await subscriptions.subscribe(aWish(2, at(minute)), announce)

      const renewed = aWish(1, { ...at(minute), confirmToken: 'confirm-2' })
      assert.deepEqual(await subscriptions.find(aWish(1).id), renewed)
      assert.equal(await subscriptions.find(aWish(2).id), null)
      assert.deepEqual(await announced(), [aWish(1).id, aWish(1).id])
      assert.equal(await subscriptions.confirm('confirm-1', after(minute)), null)
      assert.notEqual(await subscriptions.confirm('confirm-2', after(minute)), null)
    })

    test('again when it is confirmed leaves it as it is, and announces nothing', async () => {
      const { subscriptions, announced } = await make()
      await subscriptions.subscribe(aWish(1), announce)
      await subscriptions.confirm('confirm-1', after(0))

      await subscriptions.subscribe(aWish(2, at(10 * minute)), announce)

      assert.deepEqual(await subscriptions.find(aWish(1).id), aWish(1, { status: 'confirmed' }))
      assert.deepEqual(await announced(), [aWish(1).id])
    })

    test('with another topic, endpoint or filter policy is another subscription', async () => {
      const { subscriptions, announced } = await make()
      const wishes = [
        aWish(1),
        aWish(2, { topic: 'old-orders' }),
        aWish(3, { endpoint: 'Reader@example.org' }),
        aWish(4, { filterPolicy: { source: ['shop', 'stall'] } }),
      ]

      for (const wish of wishes) await subscriptions.subscribe(wish, announce)

      assert.deepEqual(
        await announced(),
        wishes.map(({ id }) => id),
      )
    })

    describe('while five for an endpoint wait to be confirmed', () => {
      const five = [1, 2, 3, 4, 5].map((n) => aWish(n, { topic: `topic-${n}` }))
      const sixth = aWish(6, { topic: 'topic-6' })
      async function flooded() {
        const { subscriptions, announced } = await make()
        for (const wish of five) await subscriptions.subscribe(wish, announce)
        return { subscriptions, announced }
      }
      const ids = (...wishes: readonly Subscription[]) => wishes.map(({ id }) => id)

      test('neither stores nor announces a sixth, and does not tell', async () => {
        const { subscriptions, announced } = await flooded()

        for (const endpoint of [sixth.endpoint, sixth.endpoint.toUpperCase()])
          assert.equal(
            await subscriptions.subscribe({ ...sixth, endpoint }, announce),
            await subscriptions.subscribe(aWish(1, { topic: 'topic-1' }), announce),
          )

        assert.equal(await subscriptions.find(sixth.id), null)
        assert.equal(await subscriptions.confirm(sixth.confirmToken, after(0)), null)
        assert.deepEqual(await announced(), ids(...five))
      })

      test('takes those of other endpoints, and renews one of the five', async () => {
        const { subscriptions, announced } = await flooded()
        const other = aWish(7, { endpoint: 'other@example.org' })

        await subscriptions.subscribe(other, announce)
        await subscriptions.subscribe(aWish(8, { ...at(minute), topic: 'topic-5' }), announce)

        assert.deepEqual(await announced(), ids(...five, other, ...five.slice(4)))
      })

      test('takes the sixth when one of them was confirmed: the confirmed do not count', async () => {
        const { subscriptions, announced } = await flooded()
        await subscriptions.confirm('confirm-3', after(0))

        await subscriptions.subscribe(sixth, announce)
        await subscriptions.subscribe(aWish(7, { topic: 'topic-7' }), announce)

        assert.deepEqual(await announced(), ids(...five, sixth))
      })

      test('takes the sixth when 48 hours are over, however many others are to be forgotten', async () => {
        const { subscriptions, announced } = await make()
        const older = Array.from({ length: 25 }, (_, n) =>
          aWish(n + 10, { endpoint: `${n}@example.org` }),
        )
        const recent = five.map((wish) => ({ ...wish, ...at(minute) }))
        for (const wish of [...older, ...recent]) await subscriptions.subscribe(wish, announce)
        const late = minute + hours48

        await subscriptions.subscribe({ ...sixth, ...at(late) }, announce)
        assert.equal(await subscriptions.find(sixth.id), null)
        await subscriptions.subscribe({ ...sixth, ...at(late + 1) }, announce)

        assert.deepEqual(await announced(), ids(...older, ...recent, sixth))
      })
    })

    test('forgets those that nobody confirmed within 48 hours', async () => {
      const { subscriptions } = await make()
      await subscriptions.subscribe(aWish(1), announce)
      await subscriptions.subscribe(aWish(2, { endpoint: 'kept@example.org' }), announce)
      await subscriptions.confirm('confirm-2', after(0))
      const later = (n: number, ms: number) => aWish(n, { ...at(ms), endpoint: `${n}@example.org` })

      await subscriptions.subscribe(later(3, hours48), announce)
      assert.notEqual(await subscriptions.find(aWish(1).id), null)
      await subscriptions.subscribe(later(4, hours48 + 1), announce)

      assert.equal(await subscriptions.find(aWish(1).id), null)
      assert.equal((await subscriptions.find(aWish(2).id))?.status, 'confirmed')
      assert.notEqual(await subscriptions.find(aWish(3).id), null)
    })
  })

  describe(`${name}: to confirm`, () => {
    test('takes its token, within 48 hours', async () => {
      const { subscriptions } = await make()
      await subscriptions.subscribe(aWish(1), announce)

      assert.equal(await subscriptions.confirm('confirm-1', after(hours48 + 1)), null)
      assert.equal((await subscriptions.find(aWish(1).id))?.status, 'pending')
      const found = await subscriptions.confirm('confirm-1', after(hours48))

      assert.deepEqual(found, { subscription: aWish(1, { status: 'confirmed' }), isNew: true })
      assert.deepEqual(await subscriptions.find(aWish(1).id), found.subscription)
    })

    test('takes no other token', async () => {
      const { subscriptions } = await make()
      await subscriptions.subscribe(aWish(1), announce)

      for (const token of ['', 'confirm-2', 'CONFIRM-1', 'unsubscribe-1', "' or 1=1 --", '%'])
        assert.equal(await subscriptions.confirm(token, after(0)), null, token)
      assert.equal((await subscriptions.find(aWish(1).id))?.status, 'pending')
    })

    test('twice, and a year later, is to confirm once, and tells so', async () => {
      const { subscriptions } = await make()
      await subscriptions.subscribe(aWish(1), announce)
      const first = await subscriptions.confirm('confirm-1', after(0))

      assert.equal(first?.isNew, true)
      assert.deepEqual(await subscriptions.confirm('confirm-1', after(365 * 24 * 60 * minute)), {
        ...first,
        isNew: false,
      })
    })
  })

  describe(`${name}: to unsubscribe`, () => {
    test('takes its token, once, and answers what has ended', async () => {
      const subscriptions = await confirmed(aWish(1), aWish(2, { endpoint: 'other@example.org' }))

      const ended = await subscriptions.unsubscribe('unsubscribe-1')

      assert.deepEqual(ended, aWish(1, { status: 'confirmed' }))
      assert.equal(await subscriptions.unsubscribe('unsubscribe-1'), null)
      assert.equal(await subscriptions.find(aWish(1).id), null)
      assert.equal(await subscriptions.findByUnsubscribeToken('unsubscribe-1'), null)
      assert.equal(await subscriptions.confirm('confirm-1', after(0)), null)
      assert.notEqual(await subscriptions.find(aWish(2).id), null)
    })

    test('ends one that is pending too', async () => {
      const { subscriptions } = await make()
      await subscriptions.subscribe(aWish(1), announce)

      assert.deepEqual(await subscriptions.unsubscribe('unsubscribe-1'), aWish(1))
      assert.equal(await subscriptions.confirm('confirm-1', after(0)), null)
    })

    test('leaves the way open to subscribe anew, with a confirmation of its own', async () => {
      const subscriptions = await confirmed(aWish(1))
      await subscriptions.unsubscribe('unsubscribe-1')

      await subscriptions.subscribe(aWish(2), announce)

      assert.deepEqual(await subscriptions.find(aWish(2).id), aWish(2))
    })

    test('finds a subscription by its token without ending it', async () => {
      const subscriptions = await confirmed(aWish(1))

      const found = await subscriptions.findByUnsubscribeToken('unsubscribe-1')

      assert.deepEqual(found, aWish(1, { status: 'confirmed' }))
      assert.notEqual(await subscriptions.find(aWish(1).id), null)
      assert.equal(await subscriptions.findByUnsubscribeToken('confirm-1'), null)
    })
  })

  describe(`${name}: a topic's readers`, () => {
    const summer = { detail: { topic: ['summer'] } }
    const winter = { detail: { topic: ['winter'] } }
    const reader = (n: number, fields: Partial<Subscription> = {}) =>
      aWish(n, { endpoint: `${n}@example.org`, filterPolicy: summer, ...fields })

    test('have filter policies, each named once, of the confirmed alone', async () => {
      const subscriptions = await confirmed(
        reader(1),
        reader(2),
        reader(3, { filterPolicy: winter }),
        reader(4, { topic: 'other', filterPolicy: { detail: { topic: ['autumn'] } } }),
      )
      await subscriptions.subscribe(
        reader(5, { filterPolicy: { detail: { topic: ['spring'] } } }),
        announce,
      )

      const policies = await subscriptions.filterPolicies('new-orders', 'email')

      const texts = policies.map((policy) => JSON.stringify(policy)).sort()
      assert.deepEqual(
        texts,
        [summer, winter].map((policy) => JSON.stringify(policy)),
      )
      assert.deepEqual(await subscriptions.filterPolicies('new-orders', 'https'), [])
    })

    test('are listed by policy, ascending, page by page', async () => {
      const subscriptions = await confirmed(
        ...[5, 3, 1, 4, 2].map((n) => reader(n)),
        reader(6, { filterPolicy: winter }),
        reader(7, { topic: 'other' }),
      )
      await subscriptions.subscribe(reader(8), announce)
      const ids = [1, 2, 3, 4, 5].map((n) => reader(n).id)
      const page = (after: string, limit: number) =>
        subscriptions.withFilterPolicy('new-orders', 'email', summer, after, limit)

      assert.deepEqual(await page('', 2), ids.slice(0, 2))
      assert.deepEqual(await page(ids[1] ?? '', 2), ids.slice(2, 4))
      assert.deepEqual(await page(ids[3] ?? '', 2), ids.slice(4))
      assert.deepEqual(await page(ids[4] ?? '', 2), [])
    })

    test('are counted by policy, the confirmed alone, as they come and go', async () => {
      const subscriptions = await confirmed(
        ...[1, 2, 3].map((n) => reader(n)),
        reader(4, { filterPolicy: winter }),
        reader(5, { topic: 'other' }),
      )
      await subscriptions.subscribe(reader(6), announce)
      const count = (protocol: string, policy = summer) =>
        subscriptions.count('new-orders', protocol, policy)

      assert.deepEqual(
        [await count('email'), await count('email', winter), await count('https')],
        [3, 1, 0],
      )
      await subscriptions.unsubscribe(reader(2).unsubscribeToken)
      await subscriptions.unsubscribe(reader(4).unsubscribeToken)
      assert.deepEqual([await count('email'), await count('email', winter)], [2, 0])
    })

    test('are found by a policy as it was read back', async () => {
      const odd = JSON.parse('{"b":[{"numeric":[">",1e-7]}],"2":["x"],"1":["y"],"é":[null]}')
      const subscriptions = await confirmed(reader(1, { filterPolicy: odd }))

      for (const policy of await subscriptions.filterPolicies('new-orders', 'email'))
        assert.deepEqual(
          await subscriptions.withFilterPolicy('new-orders', 'email', policy, '', 10),
          [reader(1).id],
        )
      assert.equal((await subscriptions.filterPolicies('new-orders', 'email')).length, 1)
    })
  })

  endpointsContract(name, make)
}
