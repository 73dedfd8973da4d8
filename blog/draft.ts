/**
 * A post that is not one yet, and its way to become one: `draft` → `publishing` → `published`. Pure.
 * What is being published cannot be changed any more, so that whoever goes on with it makes the same post.
 */
import type { Draft, Post } from './post.ts'

export interface SavedDraft extends Draft {
  readonly id: string
  /** ISO 8601 with milliseconds, UTC: when it is to be published by itself. Null: when somebody does it. */
  readonly publishAt: string | null
  readonly savedAt: string
  readonly revision: number
  readonly status: 'draft' | 'publishing' | 'published'
  /** Of the post that it becomes; null while it is a draft. */
  readonly postId: Post['id'] | null
}

/** What an author decides about it. Fields may be empty until it is to be published. */
export interface DraftContent {
  readonly draft: Draft
  readonly publishAt: string | null
}
export type Revisions = readonly number[] | 'any'

export type DraftErrorCode =
  | 'DraftNotFound'
  | 'DraftPublished'
  | 'DraftIncomplete'
  | 'RevisionConflict'
  | 'IdempotencyConflict'

/** Compare `code`, never `instanceof`. */
export class DraftError extends Error {
  readonly code: DraftErrorCode
  /** What is wrong with which field. */
  readonly faults: readonly { readonly field: string; readonly message: string }[]
  /** Of the post that it has become, or is becoming. */
  readonly postId: Post['id'] | null
  constructor(
    code: DraftErrorCode,
    message: string,
    { faults = [], postId = null }: Partial<Pick<DraftError, 'faults' | 'postId'>> = {},
  ) {
    super(message)
    this.name = code
    this.code = code
    this.faults = faults
    this.postId = postId
  }
}

export const draftNotFound = (id: SavedDraft['id']) =>
  new DraftError('DraftNotFound', `There is no draft ${id}`)

const fields = ['author', 'title', 'topic', 'body'] as const
const blank: Draft = { author: '', title: '', body: '', topic: '' }

export const newDraft = (
  id: SavedDraft['id'],
  { draft, publishAt }: DraftContent,
  savedAt: string,
): SavedDraft => ({
  ...{ id, ...words(draft), publishAt, savedAt, revision: 1 },
  ...{ status: 'draft', postId: null },
})

/** What there is already, when it is the same; throws when the id was used for other words. */
export function sameDraft(found: SavedDraft, wanted: SavedDraft): SavedDraft {
  if (isSame(found, wanted)) return found
  throw new DraftError('IdempotencyConflict', `Draft ${found.id} has other words`)
}

/** The same object when nothing is new. */
export function saved(
  found: SavedDraft,
  { draft, publishAt }: DraftContent,
  revisions: Revisions,
  savedAt: string,
): SavedDraft {
  const before = guarded(found, revisions)
  const after = { ...before, ...words(draft), publishAt, savedAt, revision: before.revision + 1 }
  return isSame(before, after) ? before : after
}

/**
 * On its way to be the post `postId`, as it is or with other words; as it was when it is on its way
 * already, whatever revision was seen. It is due at once: should nobody go on with it here, what is
 * due is looked for.
 */
export function publishing(
  found: SavedDraft,
  { draft, revisions }: { readonly draft?: Draft | undefined; readonly revisions: Revisions },
  { postId, at }: { readonly postId: Post['id']; readonly at: string },
): SavedDraft {
  if (found.status !== 'draft') return found
  const before = guarded(found, revisions)
  const content = words(draft ?? before)
  demandComplete(content)
  return {
    ...{ ...before, ...content, publishAt: at, savedAt: at, revision: before.revision + 1 },
    ...{ status: 'publishing', postId },
  }
}

/** The post is stored. What stays says for a day which one it is, to whoever publishes again. */
export const published = (found: SavedDraft, at: string): SavedDraft =>
  found.status === 'published'
    ? found
    : {
        ...{ ...found, ...blank, publishAt: null, savedAt: at, revision: found.revision + 1 },
        status: 'published',
      }

/** Throws what stands in the way of a change. */
export function guarded(found: SavedDraft, revisions: Revisions): SavedDraft {
  const { id, status, postId, revision } = found
  if (status !== 'draft')
    throw new DraftError('DraftPublished', `Draft ${id} was published as post ${postId}`, {
      postId,
    })
  if (revisions !== 'any' && !revisions.includes(revision))
    throw new DraftError('RevisionConflict', `Draft ${id} has been saved since you read it`)
  return found
}

/** Throws `DraftIncomplete` for a draft that cannot be a post. Lengths and characters were looked at before. */
export function demandComplete(draft: Draft): void {
  const faults = fields
    .filter((field) => draft[field].trim() === '')
    .map((field) => ({ field, message: 'must not be empty when it is published' }))
  if (faults.length > 0)
    throw new DraftError('DraftIncomplete', 'The draft is not complete yet', { faults })
}

/** What is to be published by itself must be complete, and its time must be to come. */
export function demandPublishable({ draft, publishAt }: DraftContent, now: Date): void {
  if (publishAt === null) return
  demandComplete(draft)
  if (Date.parse(publishAt) > now.getTime()) return
  const message = 'has passed: publish it now, or choose a later time'
  throw new DraftError('DraftIncomplete', 'The time to publish has passed', {
    faults: [{ field: 'publishAt', message }],
  })
}

/** Where it stands among all, which are listed backwards; null: in no list. */
export const placeOf = ({ savedAt, id, status }: SavedDraft): string | null =>
  status === 'published' ? null : `${savedAt}_${id}`

const words = ({ author, title, body, topic }: Draft): Draft => ({ author, title, body, topic })
const isSame = (a: SavedDraft, b: SavedDraft): boolean =>
  a.publishAt === b.publishAt && [...fields].every((field) => a[field] === b[field])
