/** One post, to be read; people, places and organisations appear when they are recognised. */
import { html } from 'hono/html'
import { excerpt } from '../excerpt.ts'
import type { Post } from '../post.ts'
import type { Html, Page } from './layout.ts'
import { wholePost } from './post-article.ts'
import { postUrl, topicUrl } from './shown.ts'

/** `mayEdit`: who reads it is an author. `panel` is what there is to be said of its way. */
export const postPage = (
  post: Post,
  body: Html,
  watchCursor: string,
  {
    mayEdit = false,
    panel = null,
  }: { readonly mayEdit?: boolean; readonly panel?: Html | null } = {},
): Page => ({
  title: post.title,
  description: excerpt(post.body),
  path: postUrl(post.id),
  published: post.createdAt,
  feeds: { path: `${topicUrl(post.topic)}/`, title: post.topic },
  live: true,
  main: html`${panel}<div data-watch-post="${post.id}" data-cursor="${watchCursor}">
${wholePost(post, body)}</div>
${mayEdit && html`<div class="actions"><a class="button secondary" href="${postUrl(post.id)}/edit">Edit</a> <a class="button danger" href="${postUrl(post.id)}/delete">Delete…</a></div>`}`,
})

/** It was there, and will not be again. */
export const removedPostPage = (): Page => ({
  title: 'This post was deleted',
  status: 410,
  main: html`<h1>This post was deleted</h1>
<p>Its author has taken it away; it will not come back.</p>
<p><a href="/">To the newest posts</a></p>`,
})
