/**
 * HTML of mails as a template: what is put into it is text, whatever it holds, unless a template or a
 * sanitiser made it. Handlers compose mails, and they import no package.
 */

/** Made by `html`, or by a sanitiser that `trusted` vouches for. */
export interface Markup {
  readonly markup: string
}

export function html(
  parts: TemplateStringsArray,
  ...values: readonly (string | Markup | readonly Markup[])[]
): Markup {
  const written = values.map((value) => {
    if (typeof value === 'string') return escaped(value)
    return 'markup' in value ? value.markup : value.map(({ markup }) => markup).join('\n')
  })
  return { markup: String.raw({ raw: parts }, ...written) }
}

export const trusted = (markup: string): Markup => ({ markup })

const entities: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;' },
  ...{ '"': '&quot;', "'": '&#39;' },
}

/** For text and for attributes in quotes. */
const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => entities[character] as string)
