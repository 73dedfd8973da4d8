/** The form of a new post. */
import { html } from 'hono/html'
import type { Page } from './layout.ts'
import { buttons, formPage, type PostForm } from './post-form.ts'

export interface WritePage
  extends Pick<
    PostForm,
    'values' | 'faults' | 'unsaid' | 'notice' | 'preview' | 'signIn' | 'status'
  > {
  /** Sent along, so that a form that is sent twice makes one post. */
  readonly key: string
}

export const writePage = ({ key, ...form }: WritePage): Page =>
  formPage({
    ...{ title: 'Write a post', action: '/write', hidden: { key }, hasTime: true },
    buttons: html`${buttons(['publish', 'Publish'], ['save', 'Save as draft'], ['schedule', 'Schedule'], ['preview', 'Preview'])}
<a href="/drafts">Drafts</a>`,
    unsaid: 'The post is not published yet.',
    ...form,
  })
