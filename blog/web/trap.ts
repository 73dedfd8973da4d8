/** A field that people neither see nor reach, and programs that fill in forms do not leave out. */
import { html } from 'hono/html'
import type { Html } from './layout.ts'

export const trap = 'website'

export const trapField = (): Html => html`<div class="visually-hidden" aria-hidden="true">
<label>Leave this empty <input type="text" name="${trap}" tabindex="-1" autocomplete="off"></label>
</div>
`
