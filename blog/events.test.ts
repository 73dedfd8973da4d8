import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  blogPostCreated,
  blogPostEdited,
  blogPostUpdated,
  subscriptionRequested,
} from './events.ts'
import { aPost } from './testing.ts'

const before = aPost()
const after = aPost({ title: 'New' })
const detailOf = ({ Detail }: { readonly Detail: string }) => JSON.parse(Detail)

test('events bear the names that rules elsewhere match on', () => {
  const events = [
    blogPostCreated(before),
    blogPostEdited(after),
    blogPostUpdated(before, after),
    subscriptionRequested('1'),
  ]

  assert.deepEqual(
    events.map(({ Source, DetailType }) => [Source, DetailType]),
    [
      ['blog', 'BlogPostCreated'],
      ['blog', 'BlogPostEdited'],
      ['blog', 'BlogPostUpdated'],
      ['blog', 'SubscriptionRequested'],
    ],
  )
})

test('a created and an edited post are told as they are', () => {
  assert.deepEqual(detailOf(blogPostCreated(before)), before)
  assert.deepEqual(detailOf(blogPostEdited(after)), after)
})

test('a change has the images of the row that there are', () => {
  const keys = { id: before.id }

  assert.deepEqual(detailOf(blogPostUpdated(null, after)), {
    ...{ eventName: 'INSERT', keys, newImage: after },
  })
  assert.deepEqual(detailOf(blogPostUpdated(before, after)), {
    ...{ eventName: 'MODIFY', keys, oldImage: before, newImage: after },
  })
  assert.deepEqual(detailOf(blogPostUpdated(before, null)), {
    ...{ eventName: 'REMOVE', keys, oldImage: before },
  })
})
