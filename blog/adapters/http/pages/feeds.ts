/** What programs read of the blog: feeds, the sitemap, and what they may visit. */
import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import type { PostPage } from '../../../handlers/list-posts.ts'
import type { Post } from '../../../post.ts'
import type { Bodies } from '../../../web/bodies.ts'
import { atom, type Feed, rss } from '../../../web/feeds.ts'
import { topicUrl } from '../../../web/post-article.ts'
import { sitemap, sitemapIndex } from '../../../web/sitemap.ts'
import { isKnown } from '../etag.ts'
import type { HttpRoute } from '../http-route.ts'
import type { HttpOptions } from '../options.ts'
import { invalid, refused } from '../problem.ts'
import type { Call } from '../routes.ts'
import * as schemas from '../schemas.ts'

const perFeed = 20
const perRead = 100
/** Of a sitemap; the protocol allows 50,000, Lambda answers of six megabytes. */
const perFile = 10_000
const mostFiles = 50
const keptMs = 10 * 60_000

export function feeds(options: HttpOptions, bodyOf: Bodies): readonly HttpRoute[] {
  const call = options.call as Call
  const site = options.publicUrl.replace(/\/$/, '')

  const formats = [
    ['feed.atom', atom, 'application/atom+xml'],
    ['feed.rss', rss, 'application/rss+xml'],
  ] as const
  const feed = async (self: string, topic?: string): Promise<Feed> => {
    const { posts } = await call('GET /api/posts', { topic, limit: perFeed })
    const entries = await Promise.all(
      posts.map(async (post) => ({ post, html: String(await bodyOf(post)) })),
    )
    const page = topic === undefined ? '/' : topicUrl(topic)
    const title = topic === undefined ? 'Blog' : `${topic} · Blog`
    const description =
      topic === undefined ? 'The newest posts.' : `The newest posts about ${topic}.`
    return { title, description, site, page, self, entries }
  }
  const feedRoutes = formats.flatMap(([name, format, type]): readonly HttpRoute[] => [
    {
      on: `GET /${name}`,
      answer: async (c) => known(c, format(await feed(`/${name}`)), type),
    },
    {
      on: `GET /topics/{topic}/${name}`,
      answer: async (c) => {
        const topic = c.req.param('topic') ?? ''
        if (schemas.topic.safeParse(topic).data !== topic)
          throw refused({ status: 404, detail: 'No topic can have this name.' })
        return known(c, format(await feed(`${topicUrl(topic)}/${name}`, topic)), type)
      },
    },
  ])

  /** The posts of one file, read in steps, and where the next one begins. */
  const file = async (before?: string) => {
    const posts: Pick<Post, 'id' | 'createdAt'>[] = []
    let cursor: string | null | undefined = before
    do {
      const limit = Math.min(perRead, perFile - posts.length)
      const page: PostPage = await call('GET /api/posts', { limit, cursor: cursor ?? undefined })
      posts.push(...page.posts.map(({ id, createdAt }) => ({ id, createdAt })))
      cursor = page.cursor
    } while (cursor !== null && posts.length < perFile)
    return { posts, cursor }
  }
  const write = async (cursor: string | undefined): Promise<string> => {
    const first = await file(cursor === 'newest' ? undefined : cursor)
    if (cursor !== undefined && cursor !== 'newest') return sitemap(site, first.posts, null)
    if (cursor === 'newest' || first.cursor === null) {
      const { topics } = await call('GET /api/topics', { limit: perRead })
      return sitemap(site, first.posts, topics)
    }
    const cursors = ['newest']
    for (let next: string | null = first.cursor; next !== null && cursors.length < mostFiles; ) {
      cursors.push(next)
      next = (await file(next)).cursor
    }
    return sitemapIndex(site, cursors)
  }
  const sitemapOf = remembered(write)

  return [
    ...feedRoutes,
    {
      on: 'GET /sitemap.xml',
      answer: async (c) => {
        const cursor = c.req.query('cursor')
        if (
          cursor !== undefined &&
          cursor !== 'newest' &&
          !schemas.postId.safeParse(cursor).success
        )
          throw invalid([{ field: 'cursor', message: 'must be one of the sitemap' }])
        return known(c, await sitemapOf(cursor), 'application/xml')
      },
    },
    {
      on: 'GET /robots.txt',
      answer: (c) =>
        c.text(`User-agent: *\nDisallow: /api/\nDisallow: /search\nSitemap: ${site}/sitemap.xml\n`),
    },
  ]
}

/** Sent again only to who has not got it yet. */
function known(c: Context, text: string, type: string): Response {
  const tag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`
  const headers = { ETag: tag, 'Content-Type': `${type}; charset=utf-8` }
  return isKnown(c.req.header('If-None-Match'), tag)
    ? c.body(null, 304, headers)
    : c.body(text, 200, headers)
}

/** Many ask for what takes many reads to write: it is written once for all of them, the last two for a while. */
function remembered(write: (key: string | undefined) => Promise<string>) {
  const kept = new Map<
    string | undefined,
    { readonly at: number; readonly text: Promise<string> }
  >()
  return (key: string | undefined): Promise<string> => {
    const now = performance.now()
    const one = kept.get(key)
    if (one && now - one.at < keptMs) return one.text
    const text = write(key)
    kept.delete(key)
    kept.set(key, { at: now, text })
    for (const oldest of kept.keys()) if (kept.size > 2) kept.delete(oldest)
    text.catch(() => kept.delete(key))
    return text
  }
}
