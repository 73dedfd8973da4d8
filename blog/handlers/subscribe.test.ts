import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aSubscription, blogPorts, memorySubscriptions } from '../testing.ts'
import { subscribe } from './subscribe.ts'

const wish = { email: 'reader@example.org', topic: 'summer' }

test('stores a wish that is still to be confirmed, and announces it', async () => {
  const { subscriptions, ...rest } = blogPorts()

  await subscribe(wish, { subscriptions, ...rest })

  const [stored, ...more] = subscriptions.all()
  assert.ok(stored)
  assert.deepEqual(more, [])
  const { id, confirmToken, unsubscribeToken } = stored
  assert.deepEqual(stored, aSubscription({ status: 'pending', id, confirmToken, unsubscribeToken }))
  const [announced] = subscriptions.outbox
  assert.equal(announced?.DetailType, 'SubscriptionRequested')
  assert.deepEqual(JSON.parse(announced.Detail), { subscriptionId: id })
})

test('puts neither the address nor a token into the event', async () => {
  const { subscriptions, ...rest } = blogPorts()

  await subscribe(wish, { subscriptions, ...rest })

  assert.ok(subscriptions.outbox[0])
  assert.doesNotMatch(JSON.stringify(subscriptions.outbox), /reader|token/)
})

test('gives each subscription one token to confirm with and another to unsubscribe with', async () => {
  const { subscriptions, ...rest } = blogPorts()

  await subscribe(wish, { subscriptions, ...rest })
  await subscribe({ ...wish, email: 'other@example.org' }, { subscriptions, ...rest })

  const tokens = subscriptions
    .all()
    .flatMap(({ confirmToken, unsubscribeToken }) => [confirmToken, unsubscribeToken])
  assert.equal(new Set(tokens).size, 4)
})

test('answers the same whether the address is new, waits or is confirmed', async () => {
  const waiting = aSubscription({ status: 'pending' })
  for (const known of [[], [waiting], [aSubscription()]]) {
    const ports = { ...blogPorts(), subscriptions: memorySubscriptions(...known) }
    assert.equal(await subscribe(wish, ports), undefined)
    assert.equal(ports.subscriptions.all().length, 1)
  }
})

test('takes the same address for another topic as another wish', async () => {
  const ports = blogPorts()

  await subscribe(wish, ports)
  await subscribe({ ...wish, topic: 'winter' }, ports)

  assert.equal(ports.subscriptions.outbox.length, 2)
})

test('takes the wish for a webhook, and for no mailbox that is suppressed', async () => {
  const ports = blogPorts()
  await ports.subscriptions.suppress('email', wish.email)

  await subscribe({ url: 'https://hooks.example/a', topic: 'summer' }, ports)
  assert.equal(await subscribe(wish, ports), undefined)

  assert.deepEqual(
    ports.subscriptions.all().map(({ protocol, endpoint }) => [protocol, endpoint]),
    [['https', 'https://hooks.example/a']],
  )
  assert.equal(ports.subscriptions.outbox.length, 1)
})
