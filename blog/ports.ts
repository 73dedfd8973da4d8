/** All that the blog asks of the outside, on one page. Every adapter passes `ports.contract.ts`. */
import type { PutEventsRequestEntry } from '@busbar/event-bus'
import type { Credential, CredentialKind } from './credential.ts'
import type { SavedDraft } from './draft.ts'
import type { PostChange } from './events.ts'
import type { Draft, Post, PostEntities, StoredPost } from './post.ts'
import type { Announcement, Note, Noted } from './progress.ts'

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

  /** Whether a post of this id was removed; it is known as soon as the post is gone, and for ever. */
  wasRemoved(id: Post['id']): Promise<boolean>

  /** Newest first, at most `limit`, those older than the post `before`. */
  list(page: {
    readonly topic?: string | undefined
    readonly before?: Post['id'] | undefined
    readonly limit: number
  }): Promise<readonly Post[]>

  /** The topics that have posts, the one written to last first, at most `limit`. */
  topics(limit: number): Promise<readonly string[]>

  /**
   * Those whose title, body and entities together hold all words of the query, as `words.ts`
   * tells words apart; the last may be the beginning of one. No query is refused.
   */
  search(wanted: {
    readonly query: string
    readonly before?: Post['id'] | undefined
    readonly limit: number
  }): Promise<FoundPosts>

  /** Those among whose entities is the name, of whichever kind and in whichever case. */
  mentioning(wanted: {
    readonly name: string
    readonly before?: Post['id'] | undefined
    readonly limit: number
  }): Promise<FoundPosts>
}
/**
 * Newest first, at most `limit`. There may be fewer than that, even none, and more to come: a
 * store that has to look at each post stops after a while.
 */
export interface FoundPosts {
  readonly posts: readonly Post[]
  /** To go on with as `before`; null at the end. */
  readonly cursor: Post['id'] | null
}

/** The table of what lets authors in. What has expired is forgotten, and answers as if it were gone already. */
export interface Credentials {
  /**
   * Stores it and the events that it announces: both, or neither. Where its author has `most` of
   * its kind, or its hash is kept already, it stores and announces nothing and answers false.
   */
  keep(
    credential: Credential,
    announce: readonly PutEventsRequestEntry[],
    most?: number,
  ): Promise<boolean>

  find(kind: CredentialKind, hash: string, now: Date): Promise<Credential | null>

  /** Finds and removes it: of those who come at the same time, one gets it. */
  take(kind: CredentialKind, hash: string, now: Date): Promise<Credential | null>

  /** An author's, the newest first. */
  of(author: string, kind: CredentialKind, now: Date): Promise<readonly Credential[]>

  /** Nothing happens when it is gone, or somebody else's. */
  remove(author: string, kind: CredentialKind, hash: string): Promise<void>

  removeAll(author: string, kind: CredentialKind): Promise<void>
}

/** The table of drafts: what is not a post yet. `draft.ts` says what may become of a row. */
export interface Drafts {
  /**
   * Stores a new draft. One of its id that has the same words is the answer; with other words it
   * throws `IdempotencyConflict`.
   */
  create(draft: SavedDraft): Promise<SavedDraft>

  /**
   * Writes what `next` makes of the row, with nobody in between; the answer is what `next` answered.
   * The same object: nothing is written. Null: the row goes. What `next` throws is thrown, and nothing
   * is written. It may be called more than once. Throws `DraftNotFound`.
   */
  change<Next extends SavedDraft | null>(
    id: SavedDraft['id'],
    next: (found: SavedDraft) => Next,
  ): Promise<Next>

  /** Also what has been published, for about a day. */
  find(id: SavedDraft['id']): Promise<SavedDraft | null>

  /** Without those that were published: newest saved first, at most `limit`, those behind the place `before`. */
  list(page: {
    readonly before?: string | undefined
    readonly limit: number
  }): Promise<readonly SavedDraft[]>

  /** Those whose `publishAt` is not after `now`, the earliest first, at most `limit`. It may be a moment behind. */
  due(now: Date, limit: number): Promise<readonly SavedDraft[]>
}

/** The table of what the flow has done with each post. It is forgotten after a week. */
export interface Progress {
  /** That a post was announced, and to how many readers: the first time is kept. */
  announce(announcement: Announcement): Promise<void>

  /**
   * What a step has come to. What is done or skipped stays so, and its time is the first. A failure counts
   * one attempt more, and is replaced by what comes after it; the last that the retry policy allows is dead.
   */
  note(note: Note): Promise<void>

  /** As it is now, with the newest failures; these may be a moment behind. */
  of(postId: Post['id']): Promise<Noted>
}

export interface Mailer {
  /**
   * Resolves when the mail server has taken the mail. A second mail with the same `messageId` is
   * the same mail. It gives up by itself in two minutes at the most. Throws `DeliveryRefused` when the server will never take it (5xx for the
   * recipient or the message), with the code NO_RESOURCE when it says that there is no such mailbox, anything
   * else when it may.
   */
  send(mail: Mail): Promise<void>
}
export interface Mail {
  /** Without angle brackets; the same for each try. */
  readonly messageId: string
  readonly to: string
  readonly subject: string
  readonly text: string
  /** The same again as a whole document, for programs that show it: they choose one of the two. */
  readonly html: string
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
  /** Null of those that were kept before mails had it. */
  readonly html: string | null
  /** The further ones, as `List-Unsubscribe`. */
  readonly headers: Readonly<Record<string, string>>
  /** ISO 8601: when it would have been sent. */
  readonly at: string
}

/** Makes of what authors write what programs show. */
export interface Renderer {
  /** A post's body as HTML in which nothing can act, its links absolute. Each body is rendered once while there is room. */
  html(post: Pick<Post, 'id' | 'body'>): Promise<string>
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
  preferences(sealed: string): string
  signIn(sealed: string): string
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
