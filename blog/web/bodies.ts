/** The bodies of posts as HTML. Markdown is loaded when the first one is shown. */
import { raw } from 'hono/html'
import type { Post } from '../post.ts'
import { kept } from './kept.ts'
import type { Html } from './layout.ts'

type Body = Pick<Post, 'id' | 'body'>
export type Bodies = (post: Body) => Promise<Html>

export function bodies(site: string): Bodies {
  const loaded = once(async () => {
    const { markdown } = await import('./markdown.ts')
    return kept(
      ({ body }: Body) => raw(markdown(body, site)),
      (a, b) => a.body === b.body,
    )
  })
  return async ({ id, body }) => (await loaded())({ id, body })
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null
  return () => {
    made ??= make()
    return made
  }
}
