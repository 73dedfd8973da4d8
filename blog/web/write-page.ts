/** The form of a new post. */
import { html } from 'hono/html'
import { type FieldFault, fieldOf } from './form.ts'
import type { Page } from './layout.ts'

export interface WritePage {
  readonly values: Readonly<Record<string, string>>
  readonly faults: readonly FieldFault[]
  /** Sent along, so that a form that is sent twice makes one post. */
  readonly key: string
  /** Whether writing needs the author's token. */
  readonly signIn: boolean
  readonly status?: 400 | 401 | 422
}

export function writePage({ values, faults, key, signIn, status }: WritePage): Page {
  const value = (name: string) => values[name] ?? ''
  return {
    title: 'Write',
    ...(status && { status }),
    main: html`<h1>Write a post</h1>
${faults.length > 0 && html`<p class="fault" role="alert">The post is not published yet.${faults.filter(({ field }) => field === '').map(({ message }) => ` ${message}`)}</p>`}
<form method="post" action="/write">
<input type="hidden" name="key" value="${key}">
${fieldOf({ name: 'author', label: 'Author', value: value('author'), maxLength: 100, autocomplete: 'name' }, faults)}
${fieldOf({ name: 'title', label: 'Title', value: value('title'), maxLength: 200 }, faults)}
${fieldOf({ name: 'topic', label: 'Topic', value: value('topic'), maxLength: 100 }, faults)}
${fieldOf({ name: 'body', label: 'Body', value: value('body'), maxLength: 50_000, type: 'textarea' }, faults)}
${signIn && fieldOf({ name: 'token', label: 'Author token', value: '', maxLength: 1_000, type: 'password', autocomplete: 'current-password' }, faults)}
<button>Publish</button>
</form>`,
  }
}
