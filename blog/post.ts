/** A post and the rules that hold for every post. Pure. */

/** A post as everybody sees it. */
export interface Post {
  readonly id: string
  /** ISO 8601 with milliseconds, UTC. */
  readonly createdAt: string
  readonly author: string
  readonly title: string
  readonly body: string
  readonly topic: string
  /** Absent until the text has been looked at. */
  readonly entities?: PostEntities
}

/** What an author writes. */
export type Draft = Pick<Post, 'author' | 'title' | 'body' | 'topic'>

/** The names that a text holds, each once, in the order in which they appear. */
export interface PostEntities {
  readonly locations: readonly string[]
  readonly persons: readonly string[]
  readonly organizations: readonly string[]
}

/**
 * A post with its two counters. `revision` counts what authors did and guards their edits;
 * `version` counts every change, also the recogniser's, so it names one exact representation.
 */
export interface StoredPost {
  readonly post: Post
  readonly revision: number
  readonly version: number
}

export type PostErrorCode = 'PostNotFound' | 'RevisionConflict' | 'IdempotencyConflict'

/** Compare `code`, never `instanceof`. */
export class PostError extends Error {
  readonly code: PostErrorCode
  /** Of a `PostNotFound`: whether there was one, where that was asked. */
  readonly wasRemoved: boolean
  constructor(code: PostErrorCode, message: string, wasRemoved = false) {
    super(message)
    this.name = code
    this.code = code
    this.wasRemoved = wasRemoved
  }
}

/** A post after an author's changes. Entities go with the text that they were found in. */
export function edited({ entities, ...post }: Post, changes: Partial<Draft>): Post {
  const after = { ...post, ...changes }
  return entities && textOf(after) === textOf(post) ? { ...after, entities } : after
}

/** The text in which people and places are looked for. A title and a body never share a name. */
export const textOf = ({ title, body }: Pick<Post, 'title' | 'body'>): string =>
  `${title}\n\n${body}`
