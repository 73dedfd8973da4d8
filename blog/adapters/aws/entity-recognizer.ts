/**
 * People, places and organisations found by Amazon Comprehend. It reads 100 KB at a time, in the
 * language that it is told, and counts in code points.
 */
import {
  type ComprehendClient,
  DetectDominantLanguageCommand,
  DetectEntitiesCommand,
  type Entity as Found,
  type LanguageCode,
} from '@aws-sdk/client-comprehend'
import { DeliveryFailed, DeliveryRefused } from '@busbar/event-bus'
import type { Entity, EntityRecognizer, EntityType } from '../../ports.ts'
import { chunks } from './chunks.ts'

/** The port's. */
const longest = 100_000
/** DetectEntities takes so many bytes of UTF-8. */
const mostBytes = 100_000
/** Enough to tell a language by. */
const sample = 5_000
/** Of a few words it only guesses, and then names are not found that stand there in English. */
const likely = 0.5
const languages: readonly string[] = [
  ...['en', 'es', 'fr', 'de', 'it', 'pt', 'ar', 'hi', 'ja', 'ko', 'zh', 'zh-TW'],
]
const types: readonly string[] = ['PERSON', 'LOCATION', 'ORGANIZATION'] satisfies EntityType[]

export function comprehendEntityRecognizer(client: ComprehendClient): EntityRecognizer {
  /** English where Comprehend knows no names in the language, or does not tell it. */
  async function languageOf(text: string): Promise<LanguageCode> {
    const { Languages = [] } = await client.send(
      new DetectDominantLanguageCommand({ Text: text.slice(0, sample).toWellFormed() }),
    )
    const [best] = Languages.toSorted((a, b) => (b.Score ?? 0) - (a.Score ?? 0))
    const code = (best?.Score ?? 0) >= likely ? (best?.LanguageCode ?? '') : ''
    return (languages.includes(code) ? code : 'en') as LanguageCode
  }

  async function entitiesOf(
    { text, begin }: { text: string; begin: number },
    LanguageCode: LanguageCode,
  ): Promise<readonly Entity[]> {
    const { Entities = [] } = await client.send(
      new DetectEntitiesCommand({ Text: text.toWellFormed(), LanguageCode }),
    )
    const offsets = utf16Offsets(text)
    return Entities.flatMap((found) => entity(found, text, begin, offsets))
  }

  return {
    async recognize(text) {
      if (text.length > longest)
        throw new RangeError(`The text has ${text.length} characters; at most ${longest} are read`)
      if (text.trim() === '') return []
      try {
        const language = await languageOf(text)
        const parts = chunks(text, mostBytes).filter((chunk) => chunk.text.trim() !== '')
        const found = await Promise.all(parts.map((chunk) => entitiesOf(chunk, language)))
        return apart(found.flat())
      } catch (error) {
        throw failure(error)
      }
    },
  }
}

function entity(
  { Type, Score = 0, BeginOffset = 0, EndOffset = 0 }: Found,
  text: string,
  begin: number,
  offsets: (codePoint: number) => number,
): readonly Entity[] {
  const [from, to] = [offsets(BeginOffset), offsets(EndOffset)]
  if (!types.includes(Type ?? '') || Score <= 0 || to <= from) return []
  return [
    {
      type: Type as EntityType,
      text: text.slice(from, to),
      beginOffset: begin + from,
      endOffset: begin + to,
      score: Math.min(1, Score),
    },
  ]
}

/** Where a code point begins, in UTF-16 units. */
function utf16Offsets(text: string): (codePoint: number) => number {
  // Most texts have no pairs, and then both count the same.
  if (!/[\ud800-\udfff]/.test(text)) return (codePoint) => Math.min(codePoint, text.length)
  const offsets: number[] = []
  let at = 0
  for (const each of text) {
    offsets.push(at)
    at += each.length
  }
  return (codePoint) => offsets[codePoint] ?? text.length
}

/** In order; of two that overlap the first. */
function apart(entities: readonly Entity[]): readonly Entity[] {
  let end = 0
  return entities
    .toSorted((a, b) => a.beginOffset - b.beginOffset || b.endOffset - a.endOffset)
    .filter(({ beginOffset, endOffset }) => {
      if (beginOffset < end) return false
      end = endOffset
      return true
    })
}

const throttled = [
  ...['TooManyRequestsException', 'ThrottlingException', 'ProvisionedThroughputExceededException'],
  'RequestLimitExceeded',
]
const forbidden = ['AccessDeniedException', 'UnrecognizedClientException', 'ExpiredTokenException']

/** No message has a part of the text. */
function failure(error: unknown): Error {
  const { name, $fault } = error as Error & { readonly $fault?: string }
  const text = `Comprehend did not read a text: ${name}`
  if (throttled.includes(name))
    return new DeliveryFailed(text, { code: 'THROTTLING', cause: error })
  if (forbidden.includes(name))
    return new DeliveryFailed(
      `${text}. The function has to be allowed comprehend:DetectEntities and comprehend:DetectDominantLanguage`,
      { code: 'NO_PERMISSIONS', cause: error },
    )
  // What is wrong with the request is wrong each time.
  if ($fault === 'client')
    return new DeliveryRefused(text, { code: 'INVALID_PARAMETER', cause: error })
  return new DeliveryFailed(text, { code: 'ERROR_FROM_TARGET', cause: error })
}
