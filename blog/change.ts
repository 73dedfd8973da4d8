/** A change of a post as browsers are shown it: built once, sent to all. */
import type { EventBridgeEvent } from '@busbar/event-bus'
import type { PostChange } from './events.ts'
import { allKey, blogPostUpdated, postKey, topicKey } from './frames.ts'
import type { Post } from './post.ts'

export interface Change {
  /** Where it stands in the log. */
  readonly cursor: string
  /** Whoever watches one of these is shown it. */
  readonly keys: readonly string[]
  readonly frame: Buffer
}

/**
 * Told to the watchers of all, of the post, of the topic it is in and of the one it was in. An event that
 * is no change of a post is for nobody, but has its place: cursors are ids of all the log's events.
 */
export function changeOf({ id, detail, 'detail-type': type }: EventBridgeEvent): Change {
  return type === 'BlogPostUpdated' && isPostChange(detail)
    ? shownChange(id, detail)
    : { cursor: id, keys: [], frame: Buffer.alloc(0) }
}

export const shownChange = (cursor: string, change: PostChange): Change => ({
  cursor,
  keys: keysOf(change),
  frame: blogPostUpdated(change.eventName, postOf(change), cursor),
})

export function keysOf({ keys, oldImage, newImage }: PostChange): readonly string[] {
  const topics = [newImage, oldImage].flatMap((image) => (image ? [topicKey(image.topic)] : []))
  return [...new Set([allKey, postKey(keys.id), ...topics])]
}

const postOf = ({ keys, oldImage, newImage }: PostChange): object =>
  newImage ?? { id: keys.id, topic: oldImage?.topic }

/** Anybody may put events on the bus, and one of another shape must not stop those behind it. */
export function isPostChange(detail: unknown): detail is PostChange {
  const { eventName, keys, oldImage, newImage } = (detail ?? {}) as Partial<PostChange>
  if (typeof keys?.id !== 'string') return false
  if (eventName === 'REMOVE') return newImage === undefined && isImage(oldImage)
  return (
    (eventName === 'INSERT' || eventName === 'MODIFY') &&
    isImage(newImage) &&
    (oldImage === undefined || isImage(oldImage))
  )
}

const isImage = (image: Post | undefined): image is Post => typeof image?.topic === 'string'
