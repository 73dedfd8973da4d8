import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authorizer } from './lambda-authorizer.ts'
import { aContext } from './testing.ts'

const token = 'a-token-of-40-characters-or-thereabouts'
const asked = (authorization: string | undefined, is = token) =>
  authorizer(async () => is)({ headers: { authorization } }, aContext())

test('whoever has the token is authorized, and the function behind is told', async () => {
  for (const authorization of [`Bearer ${token}`, `bearer  ${token} `])
    assert.deepEqual(await asked(authorization), {
      isAuthorized: true,
      context: { isAuthorized: true },
    })
})

test('nobody else is', async () => {
  const others = [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    token,
    `Basic ${token}`,
    `Bearer ${token}x`,
    `Bearer ${token.slice(1)}`,
    `Bearer ${token.toUpperCase()}`,
    `Bearer ${token} ${token}`,
  ]
  for (const authorization of others)
    assert.deepEqual(await asked(authorization), { isAuthorized: false }, authorization)
  assert.deepEqual(await authorizer(async () => token)({}, aContext()), { isAuthorized: false })
})

test('one of the other tokens is as good, and is asked about only when it is not the token', async () => {
  const askedAbout: string[] = []
  const handler = authorizer(
    async () => token,
    async (given) => {
      askedAbout.push(given)
      return given === 'another'
    },
  )
  const isAuthorized = async (authorization: string) =>
    (await handler({ headers: { authorization } }, aContext())).isAuthorized

  assert.equal(await isAuthorized(`Bearer ${token}`), true)
  assert.equal(await isAuthorized('Bearer another'), true)
  assert.equal(await isAuthorized('Bearer wrong'), false)
  assert.equal(await isAuthorized('Basic another'), false)
  assert.deepEqual(askedAbout, ['another', 'wrong'])
})

test('an empty token authorizes nobody: it is a mistake that is told', async () => {
  await assert.rejects(asked('Bearer x', ''), /The token is empty/)
})

test('a token that was changed is the one that counts', async () => {
  let current = 'old'
  const handler = authorizer(async () => current)
  const isAuthorized = async (given: string) =>
    (await handler({ headers: { authorization: `Bearer ${given}` } }, aContext())).isAuthorized
  assert.equal(await isAuthorized('old'), true)

  current = 'new'

  assert.deepEqual([await isAuthorized('old'), await isAuthorized('new')], [false, true])
})

test('a token that cannot be read is the failure that it is', async () => {
  const handler = authorizer(async () => {
    throw new Error('No route to the secret')
  })

  await assert.rejects(
    handler({ headers: { authorization: 'Bearer x' } }, aContext()),
    /No route to the secret/,
  )
})
