/** What every table of what lets authors in has to do, said for each promise of `ports.ts`. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Credential } from './credential.ts'
import { signInRequested } from './events.ts'
import type { Credentials } from './ports.ts'
import { aCredential } from './testing.ts'

export interface CredentialsUnderTest {
  readonly credentials: Credentials
  /** The ids of the events that its outbox was told, oldest first. */
  readonly announced: () => Promise<readonly string[]>
  readonly close: () => Promise<void>
}

/** `crowd`: how many come at the same time. */
export function credentialsContract(
  name: string,
  make: () => Promise<CredentialsUnderTest>,
  { crowd }: { readonly crowd: number } = { crowd: 20 },
): void {
  const open = async (t: TestContext) => {
    const made = await make()
    t.after(made.close)
    return made
  }
  const minute = (n: number) => new Date(Date.UTC(2026, 0, 1, 12, n))
  const aLink = (n: number, fields: Partial<Credential> = {}) =>
    aCredential({
      ...{ hash: `link-${n}`, kind: 'link', author: 'ann@example.org', name: '/write' },
      ...{ createdAt: minute(n).toISOString(), expiresAt: minute(n + 15).toISOString() },
      ...fields,
    })

  test(`${name}: keeps all of it, and finds it by its kind and hash alone`, async (t) => {
    const { credentials } = await open(t)
    const link = aLink(0)
    const token = aCredential({ hash: 'token-1', kind: 'token', name: 'CI’s', hint: 'x-_9' })
    for (const one of [link, token]) assert.equal(await credentials.keep(one, []), true)

    assert.deepEqual(await credentials.find('link', 'link-0', minute(1)), link)
    assert.deepEqual(await credentials.find('token', 'token-1', minute(1)), token)
    assert.equal(await credentials.find('session', 'link-0', minute(1)), null)
    assert.equal(await credentials.take('session', 'link-0', minute(1)), null)
    assert.equal(await credentials.find('link', 'link-1', minute(1)), null)
  })

  test(`${name}: stores it together with what it announces`, async (t) => {
    const { credentials, announced } = await open(t)
    const broken = { ...signInRequested('1'), Detail: '{' }

    await assert.rejects(credentials.keep(aLink(1), [broken]))
    assert.equal(await credentials.find('link', 'link-1', minute(1)), null)
    await credentials.keep(aLink(2), [signInRequested('2')])

    assert.deepEqual(await announced(), ['2'])
  })

  test(`${name}: keeps what came first under a hash`, async (t) => {
    const { credentials, announced } = await open(t)
    await credentials.keep(aLink(1), [])

    const again = aLink(1, { author: 'bob@example.org' })
    assert.equal(await credentials.keep(again, [signInRequested('2')]), false)

    assert.deepEqual(await credentials.find('link', 'link-1', minute(1)), aLink(1))
    assert.deepEqual(await announced(), [])
  })

  test(`${name}: what has expired is gone, whether or not it was forgotten yet`, async (t) => {
    const { credentials } = await open(t)
    await credentials.keep(aLink(0), [])

    assert.ok(await credentials.find('link', 'link-0', minute(14)))
    for (const now of [minute(15), minute(16)]) {
      assert.equal(await credentials.find('link', 'link-0', now), null)
      assert.equal(await credentials.take('link', 'link-0', now), null)
      assert.deepEqual(await credentials.of('ann@example.org', 'link', now), [])
    }
  })

  test(`${name}: of those who take it at the same time, one gets it`, async (t) => {
    const { credentials } = await open(t)
    await credentials.keep(aLink(0), [], 5)

    const taken = await Promise.all(
      Array.from({ length: crowd }, () => credentials.take('link', 'link-0', minute(1))),
    )

    assert.deepEqual(
      taken.filter((one) => one !== null),
      [aLink(0)],
    )
    assert.equal(await credentials.find('link', 'link-0', minute(1)), null)
    assert.deepEqual(await credentials.of('ann@example.org', 'link', minute(1)), [])
  })

  test(`${name}: an author has so many at a time, also of those asked for together`, async (t) => {
    const { credentials, announced } = await open(t)
    const ask = (n: number, fields: Partial<Credential> = {}) =>
      credentials.keep(aLink(n, fields), [signInRequested(`${n}`)], 5)
    const at = aLink(0)
    const together = Array.from({ length: 8 }, (_, n) => ask(n, { ...at, hash: `link-${n}` }))

    const kept = (await Promise.all(together)).filter((one) => one)
    assert.equal(kept.length, 5)
    assert.equal((await announced()).length, 5)
    assert.equal((await credentials.of('ann@example.org', 'link', minute(1))).length, 5)
    assert.equal(await ask(10), false)

    assert.equal(await ask(11, { author: 'bob@example.org' }), true, 'others have their own')
    assert.equal(await ask(12, { kind: 'token' }), true, 'as other kinds do')
    const [one] = await credentials.of('ann@example.org', 'link', minute(1))
    await credentials.take('link', one?.hash ?? '', minute(1))
    assert.equal(await ask(13), true, 'one was used')
    assert.equal(await ask(14), false)
    assert.equal(await ask(15), true, 'the first have expired')
  })

  test(`${name}: lists an author's of a kind, the newest first`, async (t) => {
    const { credentials } = await open(t)
    for (const n of [2, 1, 3]) await credentials.keep(aLink(n), [])
    await credentials.keep(aLink(4, { author: 'bob@example.org' }), [])
    await credentials.keep(aLink(5, { kind: 'session' }), [])

    const listed = await credentials.of('ann@example.org', 'link', minute(3))

    assert.deepEqual(listed, [aLink(3), aLink(2), aLink(1)])
    assert.deepEqual(await credentials.of('ANN@example.org', 'link', minute(3)), [])
  })

  test(`${name}: removes one that is its author's, and all of a kind`, async (t) => {
    const { credentials } = await open(t)
    const hashes = async () =>
      (await credentials.of('ann@example.org', 'link', minute(3))).map(({ hash }) => hash)
    for (const n of [1, 2, 3]) await credentials.keep(aLink(n), [])
    await credentials.keep(aLink(4, { kind: 'session' }), [])

    await credentials.remove('bob@example.org', 'link', 'link-1')
    await credentials.remove('ann@example.org', 'session', 'link-1')
    await credentials.remove('ann@example.org', 'link', 'link-9')
    assert.deepEqual(await hashes(), ['link-3', 'link-2', 'link-1'])
    await credentials.remove('ann@example.org', 'link', 'link-2')
    assert.deepEqual(await hashes(), ['link-3', 'link-1'])
    await credentials.removeAll('ann@example.org', 'link')
    assert.deepEqual(await hashes(), [])
    assert.ok(await credentials.find('session', 'link-4', minute(4)))
  })
}
