/** What a reader is told when there is nothing to show. */
import { html } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Page } from './layout.ts'

export const errorPage = (status: ContentfulStatusCode, title: string, detail: string): Page => ({
  title,
  status,
  main: html`<h1>${title}</h1>
<p>${detail}</p>
<p><a href="/">To the newest posts</a></p>`,
})
