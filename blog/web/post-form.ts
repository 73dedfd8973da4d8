/** The form in which a post is written, and what stands around it: faults, a preview, another's version. */
import { html } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Draft } from '../post.ts'
import { difference, type Line } from './difference.ts'
import { type FieldFault, fieldOf } from './form.ts'
import type { Html, Page } from './layout.ts'

export interface PostForm {
  /** What stands above it. */
  readonly title: string
  /** Where it is sent. */
  readonly action: string
  /** Sent along: a key or a revision. */
  readonly hidden: Readonly<Record<string, string>>
  readonly values: Readonly<Record<string, string>>
  readonly faults?: readonly FieldFault[] | undefined
  /** What has not happened because of the faults. */
  readonly unsaid?: string | undefined
  readonly notice?: Html | undefined
  /** The post as it will look. */
  readonly preview?: Html | undefined
  /** What somebody else has made of it. */
  readonly theirs?: Draft | undefined
  readonly buttons: Html
  /** Whether it can be published later. */
  readonly hasTime?: boolean
  /** Whether the author's token is asked for. */
  readonly signIn?: boolean
  /** Behind the form. */
  readonly below?: Html
  readonly status?: ContentfulStatusCode | undefined
}

export function formPage(form: PostForm): Page {
  const { title, action, hidden, values, faults = [], unsaid, status } = form
  const value = (name: string) => values[name] ?? ''
  const whole = faults.filter(({ field }) => field === '')
  return {
    title,
    ...(status && { status }),
    main: html`<h1>${title}</h1>
${faults.length > 0 && html`<p class="fault" role="alert">${unsaid}${whole.map(({ message }) => ` ${message}`)}</p>`}
${form.notice && html`<div class="notice" role="status">${form.notice}</div>`}
${
  form.preview &&
  html`<section aria-label="Preview" class="preview"><p class="notice">This is how it will look. Nothing is saved yet.</p>
${form.preview}</section>`
}
${form.theirs && comparison(form.theirs, values)}
<form method="post" action="${action}">
${Object.entries(hidden).map(([name, text]) => html`<input type="hidden" name="${name}" value="${text}">`)}
${fieldOf({ name: 'author', label: 'Author', value: value('author'), maxLength: 100, autocomplete: 'name' }, faults)}
${fieldOf({ name: 'title', label: 'Title', value: value('title'), maxLength: 200 }, faults)}
${fieldOf({ name: 'topic', label: 'Topic', value: value('topic'), maxLength: 100 }, faults)}
${fieldOf({ name: 'body', label: 'Body', value: value('body'), maxLength: 50_000, type: 'textarea' }, faults)}
${form.hasTime && fieldOf({ name: 'publishAt', label: 'Publish later, at (UTC)', value: value('publishAt'), maxLength: 20, type: 'datetime-local', required: false }, faults)}
${form.signIn && fieldOf({ name: 'token', label: 'Author token', value: '', maxLength: 1_000, type: 'password', autocomplete: 'current-password' }, faults)}
<div class="actions">${form.buttons}</div>
</form>
${form.below}`,
  }
}

const fields = [
  ['author', 'Author'],
  ['title', 'Title'],
  ['topic', 'Topic'],
  ['body', 'Body'],
] as const

/** Field by field, where they differ. */
function comparison(theirs: Draft, yours: Readonly<Record<string, string>>): Html {
  const differing = fields.filter(([name]) => theirs[name] !== (yours[name] ?? ''))
  return html`<section class="notice conflict" aria-labelledby="conflict">
<h2 id="conflict">It was changed meanwhile</h2>
<p>What you wrote is in the form below. What somebody else has saved since you opened it is marked here as <del>theirs</del>, what only you have as <ins>yours</ins>. Take over what you want to keep, and save: that takes the place of theirs.</p>
${differing.length === 0 && html`<p>Both of you wrote the same.</p>`}
${differing.map(
  ([name, label]) => html`<h3>${label}</h3>
<div class="difference">${folded(difference(theirs[name], yours[name] ?? '')).map(lineOf)}</div>
`,
)}</section>`
}

/** Of what both have, only what stands beside a difference. */
const beside = 2

function folded(all: readonly Line[]): readonly (Line | null)[] {
  const isNear = (at: number) =>
    all.slice(Math.max(0, at - beside), at + beside + 1).some(({ of }) => of !== 'both')
  return all
    .map((line, at) => (isNear(at) ? line : null))
    .filter((line, at, found) => line !== null || at === 0 || found[at - 1] !== null)
}

function lineOf(line: Line | null): Html {
  if (!line) return html`<span>…</span>`
  const shown = line.text === '' ? ' ' : line.text
  if (line.of === 'theirs') return html`<del>${shown}</del>`
  return line.of === 'yours' ? html`<ins>${shown}</ins>` : html`<span>${shown}</span>`
}

type Action = 'publish' | 'save' | 'schedule' | 'preview'

/**
 * The buttons of a form: what each does is said by its value. The first is the one that a browser presses
 * when somebody types Enter. One that may leave fields empty is not held up by them.
 */
export const buttons = (...all: readonly (readonly [Action, string])[]): Html =>
  html`${all.map(
    ([action, label], place) =>
      html`<button name="action" value="${action}"${place > 0 && html` class="secondary"`}${mayBeEmpty.includes(action) && html` formnovalidate`}>${label}</button>
`,
  )}`
const mayBeEmpty: readonly Action[] = ['save', 'preview']

/** As an input of times has it. */
export const timeValue = (iso: string | null): string => iso?.slice(0, 16) ?? ''
