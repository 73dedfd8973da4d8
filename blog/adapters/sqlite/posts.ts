/** Posts in SQLite. What a row has to tell is written in the transaction that writes the row. */
import type { Engine } from '@busbar/event-bus'
import type { SqliteTx } from '@busbar/event-bus/adapters/sqlite/store'
import { blogPostUpdated } from '../../events.ts'
import type { Posts } from '../../ports.ts'
import { edited, type Post, type StoredPost, textOf } from '../../post.ts'
import {
  aboveAll,
  answered,
  guarded,
  insertValues,
  isSame,
  keyExpiry,
  postStatements as statements,
  storedPost,
  updateValues,
} from '../../post-rows.ts'
import { postSearch } from './post-search.ts'

/** Its events go to the streams `<name>.outbox` and `<name>.changes`. */
export function sqlitePosts(
  db: SqliteTx,
  { transact }: Pick<Engine<SqliteTx>, 'transact'>,
  name: string,
): Posts {
  const [outbox, changes] = [`${name}.outbox`, `${name}.changes`]
  const select = db.prepare(statements.select)
  const insert = db.prepare(statements.insert)
  const update = db.prepare(statements.update)
  const remove = db.prepare(statements.remove)
  const bury = db.prepare(statements.bury)
  const buried = db.prepare(statements.buried)
  const newest = db.prepare(statements.newest)
  const newestOfTopic = db.prepare(statements.newestOfTopic)
  const newestIn = db.prepare('select max(id) as newest from post where topic = ?')
  const keepTopic = db.prepare('insert or replace into topic (topic, newest) values (?, ?)')
  const dropTopic = db.prepare('delete from topic where topic = ?')
  const topics = db.prepare('select topic from topic order by newest desc limit ?')
  const key = db.prepare(statements.key)
  const keep = db.prepare(statements.keep)
  const forget = db.prepare(`
    delete from idempotency where key in (
      select key from idempotency where expires_at <= ? order by expires_at limit 10)`)

  const { write: index, search, mentioning } = postSearch(db)

  const read = (id: Post['id']): StoredPost | null => storedPost(select.get(id))

  /** After a post came to a topic or left it. */
  function retopic(topic: Post['topic']): void {
    const newest = newestIn.get(topic)?.newest
    if (typeof newest === 'string') keepTopic.run(topic, newest)
    else dropTopic.run(topic)
  }

  return {
    create: (post, announce, idempotency) =>
      transact((_tx, append) => {
        if (idempotency) {
          const before = answered(key.get(idempotency.key, post.createdAt), idempotency.fingerprint)
          if (before) return before
        }
        const { id, createdAt, topic } = post
        const made: StoredPost = { post, revision: 1, version: 1 }
        insert.run(...insertValues(made))
        keepTopic.run(topic, id)
        index(null, post)
        if (idempotency) {
          forget.run(createdAt)
          const { key, fingerprint } = idempotency
          keep.run(key, fingerprint, JSON.stringify(made), keyExpiry(createdAt))
        }
        for (const entry of announce) append(outbox, entry)
        append(changes, blogPostUpdated(null, post))
        return made
      }),

    edit: (id, wanted, revisions, announce) =>
      transact((_tx, append) => {
        const before = guarded(id, read(id), revisions)
        const post = edited(before.post, wanted)
        if (isSame(before.post, post)) return before
        const after = { post, revision: before.revision + 1, version: before.version + 1 }
        update.run(...updateValues(after))
        index(before.post, post)
        if (post.topic !== before.post.topic) {
          retopic(before.post.topic)
          retopic(post.topic)
        }
        for (const entry of announce(before.post, post)) append(outbox, entry)
        append(changes, blogPostUpdated(before.post, post))
        return after
      }),

    remove: (id, revisions) =>
      transact((_tx, append) => {
        const { post } = guarded(id, read(id), revisions)
        remove.run(id)
        bury.run(id)
        index(post, null)
        retopic(post.topic)
        append(changes, blogPostUpdated(post, null))
      }),

    enrich: (id, { locations, persons, organizations }, foundIn) =>
      transact((_tx, append) => {
        const before = read(id)
        if (!before || textOf(before.post) !== textOf(foundIn)) return
        const post = { ...before.post, entities: { locations, persons, organizations } }
        if (isSame(before.post, post)) return
        update.run(...updateValues({ ...before, post, version: before.version + 1 }))
        index(before.post, post)
        append(changes, blogPostUpdated(before.post, post))
      }),

    async find(id) {
      return read(id)
    },
    async wasRemoved(id) {
      return buried.get(id) !== undefined
    },
    async list({ topic, before = aboveAll, limit }) {
      const rows =
        topic === undefined ? newest.all(before, limit) : newestOfTopic.all(topic, before, limit)
      return rows.map((row) => (storedPost(row) as StoredPost).post)
    },
    async topics(limit) {
      return topics.all(limit).map((row) => String(row.topic))
    },
    search,
    mentioning,
  }
}
