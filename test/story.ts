/** Holds what a reader was shown against what authors did: nothing missing, nothing twice, in order. */
import assert from 'node:assert/strict'
import type { Change } from './socket.ts'

export interface Story {
  /** All the titles that the post has had, in order. */
  readonly titles: readonly string[]
  readonly isRemoved: boolean
}

/** `stories` is by post id and holds every post that there was. */
export function assertStories(
  changes: readonly Change[],
  stories: ReadonlyMap<string, Story>,
): void {
  assert.equal(new Set(changes.map(({ cursor }) => cursor)).size, changes.length, 'none twice')
  const shown = Map.groupBy(changes, ({ post }) => post.id)
  assert.deepEqual([...shown.keys()].toSorted(), [...stories.keys()].toSorted(), 'the posts')
  for (const [id, { titles, isRemoved }] of stories) {
    const seen = shown.get(id) ?? []
    const last = seen.at(-1)
    const label = `post ${id}: ${seen.map(({ eventName, post }) => `${eventName} ${post.title}`)}`
    assert.deepEqual(
      seen.map(({ eventName }) => eventName),
      [
        'INSERT',
        ...Array(seen.length - (isRemoved ? 2 : 1)).fill('MODIFY'),
        ...(isRemoved ? ['REMOVE'] : []),
      ],
      label,
    )
    const told = seen
      .filter(({ eventName }) => eventName !== 'REMOVE')
      .map(({ post }) => post.title)
    assert.deepEqual(
      told.filter((title, at) => title !== told[at - 1]),
      titles,
      label,
    )
    assert.equal(seen[0]?.post.entities, undefined, `${label}: shown before it was looked through`)
    if (!isRemoved) assert.ok(last?.post.entities, `${label}: in the end with its entities`)
  }
}
