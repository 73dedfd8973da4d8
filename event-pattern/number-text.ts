/**
 * Numbers as they are spelt. EventBridge compares them by value (300 is 3.0e2), but only where a
 * double holds the very value that is written: 12345678901234567890, 0.1234567890123456789 and 1e400
 * are comparable with nothing, and match only a literal of the same spelling.
 */

/**
 * The number, or, for one that is not comparable, a symbol with its spelling: a kind of value that no
 * JSON has, so no matcher takes it for its own.
 */
export function numberOf(text: string): number | symbol {
  const number = Number(text)
  // Up to 15 digits always survive; the exponents of the least numbers need the closer look.
  if (text.length < 16 && !/[eE]/.test(text)) return number
  const shortest = String(number)
  if (shortest === text) return number
  return Number.isFinite(number) && decimal(shortest) === decimal(text) ? number : Symbol(text)
}

/** One spelling for all of a value: its digits without zeros around them, and their exponent. */
function decimal(text: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text) ?? []
  const written = whole + fraction
  let start = 0
  while (written[start] === '0') start++
  let end = written.length
  while (end > start && written[end - 1] === '0') end--
  if (start === end) return '0'
  return `${sign}${written.slice(start, end)}e${Number(exponent) + whole.length - start}`
}
