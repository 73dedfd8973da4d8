/** One post, to be read; people, places and organisations appear when they are recognised. */
import { html } from 'hono/html'
import type { Post } from '../post.ts'
import type { Page } from './layout.ts'
import { wholePost } from './post-article.ts'

export const postPage = (post: Post, watchCursor: string): Page => ({
  title: post.title,
  live: true,
  main: html`<div data-watch-post="${post.id}" data-cursor="${watchCursor}">
${wholePost(post)}</div>`,
})
