/** How posts stand in rows: what is asked of SQLite and PostgreSQL in the same words. `?` is the next value. */
import type { FoundPosts } from './ports.ts'
import { type Post, PostError, type StoredPost } from './post.ts'

export const postStatements = {
  select: 'select * from post where id = ?',
  insert: `
    insert into post (id, created_at, author, title, body, topic, entities, revision, version)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  update: `
    update post set author = ?, title = ?, body = ?, topic = ?, entities = ?, revision = ?, version = ?
    where id = ?`,
  remove: 'delete from post where id = ?',
  bury: 'insert into removed_post (id) values (?) on conflict do nothing',
  buried: 'select id from removed_post where id = ?',
  mentioning: `
    select post.* from mention join post on post.id = mention.id
    where name = ? and mention.id < ? order by mention.id desc limit ?`,
  newest: 'select * from post where id < ? order by id desc limit ?',
  newestOfTopic: 'select * from post where topic = ? and id < ? order by id desc limit ?',
  key: 'select fingerprint, answer from idempotency where key = ? and expires_at > ?',
  keep: `
    insert into idempotency (key, fingerprint, answer, expires_at) values (?, ?, ?, ?)
    on conflict (key) do update set fingerprint = excluded.fingerprint, answer = excluded.answer,
      expires_at = excluded.expires_at`,
} as const

/** Above every id: they are hex digits. */
export const aboveAll = 'g'

export const insertValues = ({ post, revision, version }: StoredPost) => {
  const { id, createdAt, author, title, body, topic, entities } = post
  const found = entities ? JSON.stringify(entities) : null
  return [id, createdAt, author, title, body, topic, found, revision, version] as const
}
export const updateValues = (row: StoredPost) => {
  const [id, _createdAt, ...rest] = insertValues(row)
  return [...rest, id] as const
}

export function storedPost(row: Readonly<Record<string, unknown>> | undefined): StoredPost | null {
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

/** Of rows that were asked for with one more than the limit. */
export function foundPosts(
  rows: readonly Readonly<Record<string, unknown>>[],
  limit: number,
): FoundPosts {
  const posts = rows.slice(0, limit).map((row) => (storedPost(row) as StoredPost).post)
  return { posts, cursor: rows.length > limit ? (posts.at(-1)?.id ?? null) : null }
}

/** Throws where the post is gone, or was edited since one of the revisions. */
export function guarded(
  id: Post['id'],
  found: StoredPost | null,
  revisions: readonly number[] | 'any',
): StoredPost {
  if (!found) throw new PostError('PostNotFound', `There is no post ${id}`)
  if (revisions !== 'any' && !revisions.includes(found.revision))
    throw new PostError('RevisionConflict', `Post ${id} has been edited since you read it`)
  return found
}

/** What a key was used for before; null when it is new. Throws when that was another post. */
export function answered(
  row: Readonly<Record<string, unknown>> | undefined,
  fingerprint: string,
): StoredPost | null {
  if (!row) return null
  if (row.fingerprint !== fingerprint)
    throw new PostError('IdempotencyConflict', 'This Idempotency-Key was used for another post')
  return JSON.parse(String(row.answer))
}

const day = 86_400_000
export const keyExpiry = (createdAt: string): string =>
  new Date(Date.parse(createdAt) + day).toISOString()

/** Whatever is written is put together in the order in which `storedPost` does it, so keys never differ by order. */
export const isSame = (a: Post, b: Post): boolean => JSON.stringify(a) === JSON.stringify(b)
