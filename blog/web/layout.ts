/** What all pages have in common. A page works without its script, which only keeps it fresh. */
import { html } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

export type Html = ReturnType<typeof html>

export interface Page {
  readonly title: string
  readonly main: Html
  /** 200 when it is left out. */
  readonly status?: ContentfulStatusCode
  /** Whether `live.js` keeps it up to date. */
  readonly live?: boolean
}

export const layout = (
  { title, main, live = false }: Page,
  {
    mailbox,
    webSocketUrl,
  }: { readonly mailbox: boolean; readonly webSocketUrl?: string | undefined },
): Html => html`<!doctype html>
<html lang="en" data-live="off"${webSocketUrl !== undefined && html` data-live-url="${webSocketUrl}"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Blog</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
${live && html`<script type="module" src="/live.js"></script>`}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<nav aria-label="Site">
<a class="home" href="/">Blog</a>
<a href="/write">Write</a>
<a href="/subscribe">Subscribe</a>
${mailbox && html`<a href="/mailbox">Mailbox</a>`}
</nav>
</header>
<main id="main">
${main}
</main>
<footer><p role="status" aria-live="polite" data-live-status></p></footer>
</body>
</html>
`
