/** Posts in SQLite. What a row has to tell is written in the transaction that writes the row. */
import type { Engine } from '@busbar/event-bus'
import type { SqliteTx } from '@busbar/event-bus/adapters/sqlite/store'
import { blogPostUpdated } from '../../events.ts'
import type { Posts } from '../../ports.ts'
import { edited, type Post, PostError, type StoredPost, textOf } from '../../post.ts'

const day = 86_400_000

/** Its events go to the streams `<name>.outbox` and `<name>.changes`. */
export function sqlitePosts(
  db: SqliteTx,
  { transact }: Pick<Engine<SqliteTx>, 'transact'>,
  name: string,
): Posts {
  const [outbox, changes] = [`${name}.outbox`, `${name}.changes`]
  const select = db.prepare('select * from post where id = ?')
  const insert = db.prepare(`
    insert into post (id, created_at, author, title, body, topic, entities, revision, version)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const update = db.prepare(`
    update post set author = ?, title = ?, body = ?, topic = ?, entities = ?, revision = ?, version = ?
    where id = ?`)
  const remove = db.prepare('delete from post where id = ?')
  const newest = db.prepare('select * from post where id < ? order by id desc limit ?')
  const newestOfTopic = db.prepare(
    'select * from post where topic = ? and id < ? order by id desc limit ?',
  )
  const newestIn = db.prepare('select max(id) as newest from post where topic = ?')
  const keepTopic = db.prepare('insert or replace into topic (topic, newest) values (?, ?)')
  const dropTopic = db.prepare('delete from topic where topic = ?')
  const topics = db.prepare('select topic from topic order by newest desc limit ?')
  const key = db.prepare(
    'select fingerprint, answer from idempotency where key = ? and expires_at > ?',
  )
  const keep = db.prepare(
    'insert or replace into idempotency (key, fingerprint, answer, expires_at) values (?, ?, ?, ?)',
  )
  const forget = db.prepare(`
    delete from idempotency where key in (
      select key from idempotency where expires_at <= ? order by expires_at limit 10)`)

  const read = (id: Post['id']): StoredPost | null => stored(select.get(id))

  function store({ post, revision, version }: StoredPost): void {
    const { id, author, title, body, topic, entities } = post
    const found = entities ? JSON.stringify(entities) : null
    update.run(author, title, body, topic, found, revision, version, id)
  }

  /** After a post came to a topic or left it. */
  function retopic(topic: Post['topic']): void {
    const newest = newestIn.get(topic)?.newest
    if (typeof newest === 'string') keepTopic.run(topic, newest)
    else dropTopic.run(topic)
  }

  function guarded(id: Post['id'], revisions: readonly number[] | 'any'): StoredPost {
    const found = read(id)
    if (!found) throw new PostError('PostNotFound', `There is no post ${id}`)
    if (revisions !== 'any' && !revisions.includes(found.revision))
      throw new PostError('RevisionConflict', `Post ${id} has been edited since you read it`)
    return found
  }

  return {
    create: (post, announce, idempotency) =>
      transact((_tx, append) => {
        if (idempotency) {
          const before = key.get(idempotency.key, post.createdAt)
          if (before && before.fingerprint !== idempotency.fingerprint)
            throw new PostError(
              'IdempotencyConflict',
              'This Idempotency-Key was used for another post',
            )
          if (before) return JSON.parse(String(before.answer)) as StoredPost
        }
        const { id, createdAt, author, title, body, topic } = post
        const made: StoredPost = { post, revision: 1, version: 1 }
        insert.run(id, createdAt, author, title, body, topic, null, 1, 1)
        keepTopic.run(topic, id)
        if (idempotency) {
          forget.run(createdAt)
          const expiresAt = new Date(Date.parse(createdAt) + day).toISOString()
          keep.run(idempotency.key, idempotency.fingerprint, JSON.stringify(made), expiresAt)
        }
        for (const entry of announce) append(outbox, entry)
        append(changes, blogPostUpdated(null, post))
        return made
      }),

    edit: (id, wanted, revisions, announce) =>
      transact((_tx, append) => {
        const before = guarded(id, revisions)
        const post = edited(before.post, wanted)
        if (same(before.post, post)) return before
        const after = { post, revision: before.revision + 1, version: before.version + 1 }
        store(after)
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
        const { post } = guarded(id, revisions)
        remove.run(id)
        retopic(post.topic)
        append(changes, blogPostUpdated(post, null))
      }),

    enrich: (id, { locations, persons, organizations }, foundIn) =>
      transact((_tx, append) => {
        const before = read(id)
        if (!before || textOf(before.post) !== textOf(foundIn)) return
        const post = { ...before.post, entities: { locations, persons, organizations } }
        if (same(before.post, post)) return
        store({ ...before, post, version: before.version + 1 })
        append(changes, blogPostUpdated(before.post, post))
      }),

    async find(id) {
      return read(id)
    },
    async list({ topic, before = 'g', limit }) {
      // 'g' is above every id: they are hex digits.
      const rows =
        topic === undefined ? newest.all(before, limit) : newestOfTopic.all(topic, before, limit)
      return rows.map((row) => (stored(row) as StoredPost).post)
    },
    async topics(limit) {
      return topics.all(limit).map((row) => String(row.topic))
    },
  }
}

/** Whatever is written is put together in the order in which `stored` does it, so keys never differ by order. */
const same = (a: Post, b: Post): boolean => JSON.stringify(a) === JSON.stringify(b)

function stored(row: Readonly<Record<string, unknown>> | undefined): StoredPost | null {
  if (!row) return null
  const post: Post = {
    id: String(row.id),
    createdAt: String(row.created_at),
    author: String(row.author),
    title: String(row.title),
    body: String(row.body),
    topic: String(row.topic),
    ...(row.entities !== null && { entities: JSON.parse(String(row.entities)) }),
  }
  return { post, revision: Number(row.revision), version: Number(row.version) }
}
