/** What readers see: posts, and lists of them by age, topic, name and words. */
import type { Context } from 'hono'
import type { PostPage } from '../../../handlers/list-posts.ts'
import type { Bodies } from '../../../web/bodies.ts'
import type { Page } from '../../../web/layout.ts'
import {
  homePage,
  mentionPage,
  type PostList,
  searchPage,
  topicPage,
} from '../../../web/post-list-page.ts'
import { postPage, removedPostPage } from '../../../web/post-page.ts'
import { topicsShown } from '../../../web/shown.ts'
import { authorOf } from '../author.ts'
import type { HttpRoute } from '../http-route.ts'
import { queryOf } from '../input.ts'
import type { HttpOptions } from '../options.ts'
import { idOf, showPage } from '../page.ts'
import { invalid, refused } from '../problem.ts'
import type { Call } from '../routes.ts'
import * as schemas from '../schemas.ts'
import { panelOf } from './progress.ts'

const perPage = 20

export function readers(options: HttpOptions, bodyOf: Bodies): readonly HttpRoute[] {
  const { changes } = options
  const author = authorOf(options)
  const panelFor = panelOf(options)
  const call = options.call as Call
  const show = (c: Context, page: Page) => showPage(c, page, options)

  const listOf = async (
    c: Context,
    read: (page: { limit: number; cursor?: string | undefined }) => Promise<PostPage>,
  ): Promise<PostList> => {
    const query = schemas.check(schemas.pageQuery, queryOf(c))
    if ('faults' in query) throw invalid(query.faults)
    const { cursor } = query.value
    // Before the posts, so that no change falls between them and the first one watched.
    const watchCursor = await changes.head()
    const page = await read({ limit: perPage, cursor })
    return { ...page, watchCursor, isNewest: cursor === undefined }
  }

  return [
    {
      on: 'GET /',
      answer: async (c) => {
        const list = await listOf(c, (page) => call('GET /api/posts', page))
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
        const list = await listOf(c, (page) => call('GET /api/posts', { topic, ...page }))
        return show(c, topicPage(topic, list))
      },
    },
    {
      on: 'GET /posts/{id}',
      answer: async (c) => {
        const id = idOf(c, 'post')
        const watchCursor = await changes.head()
        try {
          const { post } = await call('GET /api/posts/{id}', { id })
          const mayEdit = (await author(c)) !== null
          const panel = await panelFor(c, post)
          return show(c, postPage(post, await bodyOf(post), watchCursor, { mayEdit, panel }))
        } catch (error) {
          if (!(error as { wasRemoved?: unknown }).wasRemoved) throw error
          return show(c, removedPostPage())
        }
      },
    },
    {
      on: 'GET /mentions/{name}',
      answer: async (c) => {
        const name = c.req.param('name') ?? ''
        if (schemas.asked.safeParse(name).data !== name)
          throw refused({ status: 404, detail: 'Nothing can have this name.' })
        const list = await listOf(c, (page) => call('GET /api/mentions', { name, ...page }))
        return show(c, mentionPage(name, list))
      },
    },
    {
      on: 'GET /search',
      answer: async (c) => {
        // Whatever was typed is an answer, not a fault: without words there is nothing to look for.
        const query = schemas.asked.safeParse(c.req.query('q') ?? '').data
        if (query === undefined) return show(c, searchPage('', null))
        const list = await listOf(c, (page) => call('GET /api/search', { query, ...page }))
        return show(c, searchPage(query, list))
      },
    },
  ]
}
