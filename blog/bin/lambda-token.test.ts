import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tokenHolder } from '../credential.ts'
import { createToken } from '../handlers/create-token.ts'
import { signIn } from '../handlers/sign-in.ts'
import { blogPorts } from '../testing.ts'
import { isAuthorsToken } from './lambda-token.ts'

const authorToken = 'a token of sixteen and more'
const ann = 'ann@example.org'

test('a token counts that an author has made, or whoever has the author token', async () => {
  const ports = blogPorts()
  const made = async (author: string) => (await createToken({ author, name: 'CI' }, ports)) ?? ''
  const options = { ...ports, authors: [ann], authorToken }

  assert.equal(await isAuthorsToken(await made(ann), options), true)
  assert.equal(await isAuthorsToken(await made(await tokenHolder(authorToken)), options), true)
  assert.equal(await isAuthorsToken(await made('bob@example.org'), options), false)
  assert.equal(await isAuthorsToken(await made(await tokenHolder('an older one')), options), false)
})

test('nothing else counts, neither a guess nor a session', async () => {
  const ports = blogPorts()
  const options = { ...ports, authors: [ann], authorToken }
  const session = (await signIn({ author: ann, before: null }, ports))?.session ?? ''

  for (const given of ['bb_guess', session, authorToken, ''])
    assert.equal(await isAuthorsToken(given, options), false, given)
})
