/** What programs read of the blog: feeds, the sitemap, and what they may visit. */
import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import type { PostPage } from '../../../handlers/list-posts.ts'
import type { Post } from '../../../post.ts'
import type { Bodies } from '../../../web/bodies.ts'
import { atom, type Feed, rss } from '../../../web/feeds.ts'
import { isSamePost } from '../../../web/kept.ts'
import { topicUrl } from '../../../web/shown.ts'
import { sitemap, sitemapIndex } from '../../../web/sitemap.ts'
import { isKnown } from '../etag.ts'
import type { HttpRoute } from '../http-route.ts'
import type { HttpOptions } from '../options.ts'
import { invalid, refused } from '../problem.ts'
import { rateLimit } from '../rate-limit.ts'
import type { Call } from '../routes.ts'
import * as schemas from '../schemas.ts'

const perFeed = 20
/** Feeds that are kept as they were written, of each format. */
const mostWritten = 10
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
  const feedOf = async (posts: readonly Post[], self: string, topic?: string): Promise<Feed> => {
    const entries = await Promise.all(
      posts.map(async (post) => ({ post, html: String(await bodyOf(post)) })),
    )
    const [page, title, about] =
      topic === undefined
        ? ['/', 'Blog', '']
        : [topicUrl(topic), `${topic} · Blog`, ` about ${topic}`]
    return { title, description: `The newest posts${about}.`, site, page, self, entries }
  }
  const feedRoutes = formats.flatMap(([name, format, type]): readonly HttpRoute[] => {
    const written = new Map<string, { readonly posts: readonly Post[]; readonly feed: Written }>()
    /** Feed readers ask often, and mostly find what they have. */
    const answer = async (c: Context, topic?: string): Promise<Response> => {
      const self = `${topic === undefined ? '' : topicUrl(topic)}/${name}`
      const { posts } = await call('GET /api/posts', { topic, limit: perFeed })
      const known = written.get(self)
      if (known && isSameList(known.posts, posts)) return send(c, known.feed, type)
      const feed = tagged(format(await feedOf(posts, self, topic)))
      written.delete(self)
      written.set(self, { posts, feed })
      for (const oldest of written.keys()) if (written.size > mostWritten) written.delete(oldest)
      return send(c, feed, type)
    }
    return [
      { on: `GET /${name}`, answer: (c) => answer(c) },
      {
        on: `GET /topics/{topic}/${name}`,
        answer: (c) => {
          const topic = c.req.param('topic') ?? ''
          if (schemas.topic.safeParse(topic).data !== topic)
            throw refused({ status: 404, detail: 'No topic can have this name.' })
          return answer(c, topic)
        },
      },
    ]
  })

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
  const sitemapOf = remembered(async (cursor) => tagged(await write(cursor)))
  const answerSitemap = async (c: Context): Promise<Response> => {
    const cursor = c.req.query('cursor')
    if (cursor !== undefined && cursor !== 'newest' && !schemas.postId.safeParse(cursor).success)
      throw invalid([{ field: 'cursor', message: 'must be one of the sitemap' }])
    return send(c, await sitemapOf(cursor), 'application/xml')
  }
  // Any id of a post is a cursor, and each has ten thousand posts read.
  const limited = rateLimit(options)(answerSitemap)

  return [
    ...feedRoutes,
    {
      on: 'GET /sitemap.xml',
      answer: (c) => (c.req.query('cursor') === undefined ? answerSitemap(c) : limited(c)),
    },
    {
      on: 'GET /robots.txt',
      answer: (c) =>
        c.text(`User-agent: *\nDisallow: /api/\nDisallow: /search\nSitemap: ${site}/sitemap.xml\n`),
    },
  ]
}

interface Written {
  readonly text: string
  readonly tag: string
}
const tagged = (text: string): Written => ({
  ...{ text, tag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"` },
})

/** Only to who has not got it yet. */
function send(c: Context, { text, tag }: Written, type: string): Response {
  const headers = { ETag: tag, 'Content-Type': `${type}; charset=utf-8` }
  return isKnown(c.req.header('If-None-Match'), tag)
    ? c.body(null, 304, headers)
    : c.body(text, 200, headers)
}

const isSameList = (a: readonly Post[], b: readonly Post[]): boolean =>
  a.length === b.length && a.every((post, n) => isSamePost(post, b[n] as Post))

/**
 * Many ask for what takes many reads to write: it is written once for all of them. For a while the one without a
 * key is kept, whatever else is asked for, and the last one with a key.
 */
function remembered(write: (key: string | undefined) => Promise<Written>) {
  const kept = new Map<
    string | undefined,
    { readonly at: number; readonly text: Promise<Written> }
  >()
  return (key: string | undefined): Promise<Written> => {
    const now = performance.now()
    const one = kept.get(key)
    if (one && now - one.at < keptMs) return one.text
    const text = write(key)
    kept.delete(key)
    kept.set(key, { at: now, text })
    for (const other of kept.keys()) if (other !== undefined && other !== key) kept.delete(other)
    text.catch(() => kept.delete(key))
    return text
  }
}
