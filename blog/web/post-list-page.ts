/** The home page and the page of a topic: posts, the newest first, and what there is to watch. */
import { html } from 'hono/html'
import type { Post } from '../post.ts'
import type { Html, Page } from './layout.ts'
import { postSummary, summaryTemplate, topicUrl } from './post-article.ts'

export interface PostList {
  readonly posts: readonly Post[]
  /** For the next page; null on the last. */
  readonly cursor: string | null
  /** From which on the browser watches. */
  readonly watchCursor: string
  /** Whether these are the newest, so that a new post belongs on top. */
  readonly isNewest: boolean
}

export const homePage = (list: PostList, topics: readonly string[]): Page => ({
  title: 'Posts',
  live: true,
  main: html`<h1>Posts</h1>
${
  topics.length > 0 &&
  html`<nav aria-label="Topics" class="topics"><ul>
${topics.map(
  (topic) => html`<li><a href="${topicUrl(topic)}">${topic}</a></li>
`,
)}</ul></nav>`
}
${postList(list, html`data-watch-all`)}`,
})

export const topicPage = (topic: string, list: PostList): Page => ({
  title: topic,
  live: true,
  main: html`<h1>${topic}</h1>
<p><a href="/subscribe?topic=${encodeURIComponent(topic)}">Get a mail for each new post about ${topic}</a></p>
${postList(list, html`data-watch-topic="${topic}"`)}`,
})

/** A list that watches a topic loses the post that leaves it; one that watches all takes any. */
function postList({ posts, cursor, watchCursor, isNewest }: PostList, watch: Html): Html {
  const newest = isNewest && html`data-newest`
  const older = cursor === null ? html`href="?" hidden` : html`href="?cursor=${cursor}"`
  return html`<div class="posts" data-posts data-cursor="${watchCursor}" ${watch} ${newest}>
${posts.map(postSummary)}</div>
<p class="empty">${isNewest ? 'There are no posts yet.' : 'There are no older posts.'}</p>
${summaryTemplate()}
<nav aria-label="Pages" class="pages">
${!isNewest && html`<a href="?">Newest posts</a>`}
<a rel="next" data-older ${older}>Older posts</a>
</nav>`
}
