/** From the wish for mail to its end. Nothing here tells whether an address is known. */
import { html } from 'hono/html'
import { type FieldFault, fieldOf } from './form.ts'
import type { Page } from './layout.ts'
import { topicUrl } from './post-article.ts'

export const subscribePage = (
  values: Readonly<Record<string, string>>,
  faults: readonly FieldFault[] = [],
): Page => ({
  title: 'Subscribe',
  ...(faults.length > 0 && { status: 400 }),
  main: html`<h1>Subscribe</h1>
<p>A mail for each new post of a topic. The first one only asks you to confirm.</p>
<form method="post" action="/subscribe">
${fieldOf({ name: 'email', label: 'E-mail address', value: values.email ?? '', maxLength: 254, type: 'email', autocomplete: 'email' }, faults)}
${fieldOf({ name: 'topic', label: 'Topic', value: values.topic ?? '', maxLength: 100 }, faults)}
<button>Subscribe</button>
</form>`,
})

export const requestedPage = (mailbox: boolean): Page => ({
  title: 'Look into your mailbox',
  main: html`<h1>Look into your mailbox</h1>
<p>If the subscription is new, a mail with a link is on its way. It begins when you open that link.</p>
${mailbox && html`<p>No mail server is set up: the mail is in the <a href="/mailbox">mailbox</a> of this site.</p>`}`,
})

export const confirmedPage = (topic: string): Page => ({
  title: 'Confirmed',
  main: html`<h1>Confirmed</h1>
<p>You get a mail for each new post about <a href="${topicUrl(topic)}">${topic}</a>. Each has a link that ends it.</p>`,
})

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
