/**
 * A draft becomes a post in three commits, because the two tables may stand in different places:
 *
 * 1. the draft is `publishing`: its words are fixed, the id of its post is, and it is due at once,
 * 2. the post is stored with its BlogPostCreated (what create-post does), under a key of the draft's own,
 * 3. the draft is `published`: its words go, and for a day it says which post it has become.
 *
 * A crash before 1 leaves a draft. One between 1 and 2, or 2 and 3, leaves one that is due, and the next
 * minute's publish-due-drafts goes on with it; so does whoever publishes it again. Each of them makes the
 * post of 1, under its key: it is stored once. It is never two posts, and until 2 is on disk the words
 * are in the draft.
 */
import type { Clock } from '@busbar/event-bus'
import { DraftError, published, publishing, type Revisions, type SavedDraft } from '../draft.ts'
import { blogPostCreated } from '../events.ts'
import type { Drafts, Ids, Posts } from '../ports.ts'
import type { Draft, Post, StoredPost } from '../post.ts'

export interface PublishDraft {
  readonly id: SavedDraft['id']
  /** In place of the words that it has. */
  readonly draft?: Draft | undefined
  readonly revisions: Revisions
}

/**
 * Answers as soon as the post is stored; asked again, by the same post. Throws `DraftNotFound`,
 * `RevisionConflict`, `DraftIncomplete`, and `DraftPublished` when the post is deleted by now.
 */
export async function publishDraft(
  { id, draft, revisions }: PublishDraft,
  {
    drafts,
    posts,
    ids,
    clock,
  }: { drafts: Drafts; posts: Posts; ids: Pick<Ids, 'next'>; clock: Clock },
): Promise<StoredPost> {
  const [own, at] = [ids.next(), clock.now().toISOString()]
  const fixed = await drafts.change(id, (found) =>
    publishing(found, { draft, revisions }, { postId: own, at }),
  )
  const postId = fixed.postId as Post['id']
  // Somebody was here before, a moment ago or longer than keys are kept.
  const known = postId === own ? null : await posts.find(postId)
  if (known && fixed.status === 'published') return known
  const isDeleted =
    fixed.status === 'published' ||
    (postId !== own && known === null && (await posts.wasRemoved(postId)))
  if (isDeleted) {
    await drafts.change(id, (found) => published(found, at))
    throw new DraftError('DraftPublished', `Draft ${id} was published, and its post deleted`)
  }

  const { author, title, body, topic, savedAt } = fixed
  const post: Post = { id: postId, createdAt: savedAt, author, title, body, topic }
  const stored =
    known ??
    (await posts.create(post, [blogPostCreated(post)], {
      // No request can have this key: theirs are without line breaks.
      ...{ key: `draft\n${id}`, fingerprint: postId },
    }))
  await drafts.change(id, (found) => published(found, at))
  return stored
}
