import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mentionKey, mentionsOf, newMentions, searchedText } from './mentions.ts'
import { aPost, someEntities } from './testing.ts'

const post = aPost({ entities: someEntities({ persons: ['Joe', 'JOE', 'spain'] }) })

test('names of all kinds are mentioned, each once in whatever case', () => {
  assert.deepEqual(mentionsOf(post), ['spain', 'joe', 'reuters'])
  assert.deepEqual(mentionsOf(aPost()), [])
})

test('a name is the same across lines and ways to write its letters, and no other is', () => {
  assert.equal(mentionKey(' New \r\n York '), mentionKey('NEW YORK'))
  assert.equal(mentionKey('Zu\u0308rich'), mentionKey('ZÜRICH'))
  for (const other of ['Zurich', 'Zürich.', 'Z ürich'])
    assert.notEqual(mentionKey(other), mentionKey('Zürich'))
})

test('no name has a line break, and none is longer than anybody asks for', () => {
  const persons = ['a\nb', '', ' \n', 'c\u2028d\ve', 'x'.repeat(201)]
  assert.deepEqual(
    mentionsOf({ entities: someEntities({ locations: [], organizations: [], persons }) }),
    [...['a b', 'c d e']],
  )
})

test('what is new are the names that the other post lacks', () => {
  const other = aPost({ entities: someEntities({ locations: ['SPAIN'], persons: ['Ada'] }) })
  assert.deepEqual(newMentions(post, other), ['joe'])
  assert.deepEqual(newMentions(other, post), ['ada'])
  assert.deepEqual(newMentions(post, null), mentionsOf(post))
  assert.deepEqual(newMentions(null, post), [])
  assert.deepEqual(newMentions(aPost(), post), [])
})

test('title, body and names are searched', () => {
  for (const part of [post.title, post.body, 'Reuters'])
    assert.ok(searchedText(post).includes(part))
})
