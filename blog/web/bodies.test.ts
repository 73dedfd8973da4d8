import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodies } from './bodies.ts'

const site = 'https://blog.example'

test('a body is made again when its text is another, and not before', async () => {
  const bodyOf = bodies(site)
  assert.equal(String(await bodyOf({ id: 'a', body: '*one*' })).trim(), '<p><em>one</em></p>')
  assert.equal(String(await bodyOf({ id: 'b', body: '*one*' })).trim(), '<p><em>one</em></p>')
  assert.equal(String(await bodyOf({ id: 'a', body: 'two' })).trim(), '<p>two</p>')
  assert.equal(String(await bodyOf({ id: 'a', body: '*one*' })).trim(), '<p><em>one</em></p>')
})

test('with no room for it a body is shown all the same', async () => {
  const bodyOf = bodies(site, 60)
  for (const body of ['x'.repeat(20), 'y'.repeat(100), 'x'.repeat(20)])
    assert.equal(String(await bodyOf({ id: body, body })).trim(), `<p>${body}</p>`)
})
