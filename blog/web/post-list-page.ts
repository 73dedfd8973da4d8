/** Lists of posts: all of them, those of a topic, those that mention a name or hold some words; and what there is to watch. */
import { html } from 'hono/html'
import type { Post } from '../post.ts'
import type { Html, Page } from './layout.ts'
import { postSummary, summaryTemplate } from './post-article.ts'
import { mentionUrl, topicUrl } from './shown.ts'

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
  description: 'The newest posts, with the people and places that they are about.',
  ...at('/', list),
  live: true,
  main: html`<h1>Posts</h1>
<nav aria-label="Topics" class="topics"${topics.length === 0 && html` hidden`}><ul>
${topics.map(
  (topic) => html`<li><a href="${topicUrl(topic)}">${topic}</a></li>
`,
)}</ul></nav>
${postList(list, html`data-watch-all`)}`,
})

export const topicPage = (topic: string, list: PostList): Page => ({
  title: topic,
  description: `All posts about ${topic}, the newest first.`,
  ...at(topicUrl(topic), list),
  feeds: { path: `${topicUrl(topic)}/`, title: topic },
  live: true,
  main: html`<h1>${topic}</h1>
<p><a href="/subscribe?topic=${encodeURIComponent(topic)}">Get a mail for each new post about ${topic}</a>, or its
<a href="${topicUrl(topic)}/feed.atom">feed</a>.</p>
${postList(list, html`data-watch-topic="${topic}"`)}`,
})

export const mentionPage = (name: string, list: PostList): Page => ({
  title: name,
  description: `All posts that mention ${name}, the newest first.`,
  ...at(mentionUrl(name), list),
  live: true,
  main: html`<h1>Posts that mention ${name}</h1>
${postList(list, html`data-watch-mention="${name}"`, { empty: `No post mentions ${name}.`, older: 'Search older posts' })}`,
})

/** Without a list: nothing was asked for yet. */
export const searchPage = (query: string, list: PostList | null): Page => ({
  title: list ? `Search: ${query}` : 'Search',
  live: list !== null,
  main: html`<h1>Search</h1>
<form role="search" aria-label="This page" action="/search">
<div class="field">
<label for="q">Words in title, text or names</label>
<div class="with-button"><input type="search" id="q" name="q" value="${query}" required maxlength="200">
<button>Search</button></div>
</div>
</form>
${list && postList(list, html`data-watch-search="${query}"`, { query, empty: 'No post holds all of these words.', older: 'Search older posts' })}`,
})

/** Search engines keep the first page of a list; what is on the others moves. */
const at = (path: string, { isNewest }: PostList): Pick<Page, 'path'> => (isNewest ? { path } : {})

interface Words {
  /** To be asked again for older ones. */
  readonly query?: string
  readonly empty: string
  readonly older: string
}
const inOrder: Words = { empty: 'There are no posts yet.', older: 'Older posts' }

/** A list that watches a topic loses the post that leaves it; one that watches all takes any. */
function postList(
  { posts, cursor, watchCursor, isNewest }: PostList,
  watch: Html,
  { query, empty, older }: Words = inOrder,
): Html {
  const newest = isNewest && html`data-newest`
  const first = query === undefined ? '?' : `?q=${encodeURIComponent(query)}`
  const next =
    cursor === null
      ? html`href="${first}" hidden`
      : html`href="${query === undefined ? '?' : `${first}&`}cursor=${cursor}"`
  // Who looks at each post stops after a while, so that an empty page need not be the last.
  const none = cursor !== null ? 'None yet: there are older posts to be searched.' : empty
  return html`<div class="posts" data-posts data-cursor="${watchCursor}" ${watch} ${newest}>
${posts.map(postSummary)}</div>
<p class="empty">${isNewest ? none : 'There are no older posts.'}</p>
${summaryTemplate()}
<nav aria-label="Pages" class="pages">
${!isNewest && html`<a href="${first}">Newest posts</a>`}
<a rel="next" data-older ${next}>${older}</a>
</nav>`
}
