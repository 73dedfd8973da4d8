/**
 * A post on a page. The script (`client/`) fills in the same places by their `data-field`, and clones the
 * template for a post that is new, so the shape of an article is written here alone.
 */
import { html } from 'hono/html'
import { excerpt } from '../excerpt.ts'
import type { Post } from '../post.ts'
import { isSamePost, kept } from './kept.ts'
import type { Html } from './layout.ts'
import { entityKinds, longDate, mentionUrl, postUrl, topicUrl } from './shown.ts'

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

/** Each name leads to all posts that mention it. */
const entityList = ({ entities }: Post): Html => html`<dl class="names" data-field="entities">
${entityKinds.map(([key, kind, label]) => {
  const names = entities?.[key] ?? []
  return (
    names.length > 0 &&
    html`<div><dt>${label}</dt>${names.map((name) => html`<dd data-entity="${kind}"><a href="${mentionUrl(name)}">${name}</a></dd>`)}</div>`
  )
})}
</dl>`
