/**
 * What is new, for feed readers: RSS 2.0 and Atom (RFC 4287). A post is known by its permalink, so an edited
 * one is the same one. Their dates are those of publishing: a post does not tell when it was edited.
 */
import { excerpt } from '../excerpt.ts'
import type { Post } from '../post.ts'
import { postUrl } from './shown.ts'
import { xml } from './xml.ts'

export interface Feed {
  readonly title: string
  readonly description: string
  /** Without a slash at the end. */
  readonly site: string
  /** Of the page whose news these are, and of the feed itself. */
  readonly page: string
  readonly self: string
  readonly entries: readonly FeedEntry[]
}
export interface FeedEntry {
  readonly post: Post
  /** The body. */
  readonly html: string
}

const declaration = '<?xml version="1.0" encoding="utf-8"?>\n'
/** Of a feed that has nothing yet. */
const never = '1970-01-01T00:00:00.000Z'
const newestOf = ({ entries }: Feed): string => entries[0]?.post.createdAt ?? never

export const atom = (
  feed: Feed,
): string => `${declaration}<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
<title>${xml(feed.title)}</title>
<subtitle>${xml(feed.description)}</subtitle>
<id>${xml(feed.site + feed.page)}</id>
<link rel="self" type="application/atom+xml" href="${xml(feed.site + feed.self)}"/>
<link rel="alternate" type="text/html" href="${xml(feed.site + feed.page)}"/>
<updated>${newestOf(feed)}</updated>
${feed.entries
  .map(({ post, html }) => {
    const url = xml(feed.site + postUrl(post.id))
    return `<entry>
<title>${xml(post.title)}</title>
<id>${url}</id>
<link rel="alternate" type="text/html" href="${url}"/>
<published>${post.createdAt}</published>
<updated>${post.createdAt}</updated>
<author><name>${xml(post.author)}</name></author>
<category term="${xml(post.topic)}"/>
<summary>${xml(excerpt(post.body))}</summary>
<content type="html">${xml(html)}</content>
</entry>
`
  })
  .join('')}</feed>
`

export const rss = (
  feed: Feed,
): string => `${declaration}<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel>
<title>${xml(feed.title)}</title>
<link>${xml(feed.site + feed.page)}</link>
<description>${xml(feed.description)}</description>
<language>en</language>
<lastBuildDate>${new Date(newestOf(feed)).toUTCString()}</lastBuildDate>
<atom:link rel="self" type="application/rss+xml" href="${xml(feed.site + feed.self)}"/>
${feed.entries
  .map(({ post, html }) => {
    const url = xml(feed.site + postUrl(post.id))
    return `<item>
<title>${xml(post.title)}</title>
<link>${url}</link>
<guid isPermaLink="true">${url}</guid>
<pubDate>${new Date(post.createdAt).toUTCString()}</pubDate>
<dc:creator>${xml(post.author)}</dc:creator>
<category>${xml(post.topic)}</category>
<description>${xml(excerpt(post.body))}</description>
<content:encoded>${xml(html)}</content:encoded>
</item>
`
  })
  .join('')}</channel>
</rss>
`
