/**
 * Posts in PostgreSQL, for all nodes of a cluster. What a row has to tell is written in the transaction that
 * writes the row and holds its lock, so the changes of a post are committed in the order of its versions.
 */
import type { Engine } from '@busbar/event-bus'
import type { Database } from '@busbar/event-bus/adapters/postgres/database'
import { claim, patiently } from '@busbar/event-bus/adapters/postgres/patience'
import { numbered, questions } from '@busbar/event-bus/adapters/postgres/questions'
import type { PostgresTx } from '@busbar/event-bus/adapters/postgres/store'
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
  postStatements,
  storedPost,
  updateValues,
} from '../../post-rows.ts'
import { postSearch } from './post-search.ts'

const { select, ...shared } = numbered(postStatements)
const statements = {
  ...{ ...shared, select },
  toWrite: `${select} for update nowait`,
  forget: `delete from idempotency where key in (
    select key from idempotency where expires_at <= $1 order by expires_at limit 10
      for update skip locked)`,
  // A step of the index for each topic, however many posts it has.
  topics: `
    with recursive named (topic, newest) as (
      (select topic, id from post order by topic desc, id desc limit 1)
      union all
      select next.* from named cross join lateral (
        select p.topic, p.id from post p where p.topic < named.topic
          order by p.topic desc, p.id desc limit 1) next)
    select topic from named order by newest desc limit $1`,
} as const

/** Its events go to the streams `<name>.outbox` and `<name>.changes`. */
export function postgresPosts(
  { pool }: Pick<Database, 'pool'>,
  engine: Pick<Engine<PostgresTx>, 'transact'>,
  name: string,
): Posts {
  const [outbox, changes] = [`${name}.outbox`, `${name}.changes`]
  const transact: Engine<PostgresTx>['transact'] = (work) =>
    patiently(() => engine.transact(async (tx, append) => work(tx, append)))

  const { ask, askIn } = questions(pool, 'post', statements)
  const { write: index, search, mentioning } = postSearch({ pool })
  const toWrite = async (tx: PostgresTx, id: Post['id']) =>
    storedPost((await askIn(tx, 'toWrite', id))[0])

  return {
    create: (post, announce, idempotency) =>
      transact(async (tx, append) => {
        const made: StoredPost = { post, revision: 1, version: 1 }
        if (idempotency) {
          const { key, fingerprint } = idempotency
          await claim(tx, `idempotency ${key}`)
          const [row] = await askIn(tx, 'key', key, post.createdAt)
          const before = answered(row, fingerprint)
          if (before) return before
          await askIn(tx, 'forget', post.createdAt)
          const expiresAt = keyExpiry(post.createdAt)
          await askIn(tx, 'keep', key, fingerprint, JSON.stringify(made), expiresAt)
        }
        await askIn(tx, 'insert', ...insertValues(made))
        await index(tx, null, post)
        for (const entry of announce) append(outbox, entry)
        append(changes, blogPostUpdated(null, post))
        return made
      }),

    edit: (id, wanted, revisions, announce) =>
      transact(async (tx, append) => {
        const before = guarded(id, await toWrite(tx, id), revisions)
        const post = edited(before.post, wanted)
        if (isSame(before.post, post)) return before
        const after = { post, revision: before.revision + 1, version: before.version + 1 }
        await askIn(tx, 'update', ...updateValues(after))
        await index(tx, before.post, post)
        for (const entry of announce(before.post, post)) append(outbox, entry)
        append(changes, blogPostUpdated(before.post, post))
        return after
      }),

    remove: (id, revisions) =>
      transact(async (tx, append) => {
        const { post } = guarded(id, await toWrite(tx, id), revisions)
        await askIn(tx, 'remove', id)
        await askIn(tx, 'bury', id)
        await index(tx, post, null)
        append(changes, blogPostUpdated(post, null))
      }),

    enrich: (id, { locations, persons, organizations }, foundIn) =>
      transact(async (tx, append) => {
        const before = await toWrite(tx, id)
        if (!before || textOf(before.post) !== textOf(foundIn)) return
        const post = { ...before.post, entities: { locations, persons, organizations } }
        if (isSame(before.post, post)) return
        const after = { ...before, post, version: before.version + 1 }
        await askIn(tx, 'update', ...updateValues(after))
        await index(tx, before.post, post)
        append(changes, blogPostUpdated(before.post, post))
      }),

    find: async (id) => storedPost((await ask('select', id))[0]),
    wasRemoved: async (id) => (await ask('buried', id)).length > 0,
    async list({ topic, before = aboveAll, limit }) {
      const rows =
        topic === undefined
          ? await ask('newest', before, limit)
          : await ask('newestOfTopic', topic, before, limit)
      return rows.map((row) => (storedPost(row) as StoredPost).post)
    },
    search,
    mentioning,
    topics: async (limit) => (await ask('topics', limit)).map((row) => String(row.topic)),
  }
}
