/**
 * Names and their kinds, from three witnesses: capitals say where a name begins and ends;
 * `compromise` and the gazetteer say what it is. Pure and synchronous; it runs in the worker.
 */
import type { Entity } from '../../ports.ts'
import {
  is,
  isCommon,
  isGrammar,
  isHeadlineWord,
  isOrganizationWord,
  isPlaceWord,
  isTitle,
} from './evidence.ts'
import type { Gazetteer } from './gazetteer.ts'
import { isOrganization, type Kind, kindOf } from './kind.ts'
import { type Sentence, sentences, type Word } from './sentences.ts'

export function recognize(text: string, placeOf: Gazetteer): readonly Entity[] {
  const entities: Entity[] = []
  const unknown: Word[] = []
  const surnames = new Set<string>()
  for (const sentence of sentences(text))
    for (const [from, to] of runs(text, sentence, placeOf)) tell(sentence.words, from, to)
  // Whoever is found as a person somewhere is meant by the last name elsewhere too.
  for (const word of unknown) if (surnames.has(word.text)) add([word], ['PERSON', 0.65])
  return entities.sort((a, b) => a.beginOffset - b.beginOffset)

  function tell(sentence: readonly Word[], from: number, to: number): void {
    const words = sentence.slice(from, to)
    const [first, last] = [words[0], words.at(-1)]
    if (!first || !last) return
    const name = text.slice(first.begin, last.end)
    const place = placeOf(name)
    if (words.length > 1 && !place && !isOrganization(words)) {
      // A sentence begins with a capital, name or not; and `Mayor`, `French` divide one name from another.
      const border =
        from === 0 && isCommon(first)
          ? 0
          : words.findIndex((word) => is(word, 'Demonym') || (isTitle(word) && word !== last))
      if (border >= 0) {
        tell(sentence, from, from + border)
        tell(sentence, from + border + 1, to)
        return
      }
    }
    const [before, after] = [sentence[from - 1], sentence[to]]
    const region = after && text.slice(last.end, after.begin) === ', ' ? after : undefined
    const kind = kindOf({
      ...{ text: name, words, place },
      located:
        /^(?:in|near|outside|around|across)$/i.test(before?.text ?? '') ||
        (region !== undefined && is(region, 'Place')),
      titled:
        before?.capitalised === true &&
        isTitle(before) &&
        !/^(?:foreign|prime|vice)$/i.test(before.text),
    })
    if (kind) add(words, kind)
    else if (words.length === 1) unknown.push(first)
  }

  function add(words: readonly Word[], [type, score]: Kind): void {
    const [first, last] = [words[0] as Word, words.at(-1) as Word]
    if (type === 'PERSON') surnames.add(last.text)
    const [beginOffset, endOffset] = [first.begin, last.end]
    entities.push({ type, text: text.slice(beginOffset, endOffset), beginOffset, endOffset, score })
  }
}

/** Where words could be one name: capitalised, with only blanks, hyphens and particles between. */
function* runs(
  text: string,
  { words, loud }: Sentence,
  placeOf: Gazetteer,
): Generator<readonly [from: number, to: number]> {
  const isQuiet = (word: Word) =>
    loud && word.text.length > 1 && isHeadlineWord(word) && placeOf(word.text) !== 'country'
  const isNameable = (word: Word) => word.capitalised && !isGrammar(word) && !isQuiet(word)
  let to = 0
  for (const [from, start] of words.entries()) {
    if (from < to || !isNameable(start)) continue
    to = from + 1
    for (let next = to; next < words.length && next < to + 3; next++) {
      const [last, word] = [words[next - 1] as Word, words[next] as Word]
      if (!joins(text.slice(last.end, word.begin), last)) break
      if (isNameable(word)) to = next + 1
      else if (!isParticle(word, words.slice(from, to))) break
    }
    yield [from, to]
  }
}

const joins = (gap: string, last: Word): boolean =>
  /^(?:[ \t\u00A0]{1,3}|-)$/.test(gap) ||
  (/^\. ?$/.test(gap) && /^(?:\p{Lu}|Mr|Mrs|Ms|Dr|St|Jr)$/u.test(last.text))

/** Vincent van Gogh, Bosnia and Herzegovina, the University of Oxford; but not Joe of Spain. */
const isParticle = (word: Word, name: readonly Word[]): boolean =>
  /^(?:da|de|del|della|den|der|di|dos|du|la|le|van|von|bin|al)$/.test(word.text) ||
  (/^(?:and|&)$/.test(word.text) && is(word, 'Place', 'Organization')) ||
  (/^of$/i.test(word.text) &&
    name.some((it) => isOrganizationWord(it) || isPlaceWord(it) || is(it, 'Organization')))
