import assert from 'node:assert/strict'
import { test } from 'node:test'
import { subscriberOf } from '../preferences.ts'
import { anEvent, aSubscription, blogPorts, memorySubscriptions, plainSeal } from '../testing.ts'
import { postPreferences } from './post-preferences.ts'
import { sendPreferences } from './send-preferences.ts'

const mail = aSubscription()
const hook = aSubscription({ protocol: 'https', endpoint: 'https://hooks.example/a' })
const requested = anEvent('PreferencesRequested', { subscriptionId: mail.id })
const ports = (...all: readonly (typeof mail)[]) => ({
  ...blogPorts(),
  subscriptions: memorySubscriptions(...all),
})
const link = /https:\/\/blog\.test\/subscriptions\/preferences\/([\w.-]+)/

test('mails the link to the mailbox that it is for', async () => {
  const { mailer, ...rest } = ports(mail)

  await sendPreferences(requested, { mailer, ...rest })

  assert.equal(mailer.sent.length, 1)
  assert.equal(mailer.sent[0]?.to, mail.endpoint)
  const [, sealed = ''] = link.exec(mailer.sent[0]?.text ?? '') ?? []
  const { protocol, endpoint } = mail
  assert.deepEqual(await subscriberOf(sealed, plainSeal()), { protocol, endpoint })
})

test('posts the link to the webhook that it is for', async () => {
  const { http, ...rest } = ports(hook)

  await postPreferences(requested, { http, ...rest })

  assert.deepEqual(
    http.requests.map(({ url }) => url),
    [hook.endpoint],
  )
  const { type, data } = JSON.parse(http.requests[0]?.body ?? '')
  assert.equal(type, 'subscription.preferences')
  const [, sealed = ''] = link.exec(data.preferencesUrl) ?? []
  const { protocol, endpoint } = hook
  assert.deepEqual(await subscriberOf(sealed, plainSeal()), { protocol, endpoint })
})

test('neither sends what is the other’s, nor to who has not confirmed', async () => {
  const pending = { status: 'pending' } as const
  for (const all of [[{ ...mail, ...pending }], [{ ...hook, ...pending }], []]) {
    const uses = ports(...all)
    await sendPreferences(requested, uses)
    await postPreferences(requested, uses)
    assert.deepEqual([uses.mailer.tried, uses.http.requests], [[], []])
  }
  const hooked = ports(hook)
  await sendPreferences(requested, hooked)
  const mailed = ports(mail)
  await postPreferences(requested, mailed)
  assert.deepEqual([hooked.mailer.tried, mailed.http.requests], [[], []])
})
