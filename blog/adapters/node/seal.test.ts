import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hmacSeal } from './seal.ts'

const seal = hmacSeal(() => 'a secret')

test('what was sealed is opened, whatever it holds', async () => {
  for (const text of ['', 'reader@example.org', 'a.b.c', 'ÄÖ \u{1f600}', 'x'.repeat(1_000)])
    assert.equal(await seal.open('sign-in', await seal.seal('sign-in', text)), text)
})

test('a seal is URL-safe and the same each time', async () => {
  const sealed = await seal.seal('sign-in', '?/&+ ü')
  assert.match(sealed, /^[\w-]+\.[\w-]{43}$/)
  assert.equal(await seal.seal('sign-in', '?/&+ ü'), sealed)
})

test('a seal for another purpose, with another secret, or changed anywhere, opens nothing', async () => {
  const sealed = await seal.seal('sign-in', 'reader@example.org')

  assert.equal(await seal.open('preferences', sealed), null)
  assert.equal(await hmacSeal(() => 'another').open('sign-in', sealed), null)
  for (let at = 0; at < sealed.length; at++) {
    const other = sealed[at] === 'A' ? 'B' : 'A'
    assert.equal(
      await seal.open('sign-in', sealed.slice(0, at) + other + sealed.slice(at + 1)),
      null,
    )
  }
  for (const none of ['', '.', 'a', `${sealed}.`, `${sealed}=`, `${sealed} `, sealed.slice(0, -1)])
    assert.equal(await seal.open('sign-in', none), null, none)
})

test('a key is 32 bytes, and another for each purpose and text', async () => {
  const key = await seal.key('webhook', '1')
  assert.equal(Buffer.from(key, 'base64').length, 32)
  assert.equal(await seal.key('webhook', '1'), key)
  assert.notEqual(await seal.key('webhook', '2'), key)
  assert.notEqual(await seal.key('other', '1'), key)
})
