/** All that the blog asks of the outside, on one page. Every adapter passes `ports.contract.ts`. */
import type { PutEventsRequestEntry } from '@busbar/event-bus'
import type { PostChange } from './events.ts'
import type { Draft, Post, PostEntities, StoredPost } from './post.ts'

/** The table of posts. A write that changes a row tells its change stream in the same transaction. */
export interface Posts {
  /**
   * Stores a new post and the events that it announces: both, or neither. With a key, the
   * first request under it decides: asked again with the same `fingerprint` the answer is that
   * request's post as it was stored then, with another one it throws `IdempotencyConflict`.
   * Keys are kept for 24 hours.
   */
  create(
    post: Post,
    announce: readonly PutEventsRequestEntry[],
    idempotency?: { readonly key: string; readonly fingerprint: string },
  ): Promise<StoredPost>

  /**
   * Changes what an author may change, and announces what `announce` makes of the result.
   * Throws `PostNotFound`, and `RevisionConflict` when `revisions` is given and the post's is
   * not among them. A change to the same values writes and tells nothing. New text has no
   * entities until it has been looked at.
   */
  edit(
    id: Post['id'],
    changes: Partial<Draft>,
    revisions: readonly number[] | 'any',
    announce: (before: Post, after: Post) => readonly PutEventsRequestEntry[],
  ): Promise<StoredPost>

  /** Throws as `edit` does. */
  remove(id: Post['id'], revisions: readonly number[] | 'any'): Promise<void>

  /**
   * Sets the entities and nothing else, if title and body still are those they were found in.
   * Otherwise, or when the post is gone, it writes nothing: the newer text brings its own.
   */
  enrich(
    id: Post['id'],
    entities: PostEntities,
    foundIn: Pick<Post, 'title' | 'body'>,
  ): Promise<void>

  find(id: Post['id']): Promise<StoredPost | null>

  /** Newest first, at most `limit`, those older than the post `before`. */
  list(page: {
    readonly topic?: string | undefined
    readonly before?: Post['id'] | undefined
    readonly limit: number
  }): Promise<readonly Post[]>

  /** The topics that have posts, the one written to last first, at most `limit`. */
  topics(limit: number): Promise<readonly string[]>
}

export interface Mailer {
  /**
   * Resolves when the mail server has taken the mail. A second mail with the same `messageId` is
   * the same mail. It gives up by itself in two minutes at the most. Throws `DeliveryRefused` when the server will never take it (5xx for the
   * recipient or the message), anything else when it may.
   */
  send(mail: Mail): Promise<void>
}
export interface Mail {
  /** Without angle brackets; the same for each try. */
  readonly messageId: string
  readonly to: string
  readonly subject: string
  readonly text: string
  /** Where a POST ends the subscription that the mail was sent for (RFC 8058). */
  readonly unsubscribe?: string
}

/** Where mails are looked at that were kept instead of sent. */
export interface Mailbox {
  /** Newest first, at most `limit`. */
  list(limit: number): Promise<readonly KeptMail[]>
  /** Null when it was never kept, or has made room for newer ones. */
  find(messageId: string): Promise<KeptMail | null>
}
export interface KeptMail {
  readonly messageId: string
  readonly from: string
  readonly to: string
  readonly subject: string
  readonly text: string
  /** The further ones, as `List-Unsubscribe`. */
  readonly headers: Readonly<Record<string, string>>
  /** ISO 8601: when it would have been sent. */
  readonly at: string
}

/** Finds names in a text, in the shape of Amazon Comprehend's DetectEntities. */
export interface EntityRecognizer {
  /** In order of `beginOffset`, not overlapping. Text up to 100,000 UTF-16 units. */
  recognize(text: string): Promise<readonly Entity[]>
}
export interface Entity {
  readonly type: EntityType
  readonly text: string
  /** In UTF-16 units, as JavaScript counts: `text === whole.slice(beginOffset, endOffset)`. */
  readonly beginOffset: number
  readonly endOffset: number
  /** 0 to 1. */
  readonly score: number
}
export type EntityType = 'PERSON' | 'LOCATION' | 'ORGANIZATION'

/** The browsers that are listening now. */
export interface Connections {
  /**
   * Shows a change to every browser that watches the post or one of the topics it was or is in.
   * May be called more than once for a change and in any order; a browser is shown each change
   * once, in the order of cursors.
   */
  push(cursor: string, change: PostChange): Promise<void>
}

/** Where the blog's pages stand, for links in mails. */
export interface Links {
  post(id: Post['id']): string
  confirm(token: string): string
  unsubscribe(token: string): string
  /** The domain behind the @ of a Message-ID. */
  readonly host: string
}

/** Marks a text so that nobody else could have made it: links in mails, and keys that need not be kept. */
export interface Seal {
  /** The text with its mark, URL-safe; the same for the same purpose and text. It can be read by anybody. */
  seal(purpose: string, text: string): Promise<string>
  /** The text that was sealed; null when the mark is not ours, or was made for another purpose. */
  open(purpose: string, sealed: string): Promise<string | null>
  /** 32 bytes in base64 that nobody else can tell; the same for the same purpose and text. */
  key(purpose: string, text: string): Promise<string>
}

export interface Ids {
  /** Lower-case hex digits and dashes, sortable by time; that it cannot be guessed is not promised. */
  next(): string
  /** 128 random bits, URL-safe. */
  token(): string
}
