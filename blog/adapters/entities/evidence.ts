/** What can be said of a single word, by its look, by its tags and by heart. */
import nlp from 'compromise'
import type { Word } from './sentences.ts'

const organization =
  /^(?:academy|agency|airlines|airways|army|assembly|association|authority|bank|board|bureau|cent(?:er|re)|church|club|college|commission|committee|company|congress|corp|corporation|council|court|department|federation|foundation|fund|group|holdings|hospital|inc|industries|institut(?:e|ion)|laborator(?:y|ies)|labs|league|library|llc|ltd|ministry|museum|news|observatory|office|orchestra|organi[sz]ation|parliament|partners|party|police|press|school|senate|services|society|studios|systems|team|technologies|times|trust|union|university|fc)$/i
const place =
  /^(?:airport|avenue|ave|bay|beach|boulevard|bridge|canal|cape|castle|coast|county|creek|desert|district|falls|forest|gardens?|gulf|highway|hills?|islands?|isle|lake|lane|mount|mountains?|oceans?|park|peninsula|province|river|road|sea|square|station|strait|street|valley|village)$/i
const title =
  /^(?:actor|actress|ambassador|archbishop|attorney|bishop|captain|ceo|cfo|cto|chairman|chancellor|chief|colonel|congress(?:wo)?man|dame|director|doctor|emperor|empress|foreign|general|governor|judge|justice|king|lady|lieutenant|lord|mayor|minister|miss|pope|premier|president|prime|prince|princess|professor|queen|secretary|senator|sergeant|sir|vice)$/i

export const is = (word: Word, ...tags: readonly string[]): boolean =>
  tags.some((tag) => word.tags.has(tag))
export const isOrganizationWord = ({ text }: Word): boolean => organization.test(text)
export const isPlaceWord = ({ text }: Word): boolean => place.test(text)
export const isTitle = (word: Word): boolean => title.test(word.text) || is(word, 'Honorific')
/** Capitalised or not, no part of a name. */
export const isGrammar = (word: Word): boolean =>
  is(word, 'Pronoun', 'Month', 'WeekDay', 'Determiner', 'Conjunction', 'Preposition') ||
  is(word, 'QuestionWord', 'Copula', 'Auxiliary', 'Modal', 'Negative', 'Expression') ||
  is(word, 'Cardinal', 'Ordinal', 'Currency', 'Emoticon', 'Url') ||
  (/\p{Ll}/u.test(word.text) &&
    byHeart(word.text).some((tag) => /^(?:Preposition|Conjunction|Determiner|Pronoun)$/.test(tag)))
/** No name as it stands in its sentence. */
export const isCommon = (word: Word): boolean =>
  !is(word, 'ProperNoun', 'Person', 'Place', 'Organization') &&
  !isOrganizationWord(word) &&
  !isPlaceWord(word)

const { lexicon } = (nlp.model() as { one: { lexicon: Record<string, string | string[]> } }).one
/** What `compromise` knows of a name, whatever the sentence. */
export function byHeart(name: string): readonly string[] {
  const key = name.toLowerCase()
  return Object.hasOwn(lexicon, key) ? [lexicon[key] ?? []].flat() : []
}
/** Nice and Reading: a word that has a meaning of its own. */
export const isEveryday = (name: string): boolean =>
  byHeart(name).some((tag) => !/Noun|Name|Person|Place|City|Region|Country|Organization/.test(tag))
/** Capitalised as all words of its headline are: there compromise takes verbs for names. */
export const isHeadlineWord = (word: Word): boolean =>
  isCommon(word) ||
  (isEveryday(word.text) && !is(word, 'Place') && !isOrganizationWord(word) && !isPlaceWord(word))
