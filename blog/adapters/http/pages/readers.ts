/** What readers see: the home page, those of topics, and posts. */
import type { Context } from 'hono'
import type { Page } from '../../../web/layout.ts'
import { homePage, type PostList, topicPage } from '../../../web/post-list-page.ts'
import { postPage } from '../../../web/post-page.ts'
import type { HttpRoute } from '../http-route.ts'
import { queryOf } from '../input.ts'
import type { HttpOptions } from '../options.ts'
import { showPage } from '../page.ts'
import { invalid, refused } from '../problem.ts'
import type { Call } from '../routes.ts'
import * as schemas from '../schemas.ts'

const perPage = 20
const topicsShown = 20

export function readers(options: HttpOptions): readonly HttpRoute[] {
  const { changes } = options
  const call = options.call as Call
  const show = (c: Context, page: Page) => showPage(c, page, options)

  const listOf = async (c: Context, topic?: string): Promise<PostList> => {
    const query = schemas.check(schemas.pageQuery, queryOf(c))
    if ('faults' in query) throw invalid(query.faults)
    const { cursor } = query.value
    // Before the posts, so that no change falls between them and the first one watched.
    const watchCursor = await changes.head()
    const page = await call('GET /api/posts', { topic, limit: perPage, cursor })
    return { ...page, watchCursor, isNewest: cursor === undefined }
  }

  return [
    {
      on: 'GET /',
      answer: async (c) => {
        const list = await listOf(c)
        const { topics } = await call('GET /api/topics', { limit: topicsShown })
        return show(c, homePage(list, topics))
      },
    },
    {
      on: 'GET /topics/{topic}',
      answer: async (c) => {
        const topic = c.req.param('topic') ?? ''
        if (schemas.topic.safeParse(topic).data !== topic)
          throw refused({ status: 404, detail: 'No topic can have this name.' })
        return show(c, topicPage(topic, await listOf(c, topic)))
      },
    },
    {
      on: 'GET /posts/{id}',
      answer: async (c) => {
        const id = c.req.param('id') ?? ''
        if (!schemas.postId.safeParse(id).success)
          throw refused({ status: 404, detail: 'There is no such post.' })
        const watchCursor = await changes.head()
        const { post } = await call('GET /api/posts/{id}', { id })
        return show(c, postPage(post, watchCursor))
      },
    },
  ]
}
