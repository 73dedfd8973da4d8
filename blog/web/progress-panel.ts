/**
 * The way of a post, for its author: each step with its time, how many readers are told, and what failed.
 * `client/progress.ts` reads it again while it is open, and puts in the rows that have changed: they all have
 * their place from the beginning, so that nothing moves.
 */
import { html } from 'hono/html'
import type { Post } from '../post.ts'
import type { PostProgress, Step, Told } from '../progress.ts'
import type { Html, Page } from './layout.ts'
import { longDate, postUrl } from './shown.ts'

export interface PanelOptions {
  /** Where dead letters are looked at; null where that is not a page of ours. */
  readonly deadLetters: string | null
}

export const progressUrl = (id: Post['id']): string => `${postUrl(id)}/progress`

export const progressPanel = (
  post: Pick<Post, 'id'>,
  progress: PostProgress,
  { deadLetters }: PanelOptions,
): Html => html`<section class="way" aria-labelledby="way" data-progress="${progressUrl(post.id)}"${!progress.isFinished && html` data-open`}>
<h2 id="way">The way of this post</h2>
<ol>
${rowsOf(progress)}</ol>
${failuresOf(progress, deadLetters)}
<p class="quiet"><span role="status" data-part="sum">${sumOf(progress)}</span> <a href="${progressUrl(post.id)}">Reload</a> Times are in UTC.</p>
</section>
`

/** The same on a page of its own, for as long as it is known. */
export const progressPage = (post: Post, progress: PostProgress, options: PanelOptions): Page => ({
  title: `The way of “${post.title}”`,
  live: true,
  main: html`<h1>${post.title}</h1>
${progress.announced === null && progress.isFinished ? html`<p>What happened to a post is kept for a week, and this one is older.</p>` : progressPanel(post, progress, options)}
<p><a href="${postUrl(post.id)}">To the post</a></p>`,
})

type State = 'done' | 'open' | 'failed'

function rowsOf(progress: PostProgress): readonly Html[] {
  const { stored, announced, mailed, called, recognised, pushed } = progress
  return [
    row('stored', 'Stored', 'done', '', stored),
    row('announced', 'Announced', announced ? 'done' : 'open', '', announced),
    told('mailed', 'Mailed', mailed, announced !== null, 'Nobody has asked for mails'),
    told('called', 'Sent to webhooks', called, announced !== null, 'There are none'),
    once('recognised', 'Names recognised', recognised, progress),
    once('pushed', 'In open pages', pushed, progress),
  ]
}

/** A state is said in words as well: colours are not seen by everybody. */
const row = (
  part: string,
  label: string,
  state: State,
  what: Html | string,
  at: string | null,
): Html => html`<li data-part="${part}" data-state="${state}"><span class="step">${label}</span> <span class="what">${what}</span> <span class="when">${at === null ? state === 'open' && 'waits' : timeOf(at)}</span></li>
`

function told(part: Step, label: string, count: Told, isCounted: boolean, nobody: string): Html {
  const { of, done, failed, dead, at } = count
  if (!isCounted && of === 0) return row(part, label, 'open', '', null)
  if (of === 0) return row(part, label, 'done', nobody, null)
  const state = failed + dead > 0 ? 'failed' : done < of ? 'open' : 'done'
  const what = html`<progress max="${of}" value="${done}" aria-label="${label}"></progress> ${number(done)} of ${number(of)}${failed > 0 && `, ${number(failed)} to retry`}${dead > 0 && `, ${number(dead)} given up`}`
  return row(part, label, state, what, at)
}

function once(part: Step, label: string, at: string | null, { failures }: PostProgress): Html {
  const failure = failures.find(({ step }) => step === part)
  if (at !== null) return row(part, label, 'done', '', at)
  if (!failure) return row(part, label, 'open', '', null)
  const what = failure.isTriedAgain ? 'failed, will be tried again' : 'failed, given up'
  return row(part, label, 'failed', what, null)
}

const things: Readonly<Record<Step, string>> = {
  mailed: 'A mail',
  called: 'A webhook',
  recognised: 'The recognition of names',
  pushed: 'The way to open pages',
}

/** A line that opens, there from the beginning. */
function failuresOf(
  { stored, failures, mailed, called }: PostProgress,
  deadLetters: string | null,
) {
  const until = longDate(new Date(Date.parse(stored) + 86_400_000).toISOString())
  const shown = failures.length
  const all = mailed.failed + mailed.dead + called.failed + called.dead
  return html`<details data-part="failures"${shown === 0 && html` data-none`}>
<summary>${shown === 0 ? 'Nothing has failed' : 'What failed'}</summary>
<ul>
${failures.map(
  ({ step, attempts, reason, at, isTriedAgain }) =>
    html`<li>${things[step]}, ${attempts === 1 ? 'once' : `${attempts} times`}, last at ${timeOf(at)}: ${sentence(reason)} ${
      isTriedAgain
        ? `It will be tried again, until ${until}.`
        : html`It is given up: see the ${deadLetters === null ? 'dead letters' : html`<a href="${deadLetters}" rel="noreferrer">dead letters</a>`}.`
    }</li>
`,
)}</ul>
${all > shown && html`<p>These are the newest of ${number(all)}.</p>`}
</details>`
}

/** Little enough to be read out whenever it changes. */
function sumOf({ isFinished, failures }: PostProgress): string {
  if (!isFinished) return failures.length > 0 ? 'Under way; something failed.' : 'Under way.'
  return failures.length > 0 ? 'Over; something was given up.' : 'All is done.'
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)

const timeOf = (at: string): Html =>
  html`<time datetime="${at}">${new Date(at).toISOString().slice(11, 19)}</time>`
const numbers = new Intl.NumberFormat('en-GB')
const number = (n: number): string => numbers.format(n)
