import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeliveryRefused } from '@busbar/event-bus'
import {
  anEvent,
  anId,
  aPost,
  aSubscription,
  blogPorts,
  memoryPosts,
  memorySubscriptions,
} from '../testing.ts'
import { emailSubscriber } from './email-subscriber.ts'

const post = aPost()
const message = {
  event: anEvent('BlogPostCreated', post),
  subscriptionId: aSubscription().id,
}
const ports = (subscription = aSubscription()) => ({
  ...blogPorts(),
  posts: memoryPosts(post),
  subscriptions: memorySubscriptions(subscription),
})

test('mails the post to the subscriber, with links to read it and to get no more', async () => {
  const { mailer, ...rest } = ports()

  await emailSubscriber(message, { mailer, ...rest })

  const [mail, ...more] = mailer.sent
  assert.ok(mail)
  assert.deepEqual(more, [])
  assert.deepEqual([mail.to, mail.subject], ['reader@example.org', 'Title'])
  const unsubscribe = 'https://blog.test/subscriptions/unsubscribe/unsubscribe-101'
  assert.equal(mail.unsubscribe, unsubscribe)
  const parts = [
    ...[post.author, post.body, `https://blog.test/posts/${post.id}`, '“summer”', unsubscribe],
    'https://blog.test/subscriptions/preferences/',
  ]
  for (const twin of [mail.text, mail.html]) {
    for (const part of parts) assert.ok(twin.includes(part), `${part} is in ${twin}`)
    assert.ok(!twin.includes('confirm-101'), 'the mail keeps the token of the confirmation')
  }
})

test('mails the text as it is now', async () => {
  const { posts, mailer, ...rest } = ports()
  await posts.edit(post.id, { title: 'New', body: 'Ada stays' }, 'any', () => [])

  await emailSubscriber(message, { posts, mailer, ...rest })

  assert.equal(mailer.sent[0]?.subject, 'New')
  assert.match(`${mailer.sent[0]?.text}`, /Ada stays/)
})

test('mails Markdown as it was written, and as HTML', async () => {
  const { posts, mailer, ...rest } = ports()
  await posts.edit(post.id, { body: '**Joe** in [Spain](/posts/x) <b>' }, 'any', () => [])

  await emailSubscriber(message, { posts, mailer, ...rest })

  const { text = '', html = '' } = mailer.sent[0] ?? {}
  assert.ok(text.includes('\n\n**Joe** in [Spain](/posts/x) <b>\n\n'))
  assert.match(
    html,
    /<strong>Joe<\/strong> in <a style="[^"]*" href="https:\/\/blog\.test\/posts\/x">Spain<\/a> &lt;b&gt;<\/p>/,
  )
})

test('cancels the mail about a post that is gone', async () => {
  const { posts, mailer, ...rest } = ports()
  await posts.remove(post.id, 'any')

  await emailSubscriber(message, { posts, mailer, ...rest })

  assert.deepEqual(mailer.tried, [])
})

test('mails nothing to a subscription that was not confirmed', async () => {
  const { mailer, ...rest } = ports(aSubscription({ status: 'pending' }))

  await emailSubscriber(message, { mailer, ...rest })

  assert.deepEqual(mailer.tried, [])
})

test('mails nothing to a subscription that has ended', async () => {
  const { subscriptions, mailer, ...rest } = ports()
  await subscriptions.unsubscribe('unsubscribe-101')

  await emailSubscriber(message, { subscriptions, mailer, ...rest })

  assert.deepEqual(mailer.tried, [])
})

test('fails with the mail server, and tries the same mail again', async () => {
  const { mailer, ...rest } = ports()
  mailer.fail = new Error('450 try again later')
  await assert.rejects(emailSubscriber(message, { mailer, ...rest }), mailer.fail)

  mailer.fail = null
  await emailSubscriber(message, { mailer, ...rest })

  assert.equal(mailer.tried.length, 2)
  assert.equal(mailer.tried[0]?.messageId, mailer.tried[1]?.messageId)
})

test('names each mail after its post and its subscription', async () => {
  const other = aSubscription({ id: anId(102), unsubscribeToken: 'unsubscribe-102' })
  const { mailer, ...rest } = blogPorts()
  const posts = memoryPosts(post, aPost({ id: anId(2) }))
  const subscriptions = memorySubscriptions(aSubscription(), other)

  for (const id of [anId(1), anId(2)])
    for (const subscriptionId of [anId(101), anId(102)])
      await emailSubscriber(
        { event: anEvent('BlogPostCreated', aPost({ id })), subscriptionId },
        { ...rest, posts, subscriptions, mailer },
      )

  const names = mailer.tried.map(({ messageId }) => messageId)
  assert.equal(new Set(names).size, 4)
  for (const name of names) assert.match(name, /^[\w.-]+@blog\.test$/)
})

test('suppresses a mailbox that there is not, and no other', async () => {
  for (const [error, isSuppressed] of [
    [new DeliveryRefused('550 5.1.1', { code: 'NO_RESOURCE' }), true],
    [new DeliveryRefused('552 5.3.4 too big'), false],
    [Object.assign(new Error('452'), { code: 'NO_RESOURCE' }), false],
  ] as const) {
    const { mailer, subscriptions, ...rest } = ports()
    mailer.fail = error

    await assert.rejects(emailSubscriber(message, { mailer, subscriptions, ...rest }), error)

    assert.equal(await subscriptions.isSuppressed('email', 'Reader@example.org'), isSuppressed)
    assert.equal(subscriptions.all().length, isSuppressed ? 0 : 1)
  }
})

test('sends nothing of any kind to a mailbox that was suppressed', async () => {
  const { mailer, subscriptions, ...rest } = ports()
  await subscriptions.suppress('email', 'reader@example.org')

  await emailSubscriber(message, { mailer, subscriptions, ...rest })

  assert.deepEqual(mailer.tried, [])
})
