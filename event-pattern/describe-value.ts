/**
 * Values and paths of patterns and events, as they stand in a sentence: JSON, on one line, and safe
 * to print, because events come from strangers and terminals obey control characters.
 */

/** JSON leaves these as they are: controls, line separators, and marks that turn the text around. */
const unprintable = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** The value as JSON, a text cut to `longest` UTF-16 units. */
export function describeValue(value: unknown, longest = Infinity): string {
  if (typeof value === 'string') return printable(JSON.stringify(cut(value, longest)))
  // A number that no double holds, as it was spelt.
  if (typeof value === 'symbol') return printable(cut(value.description ?? '', longest))
  // An object given as an event may hold what no JSON has.
  return typeof value === 'function' ? 'a function' : cut(String(value), longest)
}

/** The path as it stands, or quoted where it could be taken for words of the sentence. */
export function describePath(path: string, longest = Infinity): string {
  return /^[^\s"(),]+$/.test(path) ? printable(cut(path, longest)) : describeValue(path, longest)
}

/** The text's beginning, with an ellipsis where it was longer, and no half of a letter. */
export function cut(text: string, longest: number): string {
  if (text.length <= longest) return text
  return `${text.slice(0, longest).replace(/[\ud800-\udbff]$/, '')}…`
}

/** `a, b or c`; of a longer list the beginning, and how many more there are. */
export function listed(words: readonly string[], most = Infinity, conjunction = 'or'): string {
  const shown = words.slice(0, most)
  if (shown.length < words.length) shown.push(`${words.length - shown.length} more`)
  const last = shown.pop() ?? ''
  return shown.length === 0 ? last : `${shown.join(', ')} ${conjunction} ${last}`
}

function printable(text: string): string {
  return text.replace(
    unprintable,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
