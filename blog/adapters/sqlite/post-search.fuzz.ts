import assert from 'node:assert/strict'
import { test } from 'node:test'
import { migrate, openDatabase } from '@busbar/event-bus/adapters/sqlite/database'
import fc from 'fast-check'
import type { Posts } from '../../ports.ts'
import type { Post } from '../../post.ts'
import { anId, aPost, memoryPosts, someEntities } from '../../testing.ts'
import { migrations } from './migrations.ts'
import { postSearch } from './post-search.ts'

/** Texts in which FTS5's language, quotes and letters of all kinds meet. */
const piece = fc.constantFrom(
  ...['rain', 'Rain', 'rai', 'Ráin', 'spain', 'AND', 'OR', 'NOT', 'NEAR', 'words', ' ', ' ', ' '],
  ...['"', "'", '*', '^', ':', '(', ')', '{', '}', '+', '-', ',', '\\', '\0', '\ud800', '東', 'é'],
)
const text = fc.oneof(
  fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 30 }),
)

interface Row {
  readonly id: string
  readonly title: string
  readonly name: string
}
/** Ids of a few moments, so that some posts share one and come in any order. */
const id = fc
  .tuple(fc.constantFrom('01900000-0000', '01900000-0010', 'ffffffff-ffff'), fc.nat(5))
  .map(([time, n]) => `${time}${anId(n).slice(13)}`)
const rows = fc.uniqueArray(fc.record<Row>({ id, title: text, name: text }), {
  selector: (row) => row.id,
  maxLength: 12,
})

test('SQLite finds, for whatever is asked, what looking at each post finds', async () => {
  await fc.assert(
    fc.asyncProperty(
      rows,
      rows,
      text,
      fc.integer({ min: 1, max: 4 }),
      async (old, later, query, limit) => {
        const { search, write, mentioning, insert } = table(old)
        const kept = new Map(old.map((row) => [row.id, row]))
        for (const row of later) {
          const before = kept.get(row.id)
          // What was there is changed by those that come, and goes when they say nothing.
          const isGone = before !== undefined && row.title === ''
          write(before ? postOf(before) : null, isGone ? null : postOf(row))
          insert(row.id, isGone ? null : postOf(row))
          if (isGone) kept.delete(row.id)
          else kept.set(row.id, row)
        }
        const model = memoryPosts(...[...kept.values()].map(postOf))
        const name = later[0]?.name ?? query
        assert.deepEqual(
          await paged((page) => search({ query, limit, ...page })),
          await paged((page) => model.search({ query, limit, ...page })),
        )
        assert.deepEqual(
          await paged((page) => mentioning({ name, limit, ...page })),
          await paged((page) => model.mentioning({ name, limit, ...page })),
        )
      },
    ),
  )
})

const postOf = ({ id, title, name }: Row): Post =>
  aPost({
    ...{ id, title, body: '' },
    entities: someEntities({ locations: [name], persons: [name], organizations: [] }),
  })

const db = openDatabase(':memory:')
migrate(db, 'blog', migrations)

/** A table whose first rows were there before there was a search. */
function table(old: readonly Row[]) {
  for (const name of ['post', 'post_words', 'post_number', 'mention'])
    db.exec(`delete from ${name}`)
  const put = db.prepare(`
    insert or replace into post (id, created_at, author, title, body, topic, entities, revision, version)
    values (?, '', '', ?, '', '', ?, 1, 1)`)
  const remove = db.prepare('delete from post where id = ?')
  const insert = (id: string, post: Post | null) => {
    if (post) put.run(id, post.title, JSON.stringify(post.entities))
    else remove.run(id)
  }
  for (const row of old) insert(row.id, postOf(row))
  return { ...postSearch(db), insert }
}

async function paged(ask: (page: { before?: string }) => ReturnType<Posts['search']>) {
  const ids: string[] = []
  let { posts, cursor } = await ask({})
  for (let pages = 0; pages < 100; pages++) {
    ids.push(...posts.map((post) => post.id))
    if (cursor === null) return ids
    ;({ posts, cursor } = await ask({ before: cursor }))
  }
  throw new Error('The pages have no end')
}
