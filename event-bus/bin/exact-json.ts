/**
 * JSON that keeps what it does not understand: a number that JavaScript would round or spell otherwise
 * (12345678901234567890, 1.0) comes out as it went in.
 */

/** `JSON.rawJSON`, which the type declarations do not know yet. */
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON(text: string): object
  isRawJSON(value: unknown): value is { readonly rawJSON: string }
}
type Revive = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown

/** Throws what `JSON.parse` throws. */
export function parseExactly(text: string): unknown {
  const revive: Revive = (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source
      ? rawJSON(source)
      : value
  return JSON.parse(text, revive as Parameters<typeof JSON.parse>[1])
}

/** One text for all that is the same but for the order of members. */
export const canonical = (value: unknown): string => JSON.stringify(sorted(value))

export function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b)
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  )
}

/** An object with members, which neither a list nor a number that is kept as a text is. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawJSON(value)

/** What is wrong with a text that stops being JSON there. */
export function notJson(text: string, fault: number): string {
  const rest = text.slice(fault)
  // A string that the text ends in or behind: a key without its value, or half of one.
  const isCut = rest.trim() === '' || /^"(?:[^"\\]|\\.)*"?\s*$/.test(rest)
  return isCut
    ? 'the JSON ends too early.'
    : `it is not JSON: ${JSON.stringify(rest.slice(0, 20))} is not expected here.`
}
