/** What all pages have in common. A page works without its script, which only keeps it fresh. */
import { html } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

export type Html = ReturnType<typeof html>

export interface Page {
  readonly title: string
  readonly main: Html
  /** 200 when it is left out. */
  readonly status?: ContentfulStatusCode
  /** Whether it has the script (`client/main.ts`), which keeps it up to date. */
  readonly live?: boolean
  /** For whom does not see the page: search engines, and sites that show a link to it. */
  readonly description?: string
  /** Where it stands for everybody. A page without one is for its reader alone, and no search engine keeps it. */
  readonly path?: string
  /** ISO 8601: it is an article of that time. */
  readonly published?: string
  /** The path before `feed.rss` and `feed.atom` that say what is new here; `/` when absent. */
  readonly feeds?: { readonly path: string; readonly title: string }
}

/** Who reads, where authors sign in. */
export interface Visitor {
  /** What an author is called who has signed in; null for everybody else. */
  readonly author: string | null
}

export interface Site {
  /** Without a slash at the end. */
  readonly publicUrl: string
  readonly mailbox: boolean
  readonly webSocketUrl?: string | undefined
  /** Null where nobody signs in. */
  readonly visitor?: Visitor | null
}

const allFeeds = { path: '/', title: 'Blog' }

export const layout = (
  page: Page,
  { publicUrl, mailbox, webSocketUrl, visitor = null }: Site,
): Html => html`<!doctype html>
<html lang="en" data-live="off"${webSocketUrl !== undefined && html` data-live-url="${webSocketUrl}"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title} · Blog</title>
${about(page, publicUrl)}
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
${feedLinks(page.feeds ?? allFeeds)}
${page.live && html`<script type="module" src="/live.js"></script>`}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="masthead">
<nav aria-label="Site">
<a class="home" href="/">Blog</a>
<a href="/subscribe">Subscribe</a>
${
  (visitor === null || visitor.author !== null) &&
  html`<a href="/write">Write</a>
<a href="/drafts">Drafts</a>
${mailbox && html`<a href="/mailbox">Mailbox</a>`}`
}
${visitor && (visitor.author === null ? html`<a href="/sign-in">Sign in</a>` : html`<a href="/account">${visitor.author}</a>`)}
</nav>
${visitor && visitor.author !== null && html`<form method="post" action="/sign-out"><button name="everywhere" value="no">Sign out</button></form>`}
<form role="search" action="/search">
<label class="visually-hidden" for="site-search">Search the posts</label>
<input type="search" id="site-search" name="q" placeholder="Search" maxlength="200" enterkeyhint="search">
</form>
</header>
<main id="main" tabindex="-1">
${page.main}
</main>
<footer class="colophon">
<a href="/feed.atom">Atom feed</a>
<a href="/feed.rss">RSS feed</a>
<p role="status" aria-live="polite" data-live-status></p>
</footer>
</body>
</html>
`

/** What search engines keep of a page, and what other sites show of a link to it (Open Graph). */
function about({ title, description, path, published }: Page, publicUrl: string): Html {
  if (path === undefined) return html`<meta name="robots" content="noindex">`
  const url = `${publicUrl}${path}`
  return html`${description && html`<meta name="description" content="${description}">`}
<link rel="canonical" href="${url}">
<meta property="og:site_name" content="Blog">
<meta property="og:title" content="${title}">
<meta property="og:type" content="${published ? 'article' : 'website'}">
<meta property="og:url" content="${url}">
${description && html`<meta property="og:description" content="${description}">`}
${published && html`<meta property="article:published_time" content="${published}">`}
<meta name="twitter:card" content="summary">`
}

const feedLinks = ({
  path,
  title,
}: NonNullable<
  Page['feeds']
>): Html => html`<link rel="alternate" type="application/atom+xml" title="${title} (Atom)" href="${path}feed.atom">
<link rel="alternate" type="application/rss+xml" title="${title} (RSS)" href="${path}feed.rss">`
