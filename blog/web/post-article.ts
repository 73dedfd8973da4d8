/**
 * A post on a page. `live.js` fills in the same places by their `data-field`, and clones the
 * template for a post that is new, so the shape of an article is written here alone.
 */
import { html } from 'hono/html'
import { excerpt } from '../excerpt.ts'
import type { Post } from '../post.ts'
import { isSamePost, kept } from './kept.ts'
import type { Html } from './layout.ts'

export const postUrl = (id: Post['id']): string => `/posts/${id}`
export const topicUrl = (topic: string): string => `/topics/${encodeURIComponent(topic)}`
export const mentionUrl = (name: string): string => `/mentions/${encodeURIComponent(name)}`

/** In a list: the beginning of the body, behind a link to the rest. */
export const postSummary = kept(summaryOf, isSamePost)

function summaryOf(post: Post): Html {
  return html`<article data-post-id="${post.id}">
<h2><a data-field="title" href="${postUrl(post.id)}">${post.title}</a></h2>
${byline(post)}
<p class="excerpt" data-field="excerpt">${excerpt(post.body)}</p>
${entityList(post)}
</article>
`
}

/** On its own page; `body` is what Markdown made of the post's. */
export const wholePost = (
  post: Post,
  body: Html,
): Html => html`<article class="whole" data-post-id="${post.id}">
<h1 data-field="title">${post.title}</h1>
${byline(post)}
<div class="prose" data-field="body">
${body}</div>
${entityList(post)}
</article>
`

export const summaryTemplate = (): Html => {
  const blank = { id: '', createdAt: '', author: '', title: '', body: '', topic: '' }
  return html`<template data-summary>${summaryOf(blank)}</template>`
}

const byline = ({ author, createdAt, topic }: Post): Html => html`<p class="byline">
<span><time data-field="createdAt" datetime="${createdAt}">${createdAt && longDate(createdAt)}</time></span>
<span>by <span data-field="author">${author}</span></span>
<span>about <a data-field="topic" href="${topicUrl(topic)}">${topic}</a></span>
</p>`

const kinds = [
  ['persons', 'person', 'People'],
  ['locations', 'location', 'Places'],
  ['organizations', 'organization', 'Organisations'],
] as const

/** Each name leads to all posts that mention it. */
const entityList = ({ entities }: Post): Html => html`<dl class="names" data-field="entities">
${kinds.map(([key, kind, label]) => {
  const names = entities?.[key] ?? []
  return (
    names.length > 0 &&
    html`<div><dt>${label}</dt>${names.map((name) => html`<dd data-entity="${kind}"><a href="${mentionUrl(name)}">${name}</a></dd>`)}</div>`
  )
})}
</dl>`

const dates = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'long',
  timeStyle: 'short',
  timeZone: 'UTC',
})
export const longDate = (iso: string): string => `${dates.format(new Date(iso))} UTC`
