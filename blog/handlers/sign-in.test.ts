import assert from 'node:assert/strict'
import { test } from 'node:test'
import { handClock } from '@busbar/event-bus/testing'
import { hashOf } from '../credential.ts'
import { anEvent, blogPorts } from '../testing.ts'
import { createToken } from './create-token.ts'
import { requestSignIn } from './request-sign-in.ts'
import { revokeToken } from './revoke-token.ts'
import { sendSignInLink } from './send-sign-in-link.ts'
import { signIn } from './sign-in.ts'
import { signOut } from './sign-out.ts'

const ann = 'ann@example.org'

function ports() {
  const made = { ...blogPorts(), clock: handClock('2026-01-01T12:00:00.000Z') }
  const requested = () => {
    const { Detail } = made.credentials.outbox.at(-1) as { readonly Detail: string }
    return anEvent('SignInRequested', JSON.parse(Detail) as { readonly id: string })
  }
  /** What the newest mail leads to. */
  const mailed = () =>
    made.mailer.sent.at(-1)?.text.match(/^https:\/\/blog\.test\/sign-in\/(\S+)$/m)?.[1] ?? ''
  return { ...made, requested, mailed }
}

test('mails an author a link that becomes a session, once', async () => {
  const given = ports()
  await requestSignIn({ email: ann, to: '/write' }, given)
  await sendSignInLink(given.requested(), given)

  assert.equal(given.mailer.sent[0]?.to, ann)
  const signedIn = await signIn({ sealed: given.mailed(), before: null }, given)

  assert.deepEqual([signedIn?.author, signedIn?.to], [ann, '/write'])
  const now = given.clock.now()
  const session = await given.credentials.find(
    'session',
    await hashOf(signedIn?.session ?? ''),
    now,
  )
  assert.equal(session?.author, ann)
  assert.equal(session?.expiresAt, '2026-01-31T12:00:00.000Z')
  assert.equal(await signIn({ sealed: given.mailed(), before: null }, given), null)
})

test('a link works for 15 minutes', async () => {
  for (const [minutes, isOpen] of [
    [14, true],
    [15, false],
  ] as const) {
    const given = ports()
    await requestSignIn({ email: ann, to: '' }, given)
    await sendSignInLink(given.requested(), given)
    await given.clock.move(minutes * 60_000)
    assert.equal((await signIn({ sealed: given.mailed(), before: null }, given)) !== null, isOpen)
  }
})

test('nobody signs in by what was sealed for something else, or by the id in the event', async () => {
  const given = ports()
  await requestSignIn({ email: ann, to: '' }, given)
  const { id } = given.requested().detail

  for (const sealed of [id, '', '.', await given.seal.seal('preview', id)])
    assert.equal(await signIn({ sealed, before: null }, given), null, sealed)
  assert.equal(given.credentials.all().length, 1)
})

test('five links of an author are open at most, and each is mailed', async () => {
  const given = ports()
  for (let n = 0; n < 7; n++) await requestSignIn({ email: ann, to: '' }, given)
  await requestSignIn({ email: 'bob@example.org', to: '' }, given)

  assert.equal(given.credentials.outbox.length, 6)
})

test('a mail that comes too late says nothing', async () => {
  const given = ports()
  await requestSignIn({ email: ann, to: '' }, given)
  await given.clock.move(15 * 60_000)

  await sendSignInLink(given.requested(), given)

  assert.deepEqual(given.mailer.tried, [])
})

test('the same mail is tried again under the same id with the same link', async () => {
  const given = ports()
  await requestSignIn({ email: ann, to: '' }, given)
  await sendSignInLink(given.requested(), given)
  await sendSignInLink(given.requested(), given)

  const [one, again] = given.mailer.tried
  assert.deepEqual(one, again)
})

test('no secret is kept: neither of a link nor of a session nor of a token', async () => {
  const given = ports()
  const signedIn = await signIn({ author: ann, before: null }, given)
  const token = await createToken({ author: ann, name: 'CI' }, given)
  await requestSignIn({ email: ann, to: '' }, given)
  await sendSignInLink(given.requested(), given)

  const kept = JSON.stringify([given.credentials.all(), given.credentials.outbox])
  for (const secret of [signedIn?.session, token, token?.slice(3), given.mailed()])
    assert.ok(secret && !kept.includes(secret), secret ?? 'none')
})

test('signing out ends one session, or all of its author', async () => {
  const given = ports()
  const sessions: string[] = []
  for (const author of [ann, ann, ann, 'bob@example.org'])
    sessions.push((await signIn({ author, before: null }, given))?.session ?? '')
  const alive = async () => given.credentials.all().filter(({ kind }) => kind === 'session').length
  const [first = '', second = ''] = sessions

  await signOut({ session: 'another', everywhere: true }, given)
  assert.equal(await alive(), 4)
  await signOut({ session: first, everywhere: false }, given)
  assert.equal(await alive(), 3)
  await signOut({ session: first, everywhere: true }, given)
  assert.equal(await alive(), 3, 'it had ended')
  await signOut({ session: second, everywhere: true }, given)
  assert.equal(await alive(), 1, 'another author stays')
})

test('whoever signs in again has another session, and the one before ends', async () => {
  const given = ports()
  const first = await signIn({ author: ann, before: null }, given)
  const second = await signIn({ author: ann, before: first?.session ?? '' }, given)

  assert.notEqual(second?.session, first?.session)
  const sessions = await given.credentials.of(ann, 'session', given.clock.now())
  assert.deepEqual(
    sessions.map(({ hash }) => hash),
    [await hashOf(second?.session ?? '')],
  )
})

test('a token is told once, known by its end, and revoked by its author alone', async () => {
  const given = ports()
  const token = await createToken({ author: ann, name: 'CI' }, given)
  const listed = () => given.credentials.of(ann, 'token', given.clock.now())

  const [kept] = await listed()
  assert.match(token ?? '', /^bb_/)
  assert.deepEqual([kept?.name, kept?.hint], ['CI', token?.slice(-4)])
  assert.equal(kept?.hash, await hashOf(token ?? ''))
  const hash = kept?.hash ?? ''
  await revokeToken({ author: 'bob@example.org', hash }, given)
  assert.equal((await listed()).length, 1)
  await revokeToken({ author: ann, hash }, given)
  assert.deepEqual(await listed(), [])
})

test('an author has 50 tokens at most', async () => {
  const given = ports()
  for (let n = 0; n < 50; n++) assert.ok(await createToken({ author: ann, name: `${n}` }, given))

  assert.equal(await createToken({ author: ann, name: 'one more' }, given), null)
})
