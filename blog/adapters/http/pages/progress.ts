/** How far a post is on its way: a panel on its page while that is worth a look, and a page for longer. */
import type { Context } from 'hono'
import type { Post } from '../../../post.ts'
import type { Html } from '../../../web/layout.ts'
import { progressPage, progressPanel } from '../../../web/progress-panel.ts'
import { authorOf } from '../author.ts'
import { isKnown, tagOfText } from '../etag.ts'
import type { HttpRoute } from '../http-route.ts'
import type { HttpOptions } from '../options.ts'
import { authorsAlone, idOf, showPage } from '../page.ts'
import type { Call } from '../routes.ts'

const hourMs = 3_600_000
/** Behind that nothing is under way: what has failed so long is given up. */
const openMs = 25 * hourMs

/** For authors, while the post is young or under way. It is looked up for no other post. */
export function panelOf(options: HttpOptions): (c: Context, post: Post) => Promise<Html | null> {
  const { clock, deadLetters = null } = options
  const call = options.call as Call
  const author = authorOf(options)
  return async (c, { id, createdAt }) => {
    const age = clock.now().getTime() - Date.parse(createdAt)
    if (age > openMs || !(await author(c))) return null
    const { post, progress } = await call('GET /api/posts/{id}/progress', { id })
    return age < hourMs || !progress.isFinished
      ? progressPanel(post, progress, { deadLetters })
      : null
  }
}

export function progressPages(options: HttpOptions): readonly HttpRoute[] {
  const { deadLetters = null } = options
  const call = options.call as Call
  const answer = async (c: Context) => {
    const id = idOf(c, 'post')
    const { post, progress } = await call('GET /api/posts/{id}/progress', { id })
    const tag = await tagOfText(JSON.stringify([post.title, progress]))
    c.header('ETag', tag)
    if (isKnown(c.req.header('If-None-Match'), tag)) return c.body(null, 304)
    return showPage(c, progressPage(post, progress, { deadLetters }), options)
  }
  // No browser keeps it, so an ETag is sent by the script alone, which looks at nothing but the way.
  return [{ on: 'GET /posts/{id}/progress', answer: authorsAlone(options)(answer) }]
}
