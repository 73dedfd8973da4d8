/** What an author has here: the browsers that are signed in, and tokens for programs. */
import { html } from 'hono/html'
import { type FieldFault, fieldOf } from './form.ts'
import type { Page } from './layout.ts'
import { longDate } from './shown.ts'

export interface AccountToken {
  readonly hash: string
  readonly name: string
  readonly hint: string
  readonly createdAt: string
}
export interface AccountPage {
  /** Null: whoever has the author token. */
  readonly email: string | null
  readonly tokens: readonly AccountToken[]
  /** One that was just made; it is never shown again. */
  readonly made?: string
  readonly name?: string
  readonly faults?: readonly FieldFault[]
}

export const accountPage = ({
  email,
  tokens,
  made,
  name = '',
  faults = [],
}: AccountPage): Page => ({
  title: 'Account',
  ...(faults.length > 0 && { status: 400 }),
  main: html`<h1>Account</h1>
<p>Signed in ${email === null ? 'with the author token' : html`as <strong>${email}</strong>`}.</p>
<form class="actions" method="post" action="/sign-out">
<button class="secondary" name="everywhere" value="no">Sign out</button>
<button class="secondary" name="everywhere" value="yes">Sign out everywhere</button>
</form>
<h2 id="tokens">API tokens</h2>
<p>A program that sends one as <code>Authorization: Bearer …</code> writes as you do, until you revoke it.</p>
${
  made !== undefined &&
  html`<p class="notice" role="status">The new token, shown this once: <code>${made}</code></p>`
}
${
  tokens.length > 0 &&
  html`<div class="scroll"><table class="data" aria-labelledby="tokens">
<thead><tr><th scope="col">Name</th><th scope="col">Ends with</th><th scope="col">Made</th><th scope="col">Revoke</th></tr></thead>
<tbody>
${tokens.map(
  (token) => html`<tr><th scope="row">${token.name}</th><td><code>${token.hint}</code></td>
<td><time datetime="${token.createdAt}">${longDate(token.createdAt)}</time></td>
<td><form method="post" action="/account/tokens/revoke"><input type="hidden" name="hash" value="${token.hash}">
<button class="danger" aria-label="Revoke ${token.name}, ${token.hint}">Revoke</button></form></td></tr>
`,
)}</tbody>
</table></div>`
}
<form method="post" action="/account/tokens">
${fieldOf({ name: 'name', label: 'Name of a new token', value: name, maxLength: 100 }, faults)}
<button>Make a token</button>
</form>`,
})
