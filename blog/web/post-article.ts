/**
 * A post on a page. `live.js` fills in the same places by their `data-field`, and clones the
 * template for a post that is new, so the shape of an article is written here alone.
 */
import { html } from 'hono/html'
import type { Post } from '../post.ts'
import type { Html } from './layout.ts'

export const topicUrl = (topic: string): string => `/topics/${encodeURIComponent(topic)}`

/** In a list: a part of the body, behind a link to the rest. */
export const postSummary = (post: Post): Html => html`<article data-post-id="${post.id}">
<h2><a data-field="title" href="/posts/${post.id}">${post.title}</a></h2>
${byline(post)}
<p class="body" data-field="excerpt">${excerpt(post.body)}</p>
${entityList(post)}
</article>
`

/** On its own page. */
export const wholePost = (post: Post): Html => html`<article data-post-id="${post.id}">
<h1 data-field="title">${post.title}</h1>
${byline(post)}
<div class="body" data-field="body">${paragraphs(post.body).map((text) => html`<p>${text}</p>`)}</div>
${entityList(post)}
</article>
`

export const summaryTemplate = (): Html => {
  const blank = { id: '', createdAt: '', author: '', title: '', body: '', topic: '' }
  return html`<template data-summary>${postSummary(blank)}</template>`
}

const byline = ({ author, createdAt, topic }: Post): Html => html`<p class="byline">
<span data-field="author">${author}</span>,
<time data-field="createdAt" datetime="${createdAt}">${createdAt && longDate(createdAt)}</time>,
about <a data-field="topic" href="${topicUrl(topic)}">${topic}</a>
</p>`

const kinds = [
  ['persons', 'person', 'People'],
  ['locations', 'location', 'Places'],
  ['organizations', 'organization', 'Organisations'],
] as const

const entityList = ({ entities }: Post): Html => html`<dl class="entities" data-field="entities">
${kinds.map(([key, kind, label]) => {
  const names = entities?.[key] ?? []
  return (
    names.length > 0 &&
    html`<div><dt>${label}</dt>${names.map((name) => html`<dd data-entity="${kind}">${name}</dd>`)}</div>`
  )
})}
</dl>`

/** Never ends between the halves of a surrogate pair. */
const excerpt = (body: string): string =>
  body.length <= 280 ? body : `${body.slice(0, 280).replace(/[\ud800-\udbff]$/, '')}…`

/** A blank line begins a new one. */
const paragraphs = (body: string): readonly string[] =>
  body.split(/\n(?:[^\S\n]*\n)+/).filter((text) => text.trim() !== '')

const dates = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'long',
  timeStyle: 'short',
  timeZone: 'UTC',
})
export const longDate = (iso: string): string => `${dates.format(new Date(iso))} UTC`
