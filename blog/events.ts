/**
 * What happens in the blog, in the past tense. These names are for ever: rules
 * outside this repository match on them.
 */
import type { EventBridgeEvent, PutEventsRequestEntry } from '@busbar/event-bus'
import type { Post } from './post.ts'

export const source = 'blog'

/** An author published a post. */
export type BlogPostCreated = EventBridgeEvent<'BlogPostCreated', Post>
/** An author changed the title or the body of a post. */
export type BlogPostEdited = EventBridgeEvent<'BlogPostEdited', Post>
/** The row of a post changed, for whatever reason; in DynamoDB's words. */
export type BlogPostUpdated = EventBridgeEvent<'BlogPostUpdated', PostChange>
/** Somebody asked for mail about a topic and has to confirm it. */
export type SubscriptionRequested = EventBridgeEvent<
  'SubscriptionRequested',
  { readonly subscriptionId: string }
>
/** Somebody lost the link to what is kept of a subscriber, who is to be sent another. */
export type PreferencesRequested = EventBridgeEvent<
  'PreferencesRequested',
  { readonly subscriptionId: string }
>
/** An author asked for a link to sign in by; the id alone lets nobody in. */
export type SignInRequested = EventBridgeEvent<'SignInRequested', { readonly id: string }>

export interface PostChange {
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE'
  readonly keys: { readonly id: Post['id'] }
  /** Absent on INSERT. */
  readonly oldImage?: Post
  /** Absent on REMOVE. */
  readonly newImage?: Post
  /**
   * The row's version behind the change, 1 for an INSERT, one more for each after it, also for the
   * REMOVE. Only there where what lies between the table and whoever is told may change the order.
   */
  readonly version?: number
}

export const blogPostCreated = (post: Post) => entry<BlogPostCreated>('BlogPostCreated', post)
export const blogPostEdited = (post: Post) => entry<BlogPostEdited>('BlogPostEdited', post)
export const subscriptionRequested = (subscriptionId: string) =>
  entry<SubscriptionRequested>('SubscriptionRequested', { subscriptionId })
export const preferencesRequested = (subscriptionId: string) =>
  entry<PreferencesRequested>('PreferencesRequested', { subscriptionId })
export const signInRequested = (id: string) => entry<SignInRequested>('SignInRequested', { id })

/** The change from one image of a row to the next; at least one of them is there. */
export const blogPostUpdated = (oldImage: Post | null, newImage: Post | null, version?: number) =>
  entry<BlogPostUpdated>('BlogPostUpdated', {
    eventName: oldImage ? (newImage ? 'MODIFY' : 'REMOVE') : 'INSERT',
    keys: { id: (newImage ?? (oldImage as Post)).id },
    ...(oldImage && { oldImage }),
    ...(newImage && { newImage }),
    ...(version !== undefined && { version }),
  })

const entry = <Event extends EventBridgeEvent>(
  type: Event['detail-type'],
  detail: Event['detail'],
): PutEventsRequestEntry => ({ Source: source, DetailType: type, Detail: JSON.stringify(detail) })
