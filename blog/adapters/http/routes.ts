/** The routes of the flow that this adapter calls, each with its handler's own types. */
import type { confirmSubscription } from '../../handlers/confirm-subscription.ts'
import type { createPost } from '../../handlers/create-post.ts'
import type { deletePost } from '../../handlers/delete-post.ts'
import type { editPost } from '../../handlers/edit-post.ts'
import type { listPosts } from '../../handlers/list-posts.ts'
import type { listTopics } from '../../handlers/list-topics.ts'
import type { showPost } from '../../handlers/show-post.ts'
import type { subscribe } from '../../handlers/subscribe.ts'
import type { unsubscribe } from '../../handlers/unsubscribe.ts'

export interface Routes {
  'POST /api/posts': typeof createPost
  'GET /api/posts': typeof listPosts
  'GET /api/posts/{id}': typeof showPost
  'PATCH /api/posts/{id}': typeof editPost
  'DELETE /api/posts/{id}': typeof deletePost
  'GET /api/topics': typeof listTopics
  'POST /api/subscriptions': typeof subscribe
  'GET /subscriptions/confirm/{token}': typeof confirmSubscription
  'POST /subscriptions/unsubscribe/{token}': typeof unsubscribe
}

export type Call = <On extends keyof Routes>(
  on: On,
  input: Parameters<Routes[On]>[0],
) => ReturnType<Routes[On]>
