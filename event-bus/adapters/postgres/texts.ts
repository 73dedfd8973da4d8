/**
 * Texts that PostgreSQL does not take: it knows no character of number zero, and names may have one; and in
 * JSON no half of a character, which is told as SQLite tells it.
 */

/** Of the private range, so that nearly every text is stored as it is. */
const mark = '\ue000'
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
const special = /[\u0000\ue000]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
const specials = /[\u0000\ue000]/g

export function stored(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed()
  return special.test(whole)
    ? whole.replace(specials, (each) => mark + (each === mark ? '1' : '0'))
    : whole
}

export const told = (text: string): string =>
  text.includes(mark)
    ? text.replace(/\ue000([01])/g, (_, which) => (which === '1' ? mark : '\u0000'))
    : text
