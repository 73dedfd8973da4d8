/** From the wish to sign in to the session. Nothing here tells who is an author. */
import { html } from 'hono/html'
import { type FieldFault, fieldOf } from './form.ts'
import type { Page } from './layout.ts'

export interface SignInPage {
  /** Whether somebody may ask for a link, and whether there is a token to type. */
  readonly ways: { readonly link: boolean; readonly token: boolean }
  /** Where the author was going, a path of this site. */
  readonly to: string
  readonly email?: string
  readonly faults?: readonly FieldFault[]
  readonly status?: 400 | 401
}

export const signInPage = ({ ways, to, email = '', faults = [], status }: SignInPage): Page => ({
  title: 'Sign in',
  ...(status && { status }),
  main: html`<h1>Sign in</h1>
${
  ways.link &&
  html`<p>An author gets a mail with a link. It works once, within 15 minutes.</p>
<form method="post" action="/sign-in">
<input type="hidden" name="to" value="${to}">
${fieldOf({ name: 'email', label: 'E-mail address', value: email, maxLength: 254, type: 'email', autocomplete: 'email' }, faults)}
<button>Send me a link</button>
</form>`
}
${
  ways.token &&
  html`${ways.link && html`<h2>Or with the author token</h2>`}
<form method="post" action="/sign-in/token">
<input type="hidden" name="to" value="${to}">
${fieldOf({ name: 'token', label: 'Author token', value: '', maxLength: 1_000, type: 'password', autocomplete: 'current-password' }, faults)}
<button>Sign in</button>
</form>`
}`,
})

export const linkRequestedPage = (mailbox: boolean): Page => ({
  title: 'Look into your mailbox',
  main: html`<h1>Look into your mailbox</h1>
<p>If the address is an author’s, a mail with a link is on its way. It works once, within 15 minutes.</p>
${mailbox && html`<p>No mail server is set up: an author who has signed in finds the mail in the <a href="/mailbox">mailbox</a> of this site, and a start of the blog prints a link while nobody is signed in.</p>`}`,
})

/** A page with a button, because mail programs open links that nobody clicked. */
export const openedLinkPage = (sealed: string): Page => ({
  title: 'Sign in',
  main: html`<h1>Sign in</h1>
<p>Shall this browser be signed in? It stays so for 30 days, or until you sign out.</p>
<form method="post" action="/sign-in/${encodeURIComponent(sealed)}">
<button>Sign in</button>
</form>`,
})

export const spentLinkPage = (): Page => ({
  title: 'This link has expired',
  status: 410,
  main: html`<h1>This link has expired</h1>
<p>A link works for 15 minutes, and once. <a href="/sign-in">Ask for another</a>.</p>`,
})
