/**
 * How deep a JSON text is nested, before it is parsed: eight million open brackets keep the parser
 * busy for a second, and what walks a request may run out of stack.
 */

/** EventBridge's limit, for JSON of all kinds. */
export const deepest = 1_000

const [quote, backslash] = [0x22, 0x5c]
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d]

/** Of what is no JSON it answers something. */
export function isTooDeep(json: Uint8Array): boolean {
  let depth = 0
  let quoted = false
  for (let at = 0; at < json.length; at++) {
    const byte = json[at]
    if (quoted) {
      if (byte === backslash) at++
      else if (byte === quote) quoted = false
    } else if (byte === quote) quoted = true
    else if (byte === openList || byte === openObject) {
      if (++depth > deepest) return true
    } else if (byte === closeList || byte === closeObject) depth--
  }
  return false
}
