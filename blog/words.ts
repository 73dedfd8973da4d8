/**
 * The words of a text as search sees them: without case and diacritics. They are made here and not by what a
 * database brings for it, so that one query finds the same posts in all of them. Words hold letters, digits
 * and marks only, so between quotes they mean nothing to a query language.
 */

/** A longer word is known by its beginning. In UTF-16 units. */
const longestWord = 64
/** A query's further words are not looked at. */
const mostWanted = 32

/** What lies on letters in every script; what belongs to a script is part of how its words are spelled. */
const diacritics = /[[\p{M}&&\p{Script=Inherited}]--[\u3099\u309a]]/gv
/** Scripts that put no space between words: each letter is taken for one. */
const words =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]\p{M}*|[[\p{L}\p{N}\p{M}]--[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]]+/gv
/** Letters that Unicode does not take apart, and people do. */
const spelled: Readonly<Record<string, string>> = {
  ...{ ł: 'l', ø: 'o', đ: 'd', ħ: 'h', æ: 'ae', œ: 'oe', ς: 'σ' },
}
const toSpell = new RegExp(`[${Object.keys(spelled).join('')}]`, 'g')

/** Each once, in the order in which they appear. */
export function wordsOf(text: string): readonly string[] {
  const folded = text
    .normalize('NFKD')
    .replace(diacritics, '')
    .normalize('NFC')
    // By way of upper case: ß is ss.
    .toUpperCase()
    .toLowerCase()
    .replace(toSpell, (letter) => spelled[letter] as string)
  return [...new Set(folded.match(words)?.map(cut))]
}

/** Not in the middle of a letter. */
const cut = (word: string): string =>
  word.length > longestWord ? word.slice(0, longestWord).replace(/[\ud800-\udbff]$/, '') : word

/** What a query asks for: all of it. */
export interface Wanted {
  readonly whole: readonly string[]
  /** A word that begins like this; null when nothing is left to be guessed. */
  readonly beginning: string | null
}

/**
 * Null when the query has no words, which no text has. The last word may be the beginning of one
 * when it is longer than a letter: nearly every text has a word for each letter.
 */
export function wantedBy(query: string): Wanted | null {
  const all = wordsOf(query).slice(0, mostWanted)
  const last = all.at(-1)
  if (last === undefined) return null
  return [...last].length > 1
    ? { whole: all.slice(0, -1), beginning: last }
    : { whole: all, beginning: null }
}

export function holds(text: string, { whole, beginning }: Wanted): boolean {
  const words = wordsOf(text)
  return (
    whole.every((word) => words.includes(word)) &&
    (beginning === null || words.some((word) => word.startsWith(beginning)))
  )
}
