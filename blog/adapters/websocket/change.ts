/** A change of a post as browsers are shown it: built once, sent to all. */
import type { EventBridgeEvent } from '@busbar/event-bus'
import type { BlogPostUpdated, PostChange } from '../../events.ts'
import type { Post } from '../../post.ts'
import { allKey, blogPostUpdated, postKey, topicKey } from './frames.ts'

export interface Change {
  /** The event's id. */
  readonly cursor: string
  /** Whoever watches one of these is shown it. */
  readonly keys: readonly string[]
  readonly frame: Buffer
}

/**
 * Told to the watchers of all, of the post, of the topic it is in and of the one it was in. An event that
 * is no change of a post is for nobody, but has its place: cursors are ids of all the log's events.
 */
export function changeOf(event: EventBridgeEvent): Change {
  const cursor = event.id
  if (!isBlogPostUpdated(event)) return { cursor, keys: [], frame: Buffer.alloc(0) }
  const { eventName, keys, oldImage, newImage } = event.detail
  const topics = [newImage, oldImage].flatMap((image) => (image ? [topicKey(image.topic)] : []))
  const post = newImage ?? { id: keys.id, topic: oldImage?.topic }
  return {
    cursor,
    keys: [...new Set([allKey, postKey(keys.id), ...topics])],
    frame: blogPostUpdated(eventName, post, cursor),
  }
}

/** Anybody may put events on the bus, and one of another shape must not stop those behind it. */
function isBlogPostUpdated(event: EventBridgeEvent): event is BlogPostUpdated {
  if (event['detail-type'] !== 'BlogPostUpdated') return false
  const { eventName, keys, oldImage, newImage } = event.detail as Partial<PostChange>
  if (typeof keys?.id !== 'string') return false
  if (eventName === 'REMOVE') return newImage === undefined && isImage(oldImage)
  return (
    (eventName === 'INSERT' || eventName === 'MODIFY') &&
    isImage(newImage) &&
    (oldImage === undefined || isImage(oldImage))
  )
}

const isImage = (image: Post | undefined): image is Post => typeof image?.topic === 'string'
