import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PostChange } from '../events.ts'
import { anEvent, anId, aPost, blogPorts } from '../testing.ts'
import { pushToBrowsers } from './push-to-browsers.ts'

test("shows the change under the event's id, the cursor to come back with", async () => {
  const { connections, ...rest } = blogPorts()
  const change: PostChange = { eventName: 'INSERT', keys: { id: anId(1) }, newImage: aPost() }

  await pushToBrowsers(anEvent('BlogPostUpdated', change, anId(7)), { connections, ...rest })

  assert.deepEqual(connections.pushed, [{ cursor: anId(7), change }])
})
