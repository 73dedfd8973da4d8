/** What a name is the name of. */
import type { EntityType } from '../../ports.ts'
import {
  byHeart,
  is,
  isCommon,
  isEveryday,
  isOrganizationWord,
  isPlaceWord,
  isTitle,
} from './evidence.ts'
import type { Place } from './gazetteer.ts'
import type { Word } from './sentences.ts'

export interface Name {
  readonly text: string
  readonly words: readonly Word[]
  readonly place: Place | undefined
  /** The sentence speaks of it as a place: `in Reading`, `Reading, England`. */
  readonly located: boolean
  /** `President` stands before it. */
  readonly titled: boolean
}
export type Kind = readonly [type: EntityType, score: number]

/**
 * The first that holds decides. A score is about how often its rule was right in texts that people
 * had labelled, and nearly 1 where `compromise` and the gazetteer agree.
 */
export function kindOf({ text, words, place, located, titled }: Name): Kind | undefined {
  const first = words[0] as Word
  const single = words.length === 1
  const every = (tag: string) => words.every((word) => is(word, tag))
  const known = (tag: string) => byHeart(text).includes(tag)

  if (place && every('Place')) return ['LOCATION', 0.95]
  if (place === 'country') return ['LOCATION', 0.85]
  if (isOrganization(words)) return ['ORGANIZATION', 0.7]
  if (place && located) return ['LOCATION', 0.9]
  if (place && place !== 'town' && !single) return ['LOCATION', 0.75]
  if (!single && [first, words.at(-1) as Word].some(isPlaceWord)) return ['LOCATION', 0.6]
  if (single ? known('Organization') && !is(first, 'Person') : every('Organization'))
    return ['ORGANIZATION', 0.65]
  if (titled && words.length <= 3 && !isCommon(first) && !isTitle(first)) return ['PERSON', 0.8]
  const persons = words.filter((word) => is(word, 'Person') && !isTitle(word)).length
  if (!single && words.length <= 4 && persons >= words.length / 2) return ['PERSON', 0.85]
  if (single && persons && is(first, 'FirstName', 'LastName')) return ['PERSON', 0.7]
  if (place === 'metropolis') return ['LOCATION', 0.75]
  if (single && persons && known('Person')) return ['PERSON', 0.6]
  if (place === 'city' && !isEveryday(text)) return ['LOCATION', 0.7]
  if (every('Place') && (located || known('Place') || known('City') || known('Region')))
    return ['LOCATION', 0.55]
  return undefined
}

/** Oxford University, the University of Oxford; but not University Challenge. */
export const isOrganization = (words: readonly Word[]): boolean =>
  words.length > 1 &&
  words.some(
    (word, at) =>
      isOrganizationWord(word) &&
      (at === words.length - 1 || /^of$/i.test(words[at + 1]?.text ?? '')),
  )
