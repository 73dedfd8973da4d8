/** From the wish for mail to its end. Nothing here tells whether an address is known. */
import { html } from 'hono/html'
import { type FieldFault, fieldOf } from './form.ts'
import type { Page } from './layout.ts'
import { topicUrl } from './shown.ts'
import { trapField } from './trap.ts'

type Values = Readonly<Record<string, string>>

const topicField = ({ topic = '' }: Values, faults: readonly FieldFault[]) =>
  fieldOf({ name: 'topic', label: 'Topic', value: topic, maxLength: 100 }, faults)

export const subscribePage = (values: Values, faults: readonly FieldFault[] = []): Page => ({
  title: 'Subscribe',
  ...(faults.length > 0 && { status: 400 }),
  main: html`<h1>Subscribe</h1>
<p>A mail for each new post of a topic. The first one only asks you to confirm.</p>
<form method="post" action="/subscribe">
${fieldOf({ name: 'email', label: 'E-mail address', value: values.email ?? '', maxLength: 254, type: 'email', autocomplete: 'email' }, faults)}
${topicField(values, faults)}
${trapField()}
<button>Subscribe</button>
</form>
<p>Have you subscribed before? <a href="/subscriptions/preferences">See and change what you get</a>.</p>
<p>A program wants to know? <a href="/subscribe/webhook?topic=${encodeURIComponent(values.topic ?? '')}">Subscribe a webhook</a>.</p>`,
})

export const subscribeWebhookPage = (values: Values, faults: readonly FieldFault[] = []): Page => ({
  title: 'Subscribe a webhook',
  ...(faults.length > 0 && { status: 400 }),
  main: html`<h1>Subscribe a webhook</h1>
<p>It gets each new post of a topic by POST, signed as <a href="https://www.standardwebhooks.com/">Standard Webhooks</a> are. The first message only asks to confirm: its <code>data.confirmUrl</code> is to be opened.</p>
<form method="post" action="/subscribe">
${fieldOf({ name: 'url', label: 'Address', value: values.url ?? '', maxLength: 500, type: 'url' }, faults)}
${topicField(values, faults)}
${trapField()}
<button>Subscribe</button>
</form>`,
})

export const requestedPage = (mailbox: boolean): Page => ({
  title: 'Look into your mailbox',
  main: html`<h1>Look into your mailbox</h1>
<p>If the subscription is new, a mail with a link is on its way, or a message to the webhook. It begins when that link is opened.</p>
${mailbox && html`<p>No mail server is set up: the mail is in the <a href="/mailbox">mailbox</a> of this site.</p>`}`,
})

export type Confirmed =
  | { readonly topic: string; readonly isNew: false }
  | {
      readonly topic: string
      readonly isNew: true
      readonly preferences: string
      /** Null for mail. */
      readonly secret: string | null
    }

export const confirmedPage = (confirmed: Confirmed): Page => ({
  title: confirmed.isNew ? 'Confirmed' : 'Confirmed already',
  main: confirmed.isNew ? begun(confirmed) : begunBefore(confirmed.topic),
})

const begun = ({
  topic,
  preferences,
  secret,
}: Extract<Confirmed, { isNew: true }>) => html`<h1>Confirmed</h1>
${
  secret === null
    ? html`<p>You get a mail for each new post about <a href="${topicUrl(topic)}">${topic}</a>. Each has a link that ends it.</p>`
    : html`<p>The webhook gets a message for each new post about <a href="${topicUrl(topic)}">${topic}</a>. With this key it knows that they are ours:</p>
<p><code>${secret}</code></p>`
}
<p><a href="${preferences}">See and change all that you get</a>. ${secret !== null && 'Keep this link: it leads to the key, too.'}</p>`

const begunBefore = (topic: string) => html`<h1>Confirmed already</h1>
<p>This link was opened before, and the subscription about <a href="${topicUrl(topic)}">${topic}</a> has begun. Nothing has changed now.</p>
<p><a href="/subscriptions/preferences">Have the link sent to you with which you see and change what you get</a>.</p>`

export const expiredPage = (): Page => ({
  title: 'This link has expired',
  status: 410,
  main: html`<h1>This link has expired</h1>
<p>A link works for 48 hours, and only the newest one. <a href="/subscribe">Subscribe again</a> to get another.</p>`,
})

/** A page with a button, because mail programs open links that nobody clicked. */
export const unsubscribePage = (token: string): Page => ({
  title: 'Unsubscribe',
  main: html`<h1>Unsubscribe</h1>
<p>Shall these mails end?</p>
<form method="post" action="/subscriptions/unsubscribe/${encodeURIComponent(token)}">
<button name="List-Unsubscribe" value="One-Click">End them</button>
</form>`,
})

export const unsubscribedPage = (): Page => ({
  title: 'Unsubscribed',
  main: html`<h1>Unsubscribed</h1>
<p>There will be no more of these mails. <a href="/subscribe">Subscribe</a> whenever you like.</p>`,
})
