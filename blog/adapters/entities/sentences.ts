/** The words of a text as `compromise` sees them, with where they stand. */
import nlp from 'compromise'
import { parts, prose } from './prose.ts'

export interface Word {
  /** Without the punctuation around it and without the 's of a possessive. */
  readonly text: string
  readonly begin: number
  readonly end: number
  /** What `compromise` makes of the word in its sentence. */
  readonly tags: ReadonlySet<string>
  readonly capitalised: boolean
}
export interface Sentence {
  readonly words: readonly Word[]
  /** A headline, in Which Most Words Are Capitalised: here a capital says nothing. */
  readonly loud: boolean
}

export function* sentences(text: string): Generator<Sentence> {
  for (const { offset, part } of parts(prose(text))) {
    let cursor = 0
    for (const terms of nlp(part).docs) {
      const words: Word[] = []
      for (const { text: term, tags } of terms) {
        // Searched for, not added up, so that an offset is right also where compromise changes the
        // text. The second half of `doesn't` is a term without text.
        const at = term ? part.indexOf(term, cursor) : -1
        if (at < 0) continue
        cursor = at + term.length
        const word = wordOf(term, offset + at, tags ?? new Set())
        if (word) words.push(word)
      }
      yield { words, loud: isLoud(words) }
    }
  }
}

function wordOf(term: string, at: number, tags: ReadonlySet<string>): Word | undefined {
  const [, before = '', inner = ''] = /^([^\p{L}\p{N}]*)(.*?)[^\p{L}\p{N}.]*$/su.exec(term) ?? []
  const text = inner.replace(/['’]s$/i, '')
  if (!text) return undefined
  const begin = at + before.length
  const capitalised = /^(?:[dl]['’])?\p{Lu}/u.test(text)
  return { text, begin, end: begin + text.length, tags, capitalised }
}

function isLoud(words: readonly Word[]): boolean {
  const long = words.filter(({ text }) => /^\p{L}{2}/u.test(text))
  const capitalised = long.filter((word) => word.capitalised)
  return long.length > 3 && capitalised.length >= 0.7 * long.length
}
