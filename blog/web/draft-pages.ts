/** Posts that are not published yet: all of them, and one to go on with. */
import { html } from 'hono/html'
import type { SavedDraft } from '../draft.ts'
import type { Html, Page } from './layout.ts'
import { buttons, formPage, type PostForm } from './post-form.ts'
import { longDate } from './shown.ts'

const draftUrl = (id: SavedDraft['id']): string => `/drafts/${id}`

export const draftsPage = (drafts: readonly SavedDraft[], cursor: string | null): Page => ({
  title: 'Drafts',
  main: html`<h1>Drafts</h1>
${drafts.length === 0 && html`<p>Nothing is unfinished.</p>`}
<ul class="rows">
${drafts.map(
  (draft) => html`<li><a href="${draftUrl(draft.id)}">${draft.title || 'Untitled'}</a>
${timeOf(draft)}
<span>${draft.author || 'Nobody'}, saved ${when(draft.savedAt)}</span></li>
`,
)}</ul>
<div class="actions"><a class="button" href="/write">Write a post</a></div>
${cursor !== null && html`<nav aria-label="Pages" class="pages"><a rel="next" href="?cursor=${encodeURIComponent(cursor)}">Older drafts</a></nav>`}`,
})

const timeOf = ({ status, publishAt }: SavedDraft): Html | false => {
  if (status === 'publishing') return html`<span class="badge">Being published</span>`
  return (
    publishAt !== null &&
    html`<span><span class="badge good">Scheduled</span> for ${when(publishAt)}</span>`
  )
}
const when = (iso: string): Html => html`<time datetime="${iso}">${longDate(iso)}</time>`

export interface DraftPage
  extends Pick<
    PostForm,
    'values' | 'faults' | 'unsaid' | 'notice' | 'preview' | 'theirs' | 'status'
  > {
  readonly id: SavedDraft['id']
  /** Which one was seen. */
  readonly revision: number
  /** Whether a time is set. */
  readonly isScheduled: boolean
}

export const draftPage = ({ id, revision, isScheduled, ...form }: DraftPage): Page =>
  formPage({
    ...{ title: 'Draft', action: draftUrl(id), hidden: { revision: String(revision) } },
    hasTime: true,
    // Enter keeps the time that is set.
    buttons: isScheduled
      ? buttons(
          ['schedule', 'Schedule'],
          ['save', 'Save without a time'],
          ['publish', 'Publish now'],
          ['preview', 'Preview'],
        )
      : buttons(
          ['save', 'Save'],
          ['publish', 'Publish now'],
          ['schedule', 'Schedule'],
          ['preview', 'Preview'],
        ),
    below: html`<div class="actions"><a class="button danger" href="${draftUrl(id)}/delete">Delete…</a> <a href="/drafts">All drafts</a></div>`,
    unsaid: 'It is not saved yet.',
    ...form,
  })

export const scheduledNotice = (publishAt: string): Html =>
  html`<p>It will be published within a minute after ${when(publishAt)}.</p>`
