import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeliveryRefused } from '@busbar/event-bus'
import { anEvent, anId, aSubscription, blogPorts, memorySubscriptions } from '../testing.ts'
import { sendConfirmation } from './send-confirmation.ts'

const pending = aSubscription({ status: 'pending' })
const requested = (event = anId(1_001)) =>
  anEvent('SubscriptionRequested', { subscriptionId: pending.id }, event)
const ports = (...subscriptions: readonly (typeof pending)[]) => ({
  ...blogPorts(),
  subscriptions: memorySubscriptions(...subscriptions),
})

test('asks the mailbox whether the subscription was meant', async () => {
  const { mailer, ...rest } = ports(pending)

  await sendConfirmation(requested(), { mailer, ...rest })

  const [mail, ...more] = mailer.sent
  assert.ok(mail)
  assert.deepEqual(more, [])
  assert.equal(mail.to, 'reader@example.org')
  assert.match(mail.subject, /summer/)
  assert.match(mail.text, /^https:\/\/blog\.test\/subscriptions\/confirm\/confirm-101$/m)
  assert.equal(mail.unsubscribe, undefined, 'there is nothing yet to unsubscribe from')
})

test('asks with the newest link when it was asked for again', async () => {
  const { mailer, ...rest } = ports({ ...pending, confirmToken: 'renewed' })

  await sendConfirmation(requested(), { mailer, ...rest })

  assert.match(`${mailer.sent[0]?.text}`, /confirm\/renewed$/m)
})

test('asks nothing once it is confirmed', async () => {
  const { mailer, ...rest } = ports(aSubscription())

  await sendConfirmation(requested(), { mailer, ...rest })

  assert.deepEqual(mailer.tried, [])
})

test('asks nothing about a subscription that is gone', async () => {
  const { mailer, ...rest } = ports()

  await sendConfirmation(requested(), { mailer, ...rest })

  assert.deepEqual(mailer.tried, [])
})

test('names the mail after the request: the same for each try, another for the next request', async () => {
  const { mailer, ...rest } = ports(pending)
  mailer.fail = new Error('450 try again later')
  await assert.rejects(sendConfirmation(requested(), { mailer, ...rest }), mailer.fail)
  mailer.fail = null

  await sendConfirmation(requested(), { mailer, ...rest })
  await sendConfirmation(requested(anId(1_002)), { mailer, ...rest })

  const [first, again, next] = mailer.tried.map(({ messageId }) => messageId)
  assert.equal(first, again)
  assert.notEqual(next, first)
  assert.match(`${first}`, /^[\w.-]+@blog\.test$/)
})

test('asks no mailbox about a webhook', async () => {
  const { mailer, ...rest } = ports({
    ...pending,
    protocol: 'https',
    endpoint: 'https://x.example',
  })

  await sendConfirmation(requested(), { mailer, ...rest })

  assert.deepEqual(mailer.tried, [])
})

test('tells where to see and delete what is kept', async () => {
  const { mailer, ...rest } = ports(pending)

  await sendConfirmation(requested(), { mailer, ...rest })

  assert.match(
    `${mailer.sent[0]?.text}`,
    /^https:\/\/blog\.test\/subscriptions\/preferences\/\S+$/m,
  )
})

test('suppresses a mailbox that there is not', async () => {
  const { mailer, subscriptions, ...rest } = ports(pending)
  mailer.fail = new DeliveryRefused('550 5.1.1', { code: 'NO_RESOURCE' })

  await assert.rejects(
    sendConfirmation(requested(), { mailer, subscriptions, ...rest }),
    mailer.fail,
  )

  assert.equal(await subscriptions.isSuppressed('email', pending.endpoint), true)
})
