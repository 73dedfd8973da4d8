/** Lines of a stream of bytes, with their numbers. Memory is bounded by the longest line. */
import { failed } from './failure.ts'

export interface Line {
  /** From 1. */
  readonly number: number
  readonly text: string
}

/** An entry that PutEvents takes has 1 MB at most; escaped, it may be longer. */
const longestLine = 16_777_216
const newline = 0x0a

/**
 * Without the line's end, be it that of Unix or of Windows, and without a byte order mark. Lines that
 * hold nothing are left out unless they are `blank: true`. Rejects with a `Failure` for bytes that are
 * not UTF-8 and for a line of more than 16 MB, naming the line.
 */
export async function* lines(
  bytes: AsyncIterable<Uint8Array>,
  { name = '', blank = false }: { readonly name?: string; readonly blank?: boolean } = {},
): AsyncGenerator<Line, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let number = 0
  let begun: Uint8Array[] = []
  let length = 0

  const place = () => (name === '' ? `line ${number}` : `${name}:${number}`)
  function taken(end: Uint8Array): Line {
    number++
    const whole = begun.length === 0 ? end : Buffer.concat([...begun, end])
    begun = []
    length = 0
    try {
      return { number, text: decoder.decode(whole).replace(/\r$/, '') }
    } catch (cause) {
      throw failed(`${place()}: it is not UTF-8.`, { cause })
    }
  }
  const isTold = ({ text }: Line) => blank || text.trim() !== ''

  for await (const chunk of bytes) {
    let from = 0
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
      const line = taken(chunk.subarray(from, at))
      if (isTold(line)) yield line
      from = at + 1
    }
    if (from === chunk.length) continue
    begun.push(chunk.subarray(from))
    length += chunk.length - from
    if (length <= longestLine) continue
    number++
    throw failed(`${place()}: the line is longer than 16 MB. Each line has to be one event.`)
  }
  if (begun.length > 0) {
    const line = taken(new Uint8Array())
    if (isTold(line)) yield line
  }
}
