/** A form's parts: what was typed stays, and what is wrong with it stands beside it. */
import { html } from 'hono/html'
import type { Html } from './layout.ts'

/** What is wrong with one field, in words that follow its name. */
export interface FieldFault {
  readonly field: string
  readonly message: string
}
export interface Field {
  readonly name: string
  readonly label: string
  readonly value: string
  readonly type?: 'text' | 'email' | 'url' | 'password' | 'textarea' | 'datetime-local'
  readonly maxLength: number
  readonly required?: boolean
  readonly autocomplete?: string
}

/** `faults` are those of the whole form. */
export function fieldOf(
  { name, label, value, type = 'text', maxLength, required = true, autocomplete = 'off' }: Field,
  faults: readonly FieldFault[],
): Html {
  const mine = faults.filter(({ field }) => field === name)
  const attributes = html`id="${name}" name="${name}" ${required && 'required'} maxlength="${maxLength}" autocomplete="${autocomplete}" ${
    mine.length > 0 && html`aria-invalid="true" aria-describedby="${name}-fault"`
  }`
  return html`<div class="field">
<label for="${name}">${label}</label>
${
  type === 'textarea'
    ? // A browser drops the first line break after the tag, so the author's own comes second.
      html`<textarea rows="12" ${attributes}>
${value}</textarea>`
    : html`<input type="${type}" value="${value}" ${attributes}>`
}
${
  mine.length > 0 &&
  html`<p class="fault" id="${name}-fault">${label} ${mine.map(({ message }) => message).join(', and ')}.</p>`
}
</div>
`
}
