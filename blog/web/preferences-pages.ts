/** All that a subscriber gets and all that is kept, and a button for each change. */
import { html } from 'hono/html'
import { type FieldFault, fieldOf } from './form.ts'
import type { Html, Page } from './layout.ts'
import { topicUrl } from './shown.ts'
import { trapField } from './trap.ts'

export interface ShownPreferences {
  readonly protocol: 'email' | 'https'
  readonly endpoint: string
  readonly isSuppressed: boolean
  readonly subscriptions: readonly ShownSubscription[]
}
interface ShownSubscription {
  readonly id: string
  readonly topic: string
  readonly status: 'pending' | 'confirmed'
  readonly secrets: readonly string[]
  readonly rotatedAt: string | null
}

/** `isFault`: the topic that was to be added is none. */
export function preferencesPage(
  sealed: string,
  { protocol, endpoint, isSuppressed, subscriptions }: ShownPreferences,
  isFault: boolean,
): Page {
  const action = `/subscriptions/preferences/${sealed}`
  const button = (kind: string, text: string, id?: string): Html =>
    html`<form method="post" action="${action}">${id !== undefined && html`<input type="hidden" name="id" value="${id}">`}<button class="${kind === 'erase' ? 'danger' : 'secondary'}" name="kind" value="${kind}">${text}</button></form>`
  const faults = isFault ? [{ field: 'topic', message: 'must be 1 to 100 characters' }] : []
  const item = ({ id, topic, status, secrets, rotatedAt }: ShownSubscription): Html => html`<li>
<h3><a href="${topicUrl(topic)}">${topic}</a></h3>
${status === 'pending' && html`<p>Waits to be confirmed.</p>`}
${secrets.length > 0 && html`<p>Signed with <code>${secrets[0]}</code>${rotatedAt !== null && html`, made <time datetime="${rotatedAt}">${rotatedAt}</time>`}.</p>`}
${secrets.length > 1 && html`<p>The key before it signs too, until a day after that.</p>`}
${button('end', `End ${topic}`, id)}
${secrets.length > 0 && button('rotate', `Make another key for ${topic}`, id)}
</li>
`
  return {
    title: 'Your subscriptions',
    ...(isFault && { status: 400 }),
    main: html`<h1>Your subscriptions</h1>
<p>${protocol === 'email' ? 'Mail to' : 'Messages to'} <strong>${endpoint}</strong>. Whoever has the address of this page can do what is done here.</p>
${isSuppressed && html`<p>The mail server has said that there is no such mailbox, so nothing is sent there any more. To begin anew, erase what is kept.</p>`}
<section>
<h2>What you get</h2>
${
  subscriptions.length === 0
    ? html`<p class="empty">Nothing.</p>`
    : html`<ul class="rows">
${subscriptions.map(item)}
</ul>
${button('end-all', 'End all')}`
}
</section>
<section>
<h2>Another topic</h2>
<form method="post" action="${action}">
${fieldOf({ name: 'topic', label: 'Topic', value: '', maxLength: 100 }, faults)}
<button name="kind" value="add">Subscribe</button>
</form>
</section>
<section>
<h2>What is kept of you</h2>
<p><a href="${action}/data" download>Download all of it</a> as JSON.</p>
<p>Erased is all of it, for good: the subscriptions and the address.</p>
${button('erase', 'Erase all of it')}
</section>`,
  }
}

export const lostLinkPage = (address: string, faults: readonly FieldFault[] = []): Page => ({
  title: 'See and change what you get',
  ...(faults.length > 0 && { status: 400 }),
  main: html`<h1>See and change what you get</h1>
<p>Each of our mails has a link to that. Here you have it sent again.</p>
<form method="post" action="/subscriptions/preferences">
${fieldOf({ name: 'address', label: 'E-mail address, or address of the webhook', value: address, maxLength: 500, autocomplete: 'email' }, faults)}
${trapField()}
<button>Send the link</button>
</form>`,
})

export const linkSentPage = (mailbox: boolean): Page => ({
  title: 'Look into your mailbox',
  main: html`<h1>Look into your mailbox</h1>
<p>If that address gets something from us, a link is on its way to it: once in ten minutes, however often it is asked for.</p>
${mailbox && html`<p>No mail server is set up: the mail is in the <a href="/mailbox">mailbox</a> of this site.</p>`}`,
})

export const erasedPage = (): Page => ({
  title: 'Erased',
  main: html`<h1>Erased</h1>
<p>Nothing is kept of that address any more. <a href="/subscribe">Subscribe</a> whenever you like.</p>`,
})
