import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deployment } from './deployment.ts'

test('nothing has to be said for a synthesis, and data is kept unless somebody says otherwise', () => {
  assert.deepEqual(deployment({}), {
    outdir: 'cdk.out',
    stackName: 'blog',
    mailFrom: {
      text: 'Busbar blog <blog@example.org>',
      address: 'blog@example.org',
      domain: 'example.org',
    },
    authors: [],
    publicUrl: null,
    keepsData: true,
    alarmsTo: null,
    allowAddresses: null,
  })
  assert.equal(deployment({ KEEP_DATA: 'no' }).keepsData, false)
})

test('a sender is an address, with a name or without', () => {
  const from = (MAIL_FROM: string) => deployment({ MAIL_FROM }).mailFrom
  assert.deepEqual(from('me@mail.example.org'), {
    text: 'me@mail.example.org',
    address: 'me@mail.example.org',
    domain: 'mail.example.org',
  })
  assert.equal(from('"A, B" <a.b@example.org>').address, 'a.b@example.org')
  for (const wrong of ['me', 'Me <me>', 'a@b@c.org', '<me@example.org> x'])
    assert.throws(() => from(wrong), /MAIL_FROM is .*, and has to be like/, wrong)
})

test('an address of the pages is an origin, and a setting that is none of its values is named', () => {
  const at = (PUBLIC_URL: string) => deployment({ PUBLIC_URL }).publicUrl
  assert.equal(at('https://blog.example.org/'), 'https://blog.example.org')
  for (const wrong of ['http://blog.example.org', 'https://a/b', 'blog.example.org', 'https://a?b'])
    assert.throws(() => at(wrong), /PUBLIC_URL is .*, and has to be like https:/, wrong)
  assert.throws(() => deployment({ KEEP_DATA: 'maybe' }), /KEEP_DATA is maybe, and has to be yes/)
})
