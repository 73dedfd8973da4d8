/** What a form of a post has sent: its words, its time, and which of its buttons was pressed. */
import type { Context } from 'hono'
import { html } from 'hono/html'
import type { DraftContent } from '../../../draft.ts'
import type { Draft } from '../../../post.ts'
import type { Bodies } from '../../../web/bodies.ts'
import type { Html } from '../../../web/layout.ts'
import { wholePost } from '../../../web/post-article.ts'
import { readForm } from '../body.ts'
import { pick } from '../page.ts'
import type { Fault } from '../problem.ts'
import * as schemas from '../schemas.ts'

export type Values = Readonly<Record<string, string>>
export interface Sent {
  readonly values: Values
  readonly action: 'publish' | 'save' | 'schedule' | 'preview'
  /** Which was seen; none when the form does not say. */
  readonly revisions: readonly number[]
}

const names = ['author', 'title', 'topic', 'body'] as const

/** Without a button, as a program may send it, it is `usual`. */
export async function readPostForm(c: Context, usual: Sent['action']): Promise<Sent> {
  const values = await readForm(c)
  const action = (['publish', 'save', 'schedule', 'preview'] as const).find(
    (each) => each === values.action,
  )
  return { values, action: action ?? usual, revisions: revisionsOf(values) }
}

export const revisionsOf = ({ revision = '' }: Values): readonly number[] =>
  /^\d{1,9}$/.test(revision) ? [Number(revision)] : []

type Checked<T> = { readonly value: T } | { readonly faults: readonly Fault[] }

/** All that a post needs. */
export const postIn = (values: Values): Checked<Draft> =>
  schemas.check(schemas.draft, pick(values, names))

/** Some of it, and when it is to be published: only what is to be scheduled has a time. */
export function draftIn({ values, action }: Sent): Checked<DraftContent> {
  const isScheduled = action === 'schedule'
  const publishAt = isScheduled ? instant(values.publishAt ?? '') : null
  const words = Object.fromEntries(names.map((name) => [name, values[name] ?? '']))
  const checked = schemas.check(schemas.draftContent, { ...words, publishAt })
  const faults = 'faults' in checked ? [...checked.faults] : []
  if (isScheduled && publishAt === null)
    faults.push({ field: 'publishAt', message: 'is missing: say when, as 2026-01-31T08:00' })
  if (faults.length > 0 || 'faults' in checked) return { faults }
  const { publishAt: at, ...draft } = checked.value
  return { value: { draft, publishAt: at } }
}

/** What a browser's input of times sends, taken as UTC; null when there is no such time. */
function instant(text: string): string | null {
  const [minutes] = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?=(?::\d\d(?:\.\d{1,3})?)?$)/.exec(text) ?? []
  if (minutes === undefined) return null
  const at = new Date(`${minutes}:00.000Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(minutes)
    ? at.toISOString()
    : null
}

/** The post as it will look, made of what was typed; nothing is stored. */
export async function previewOf(values: Values, now: Date, bodyOf: Bodies): Promise<Html> {
  const word = (name: string, otherwise: string) => values[name]?.trim() || otherwise
  const body = values.body ?? ''
  const post = {
    ...{ id: 'preview', createdAt: now.toISOString(), body },
    ...{ author: word('author', 'Nobody'), title: word('title', 'Untitled') },
    topic: word('topic', 'nothing'),
  }
  return wholePost(post, await bodyOf(post))
}

/** Nothing of a page of authors is found again by going back, so the form itself comes again. */
export const signedOut = {
  notice: html`<p>You are not signed in any more. <a href="/sign-in" target="_blank">Sign in (in another tab)</a>, come back, and press the button again.</p>`,
  status: 401,
} as const

export const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown }).code
export const wordsOf = ({ author, title, topic, body }: Draft): Values => ({
  ...{ author, title, topic, body },
})
