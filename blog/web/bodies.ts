/** The bodies of posts on pages. */
import { raw } from 'hono/html'
import type { Post } from '../post.ts'
import type { Html } from './layout.ts'
import { renderer } from './renderer.ts'

export type Bodies = (post: Pick<Post, 'id' | 'body'>) => Promise<Html>

export function bodies(site: string): Bodies {
  const { html } = renderer(site)
  return async (post) => raw(await html(post))
}
