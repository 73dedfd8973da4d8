/** The part of `subscriptionsContract` that is about endpoints: mailboxes and addresses, and what is kept of them. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Subscriptions } from './ports.ts'
import type { Subscription } from './subscription.ts'
import { anEntry, aSubscription } from './testing.ts'

/** Empty ones. `announced`: the `id` in the details of the events that they put, oldest first. */
export interface SubscriptionsUnderTest {
  readonly subscriptions: Subscriptions
  readonly announced: () => Promise<readonly unknown[]>
}

const start = Date.parse('2026-01-01T12:00:00.000Z')
export const minute = 60_000
export const hours48 = 48 * 60 * minute
export const after = (ms: number) => new Date(start + ms)

/** The n-th wish: its id and its tokens are its own. */
export const aWish = (n: number, fields: Partial<Subscription> = {}): Subscription =>
  aSubscription({
    id: `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`,
    status: 'pending',
    confirmToken: `confirm-${n}`,
    unsubscribeToken: `unsubscribe-${n}`,
    ...fields,
  })
export const at = (ms: number) => ({ requestedAt: after(ms).toISOString() })
export const announce = (id: string) => [anEntry({ Detail: JSON.stringify({ id }) })]

export function endpointsContract(name: string, make: () => Promise<SubscriptionsUnderTest>): void {
  /** With these wishes, each confirmed at once. */
  async function confirmed(...wishes: readonly Subscription[]): Promise<Subscriptions> {
    const { subscriptions } = await make()
    for (const wish of wishes) {
      await subscriptions.subscribe(wish, () => [])
      await subscriptions.confirm(wish.confirmToken, after(0))
    }
    return subscriptions
  }

  describe(`${name}: an endpoint`, () => {
    const winter = { detail: { topic: ['winter'] } }
    const hook = (n: number, endpoint: string) => aWish(n, { protocol: 'https', endpoint })
    const ids = (found: readonly Subscription[]) => found.map(({ id }) => id)

    test('has its subscriptions, those that wait too, however its letters are spelled', async () => {
      const subscriptions = await confirmed(aWish(2), aWish(1, { filterPolicy: winter }))
      await subscriptions.subscribe(aWish(3, { endpoint: 'Reader@Example.org' }), announce)
      await subscriptions.subscribe(aWish(4, { endpoint: 'reader@example.or' }), announce)
      await subscriptions.subscribe(hook(5, 'reader@example.org'), announce)

      assert.deepEqual(await subscriptions.ofEndpoint('email', 'READER@example.org'), [
        aWish(1, { filterPolicy: winter, status: 'confirmed' }),
        aWish(2, { status: 'confirmed' }),
        aWish(3, { endpoint: 'Reader@Example.org' }),
      ])
      await subscriptions.unsubscribe('unsubscribe-2')
      assert.equal((await subscriptions.ofEndpoint('email', 'reader@example.org')).length, 2)
      assert.deepEqual(await subscriptions.ofEndpoint('email', 'nobody@example.org'), [])
    })

    test('of https is another when its letters are others', async () => {
      const subscriptions = await confirmed(hook(1, 'https://x.example/A'))
      await subscriptions.subscribe(hook(2, 'https://x.example/a'), announce)

      const found = await subscriptions.ofEndpoint('https', 'https://x.example/A')
      assert.deepEqual(ids(found), [hook(1, '').id])
      await subscriptions.erase('https', 'https://x.example/A')

      assert.notEqual(await subscriptions.find(hook(2, '').id), null)
      assert.deepEqual(await subscriptions.filterPolicies('new-orders', 'https'), [])
    })

    test('that is suppressed loses all it has and is taken no more, which nobody is told', async () => {
      const { subscriptions, announced } = await make()
      const wishes = [aWish(1), aWish(2, { endpoint: 'Reader@example.org' })]
      const other = aWish(3, { endpoint: 'other@example.org' })
      for (const wish of [...wishes, other]) await subscriptions.subscribe(wish, announce)
      await subscriptions.confirm('confirm-1', after(0))
      assert.equal(await subscriptions.isSuppressed('email', 'reader@example.org'), false)

      await subscriptions.suppress('email', 'READER@example.org')
      await subscriptions.suppress('email', 'reader@example.org')

      assert.equal(await subscriptions.isSuppressed('email', 'Reader@Example.org'), true)
      assert.deepEqual(await subscriptions.ofEndpoint('email', 'reader@example.org'), [])
      assert.equal(await subscriptions.confirm('confirm-2', after(0)), null)
      assert.deepEqual(await subscriptions.filterPolicies('new-orders', 'email'), [])
      for (const [n, endpoint] of ['reader@example.org', 'READER@EXAMPLE.ORG'].entries()) {
        const answer = await subscriptions.subscribe(aWish(n + 4, { endpoint }), announce)
        assert.equal(answer, undefined)
        assert.equal(await subscriptions.find(aWish(n + 4).id), null)
      }
      assert.deepEqual(await announced(), ids([...wishes, other]))
      assert.equal(await subscriptions.isSuppressed('email', other.endpoint), false)
      assert.notEqual(await subscriptions.find(other.id), null)
    })

    test('that is erased has nothing left, and may begin anew', async () => {
      const { subscriptions } = await make()
      await subscriptions.suppress('email', 'reader@example.org')
      await subscriptions.erase('email', 'Reader@example.org')
      assert.equal(await subscriptions.isSuppressed('email', 'reader@example.org'), false)

      await subscriptions.subscribe(aWish(1), announce)
      await subscriptions.subscribe(aWish(2, { filterPolicy: winter }), announce)
      await subscriptions.confirm('confirm-1', after(0))
      await subscriptions.erase('email', 'reader@example.org')

      assert.deepEqual(await subscriptions.ofEndpoint('email', 'reader@example.org'), [])
      for (const n of [1, 2]) {
        assert.equal(await subscriptions.find(aWish(n).id), null)
        assert.equal(await subscriptions.confirm(`confirm-${n}`, after(0)), null)
        assert.equal(await subscriptions.unsubscribe(`unsubscribe-${n}`), null)
      }
      assert.deepEqual(await subscriptions.filterPolicies('new-orders', 'email'), [])
      await subscriptions.subscribe(aWish(3), announce)
      assert.deepEqual(await subscriptions.find(aWish(3).id), aWish(3))
    })
  })

  describe(`${name}: to change one`, () => {
    const key = { version: 2, rotatedAt: after(5).toISOString() }
    const remindedAt = after(7).toISOString()

    test('stores what is changed of it, and nothing else, with the events', async () => {
      const { subscriptions, announced } = await make()
      await subscriptions.subscribe(aWish(1), () => [])
      await subscriptions.confirm('confirm-1', after(0))
      const one = aWish(1, { status: 'confirmed', key })

      assert.deepEqual(await subscriptions.change(one.id, () => ({ key }), announce('a')), one)
      const seen: Subscription[] = []
      const remind = (found: Subscription) => {
        seen.push(found)
        return { remindedAt }
      }
      await subscriptions.change(one.id, remind, announce('b'))

      assert.deepEqual(seen, [one])
      assert.deepEqual(await subscriptions.find(one.id), { ...one, remindedAt })
      assert.deepEqual(await announced(), ['a', 'b'])
      const next = { ...key, version: 3 }
      await subscriptions.change(one.id, () => ({ key: next }), [])
      const changed = { ...one, remindedAt, key: next }
      assert.deepEqual(await subscriptions.find(one.id), changed)
      assert.deepEqual(await subscriptions.unsubscribe('unsubscribe-1'), changed)
    })

    test('to nothing announces nothing, and neither does one that is gone', async () => {
      const { subscriptions, announced } = await make()
      await subscriptions.subscribe(aWish(1), () => [])

      const found = await subscriptions.change(aWish(1).id, () => null, announce('a'))
      const none = await subscriptions.change(aWish(2).id, () => ({ key }), announce('b'))

      assert.deepEqual([found, none], [aWish(1), null])
      assert.deepEqual(await announced(), [])
    })

    test('ten times at the same time is to change it ten times', async () => {
      const { subscriptions } = await make()
      await subscriptions.subscribe(aWish(1), () => [])
      const rotate = ({ key: was }: Subscription) => ({
        key: { ...key, version: (was?.version ?? 1) + 1 },
      })

      await Promise.all(
        Array.from({ length: 10 }, () => subscriptions.change(aWish(1).id, rotate, [])),
      )

      assert.equal((await subscriptions.find(aWish(1).id))?.key?.version, 11)
    })
  })
}
