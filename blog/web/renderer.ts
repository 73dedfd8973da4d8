/** The bodies of posts as HTML, for pages and for mails. Markdown is loaded when the first one is shown. */

import type { Renderer } from '../ports.ts'
import type { Post } from '../post.ts'
import { kept } from './kept.ts'

type Body = Pick<Post, 'id' | 'body'>

export function renderer(site: string): Renderer {
  let loaded: Promise<(post: Body) => string> | null = null
  const load = async () => {
    const { markdown } = await import('./markdown.ts')
    return kept(
      ({ body }: Body) => markdown(body, site),
      (a, b) => a.body === b.body,
    )
  }
  return {
    async html({ id, body }) {
      loaded ??= load()
      return (await loaded)({ id, body })
    },
  }
}
