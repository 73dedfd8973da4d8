/** A post that is changed or deleted by its authors. */
import { html } from 'hono/html'
import type { Post } from '../post.ts'
import type { Page } from './layout.ts'
import { buttons, formPage, type PostForm } from './post-form.ts'
import { postUrl } from './shown.ts'

export interface EditPage
  extends Pick<PostForm, 'values' | 'faults' | 'notice' | 'preview' | 'theirs' | 'status'> {
  readonly id: Post['id']
  /** Which one was seen. */
  readonly revision: number
}

export const editPage = ({ id, revision, ...form }: EditPage): Page =>
  formPage({
    ...{ title: 'Edit', action: `${postUrl(id)}/edit`, hidden: { revision: String(revision) } },
    buttons: html`${buttons(['save', 'Save'], ['preview', 'Preview'])}
<a href="${postUrl(id)}">Leave it as it is</a>`,
    unsaid: 'It is not changed yet.',
    ...form,
  })

export interface DeletePage {
  /** Where it stands. */
  readonly path: string
  readonly kind: 'post' | 'draft'
  readonly title: string
  readonly revision: number
  /** Somebody has changed it since it was asked for. */
  readonly isChanged?: boolean
}

export const deletePage = ({ path, kind, title, revision, isChanged }: DeletePage): Page => ({
  title: `Delete a ${kind}`,
  ...(isChanged && { status: 409 }),
  main: html`<h1>Delete “${title || 'Untitled'}”?</h1>
${isChanged && html`<p class="fault" role="alert">It was changed since you asked for this. <a href="${path}">Look at it</a> before you delete it.</p>`}
<p>${kind === 'post' ? 'Readers who have it open see it go; mails about it that still wait are not sent.' : 'Its words are in no other place.'} It does not come back.</p>
<form method="post" action="${path}/delete">
<input type="hidden" name="revision" value="${revision}">
<div class="actions"><button class="danger">Delete</button> <a href="${path}">Keep it</a></div>
</form>`,
})
