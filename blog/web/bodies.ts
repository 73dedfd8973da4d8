/**
 * The bodies of posts as HTML. Markdown is loaded when the first one is shown, and what was made is kept for
 * as long as there is room: most readers read what is new.
 */
import { raw } from 'hono/html'
import type { Post } from '../post.ts'
import type { Html } from './layout.ts'

export type Bodies = (post: Pick<Post, 'id' | 'body'>) => Promise<Html>

/** In UTF-16 units, texts and HTML together. */
const room = 4_000_000

export function bodies(site: string, most = room): Bodies {
  const kept = new Map<Post['id'], { readonly body: string; readonly html: string }>()
  const sizeOf = (id: Post['id']): number => {
    const one = kept.get(id)
    return one ? one.body.length + one.html.length : 0
  }
  let size = 0

  return async ({ id, body }) => {
    const known = kept.get(id)
    const { markdown } = known?.body === body ? { markdown: null } : await import('./markdown.ts')
    const html = markdown ? markdown(body, site) : (known?.html ?? '')
    // To the end of the line of those that make room.
    size -= sizeOf(id)
    kept.delete(id)
    kept.set(id, { body, html })
    size += sizeOf(id)
    for (const oldest of kept.keys()) {
      if (size <= most) break
      size -= sizeOf(oldest)
      kept.delete(oldest)
    }
    return raw(html)
  }
}
