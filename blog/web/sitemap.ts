/** Which pages there are, for search engines: sitemaps.org's list, and its list of lists. */
import type { Post } from '../post.ts'
import { postUrl, topicUrl } from './shown.ts'
import { xml } from './xml.ts'

const declaration = '<?xml version="1.0" encoding="utf-8"?>\n'
const names = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'

export function sitemap(
  site: string,
  posts: readonly Pick<Post, 'id' | 'createdAt'>[],
  topics: readonly string[] | null,
): string {
  const lists = topics ? ['/', ...topics.map(topicUrl)] : []
  return `${declaration}<urlset ${names}>
${lists.map((path) => `<url><loc>${xml(site + path)}</loc></url>\n`).join('')}${posts
  .map(
    ({ id, createdAt }) =>
      `<url><loc>${xml(site + postUrl(id))}</loc><lastmod>${createdAt}</lastmod></url>\n`,
  )
  .join('')}</urlset>
`
}

export const sitemapIndex = (site: string, cursors: readonly string[]): string =>
  `${declaration}<sitemapindex ${names}>
${cursors
  .map((cursor) => `<sitemap><loc>${xml(`${site}/sitemap.xml?cursor=${cursor}`)}</loc></sitemap>\n`)
  .join('')}</sitemapindex>
`
