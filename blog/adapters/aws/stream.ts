/**
 * What the records of a table's stream say, as the events that the flow's pipes put on their buses:
 * the very entries that a table in the bus's own database tells by itself.
 */

import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { PutEventsRequestEntry } from '@busbar/event-bus'
import { blogPostUpdated } from '../../events.ts'
import { type StoredRow, storedPost } from './post-item.ts'

/** As DynamoDB writes it, and Lambda and EventBridge Pipes pass it on. */
export interface StreamRecord {
  readonly eventName?: string
  readonly dynamodb?: {
    readonly Keys?: Image
    readonly NewImage?: Image
    readonly OldImage?: Image
  }
}
type Image = Readonly<Record<string, object>>

/** The event of an outbox item; null for every other record, also for the item's own end. */
export function outboxEntry({ eventName, dynamodb }: StreamRecord): PutEventsRequestEntry | null {
  if (eventName !== 'INSERT' || !keyOf(dynamodb).startsWith('outbox#')) return null
  const { source, detailType, detail } = plain(dynamodb?.NewImage) ?? {}
  return { Source: String(source), DetailType: String(detailType), Detail: String(detail) }
}

/** `BlogPostUpdated` for the change of a post's row; null for every other record, and where nothing has changed. */
export function postChange({ dynamodb }: StreamRecord): PutEventsRequestEntry | null {
  if (!keyOf(dynamodb).startsWith('row#')) return null
  const before = storedPost(plain(dynamodb?.OldImage))
  const after = storedPost(plain(dynamodb?.NewImage))
  if (!after) return before && blogPostUpdated(before.post, null, before.version + 1)
  // A write of the same values tells a record too.
  if (before && JSON.stringify(before.post) === JSON.stringify(after.post)) return null
  return blogPostUpdated(before?.post ?? null, after.post, after.version)
}

const keyOf = (dynamodb: StreamRecord['dynamodb']): string =>
  String(plain(dynamodb?.Keys)?.pk ?? '')

const plain = (image: Image | undefined): StoredRow | null =>
  image ? unmarshall(image as never) : null
