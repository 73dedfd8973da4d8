/** Without a mail server: what would have been sent, to be looked at. */
import { html } from 'hono/html'
import type { KeptMail } from '../ports.ts'
import type { Html, Page } from './layout.ts'
import { longDate } from './shown.ts'

export const mailboxPage = (mails: readonly KeptMail[]): Page => ({
  title: 'Mailbox',
  main: html`<h1>Mailbox</h1>
<p>No mail server is set up (<code>SMTP_URL</code>). This is what would have been sent, the newest first.</p>
${mails.length === 0 && html`<p>Nothing yet.</p>`}
<ul class="mails">
${mails.map(
  ({ messageId, to, subject, at }) =>
    html`<li><a href="/mailbox/${encodeURIComponent(messageId)}">${subject}</a> to ${to}, ${when(at)}</li>
`,
)}</ul>`,
})

/** Only links to this site can be clicked: a post's text is in the mail, and may hold any. */
export const mailPage = (mail: KeptMail, publicUrl: string): Page => ({
  title: mail.subject,
  main: html`<h1>${mail.subject}</h1>
<table class="headers">
<tbody>
${headersOf(mail).map(
  ([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>
`,
)}</tbody>
</table>
<h2>Text</h2>
<pre>${linked(mail.text, publicUrl.replace(/\/$/, ''))}</pre>
${
  mail.html !== null &&
  html`<h2>HTML</h2>
<p>Links open in a new tab, as mail programs do it.</p>
<iframe class="mail" sandbox="${sandbox}" src="/mailbox/${encodeURIComponent(mail.messageId)}/html" title="The mail as HTML"></iframe>`
}
<p><a href="/mailbox">All mails</a></p>`,
})

/** Links lead out of it; nothing else can act: no script, no form, and the page around it is not its own. */
const sandbox = 'allow-popups allow-popups-to-escape-sandbox'

/** Mails load nothing from anywhere. */
export const mailPolicy = `default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox ${sandbox}`

/** Pages of the blog let no page show them inside of it, so links lead out. */
export const mailDocument = (mail: string): string =>
  mail.replace('<head>', '<head>\n<base target="_blank">')

const headersOf = ({ from, to, subject, messageId, at, headers }: KeptMail) => [
  ['From', from],
  ['To', to],
  ['Subject', subject],
  ['Date', when(at)],
  ['Message-ID', `<${messageId}>`],
  ...Object.entries(headers),
]

const linked = (text: string, site: string): readonly (string | Html)[] =>
  text
    .split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]”])/)
    .map((part) =>
      part === site || part.startsWith(`${site}/`) ? html`<a href="${part}">${part}</a>` : part,
    )

const when = (at: string): Html => html`<time datetime="${at}">${longDate(at)}</time>`
