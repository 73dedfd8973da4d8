import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anId, aPost, memoryPosts } from '../testing.ts'
import { listTopics } from './list-topics.ts'

test('answers as many topics as were asked for, the one written to last first', async () => {
  const topics = ['summer', 'winter', 'spring']
  const posts = memoryPosts(...topics.map((topic, n) => aPost({ id: anId(n), topic })))

  assert.deepEqual(await listTopics({ limit: 2 }, { posts }), { topics: ['spring', 'winter'] })
})
