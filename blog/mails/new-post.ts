/** The mail that a subscriber has asked for: a new post, whole. */
import { excerpt } from '../excerpt.ts'
import type { Post } from '../post.ts'
import { html, trusted } from './html.ts'
import { letter } from './letter.ts'
import { styled } from './styles.ts'

export const newPost = (
  { author, title, body }: Pick<Post, 'author' | 'title' | 'body'>,
  its: {
    /** The body as a renderer made it. */
    readonly rendered: string
    readonly topic: string
    readonly post: string
    readonly unsubscribe: string
    readonly preferences: string
  },
) =>
  letter({
    subject: title,
    preview: excerpt(body),
    title,
    by: `by ${author}`,
    parts: [
      { text: body, html: html`<div dir="auto">${trusted(styled(its.rendered))}</div>` },
      { label: 'Read it on the blog', url: its.post },
    ],
    footer: [
      `You get this because you asked for posts about “${its.topic}”.`,
      { label: 'No more of these', url: its.unsubscribe },
      { label: 'All that you have asked for', url: its.preferences },
    ],
  })
