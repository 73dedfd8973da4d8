/** The mail that a subscriber has asked for: a new post, whole. */
import { excerpt } from '../excerpt.ts'
import type { Post } from '../post.ts'
import { html, type Markup, trusted } from './html.ts'
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
      { text: body, html: html`<div dir="auto">${shown(its.rendered, body)}</div>` },
      { label: 'Read it on the blog', url: its.post },
    ],
    footer: [
      `You get this because you asked for posts about “${its.topic}”.`,
      { label: 'No more of these', url: its.unsubscribe },
      { label: 'All that you have asked for', url: its.preferences },
    ],
  })

/**
 * In bytes. Programs cut a mail of more than about 100 kB, and with its end goes the way to get no more of
 * them; and what Markdown makes of a table may be a hundred times of what was written.
 */
const most = 90_000

function shown(rendered: string, body: string): Markup {
  // Styles only make it longer, and it is composed anew for each of its readers.
  const whole = rendered.length <= most ? styled(rendered) : null
  return whole !== null && new TextEncoder().encode(whole).length <= most
    ? trusted(whole)
    : trusted(styled(html`<p>${excerpt(body)}</p><p>The post is too long for a mail.</p>`.markup))
}
