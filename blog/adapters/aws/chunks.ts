/** A text in pieces of so many bytes of UTF-8 at most, cut where no name is cut: at ends of sentences. Pure. */

export interface Chunk {
  readonly text: string
  /** Where it begins in the whole, in UTF-16 units. */
  readonly begin: number
}

/** Nothing is left out and nothing is in two of them. */
export function chunks(text: string, mostBytes: number): readonly Chunk[] {
  const found: Chunk[] = []
  for (let begin = 0; begin < text.length; ) {
    const most = fitting(text, begin, mostBytes)
    const end = most === text.length ? most : cut(text, begin, most)
    found.push({ text: text.slice(begin, end), begin })
    begin = end
  }
  return found
}

/** The furthest end with which the bytes suffice; never between the halves of a pair. */
function fitting(text: string, begin: number, mostBytes: number): number {
  let bytes = 0
  let end = begin
  while (end < text.length) {
    const codePoint = text.codePointAt(end) as number
    bytes += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x1_0000 ? 3 : 4
    if (bytes > mostBytes) return end
    end += codePoint < 0x1_0000 ? 1 : 2
  }
  return end
}

/** Behind the last of these before `most`; the further down, the likelier it cuts a name. */
const ends = [
  /\n\s*\n|[.!?…](?=\s)|[。！？]/gu,
  /\n/gu,
  /[,;:](?=\s)|[、，；]/gu,
  // A name of several words may be cut here; a word is not.
  /\s/gu,
] as const

function cut(text: string, begin: number, most: number): number {
  // Not in the first half: pieces without end would be as bad as a name that is cut.
  const from = begin + Math.ceil((most - begin) / 2)
  // One more, to see what follows.
  const half = text.slice(from, most + 1)
  for (const end of ends) {
    const last = [...half.matchAll(end)]
      .map((match) => from + match.index + match[0].length)
      .findLast((at) => at <= most)
    if (last !== undefined) return last
  }
  return most
}
