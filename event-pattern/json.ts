/**
 * JSON texts as EventBridge's engine takes them: it streams, so it never looks at what follows the
 * closing brace of the first object.
 */

/** An object that is neither null nor an array. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Parses the text, or the object it opens with. Throws a SyntaxError for anything else. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const end = endOfObject(text)
    if (end === undefined) throw error
    return JSON.parse(text.slice(0, end))
  }
}

/** Where the object that the text opens with ends, when more text follows it. */
function endOfObject(text: string): number | undefined {
  let depth = 0
  let quoted = false
  for (let at = text.search(/\S/); at >= 0 && at < text.length; at++) {
    const character = text[at]
    if (quoted) {
      if (character === '\\') at++
      else if (character === '"') quoted = false
    } else if (character === '"') quoted = true
    else if (character === '{') depth++
    else if (character === '}') depth--
    if (depth === 0) return character === '}' && at + 1 < text.length ? at + 1 : undefined
  }
  return undefined
}
