/** The frames that a browser and this server send each other on `/ws`, as docs/websocket.md has them. Types alone. */
import type { Post } from './post.ts'

/** What is watched. */
export type Subject =
  | { readonly topic: string }
  | { readonly postId: string }
  | { readonly all: true }

export type ClientFrame =
  | ({ readonly action: 'watch'; readonly after?: string } & Subject)
  | ({ readonly action: 'unwatch' } & Subject)
  | { readonly action: 'ping' }

export type ServerFrame =
  | ({ readonly type: 'watching'; readonly cursor: string } & Subject)
  | ({ readonly type: 'unwatched' } & Subject)
  | ({ readonly type: 'resync'; readonly cursor: string; readonly reason: string } & Subject)
  | BlogPostUpdatedFrame
  | { readonly type: 'error'; readonly message: string }
  | { readonly type: 'pong' }

export type BlogPostUpdatedFrame = {
  readonly type: 'BlogPostUpdated'
  readonly cursor: string
} & (
  | { readonly eventName: 'INSERT' | 'MODIFY'; readonly post: Post }
  | { readonly eventName: 'REMOVE'; readonly post: Pick<Post, 'id' | 'topic'> }
)
