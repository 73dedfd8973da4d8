/** Comprehend over its wire protocol, with the blog's own recogniser behind it, and the refusals of AWS. */
import { compromiseEntityRecognizer } from '../../blog/adapters/entities/entity-recognizer.ts'
import { ServiceRefusal } from './endpoint.ts'
import type { Members } from './template.ts'

export interface Comprehend {
  /** `operation` as the header X-Amz-Target has it. Rejects with a `ServiceRefusal`. */
  call(operation: string, request: Members): Promise<object>
  close(): Promise<void>
}

/** Of both operations, in bytes of UTF-8. */
const mostBytes = 100_000
/** Those that DetectEntities knows. */
const languages = ['en', 'es', 'fr', 'de', 'it', 'pt', 'ar', 'hi', 'ja', 'ko', 'zh', 'zh-TW']

export function comprehend(): Comprehend {
  const recognizer = compromiseEntityRecognizer()
  return {
    async call(operation, { Text, LanguageCode }) {
      if (typeof Text !== 'string' || Text.length === 0)
        throw new ServiceRefusal(400, 'InvalidRequestException', 'Text must not be empty')
      const bytes = Buffer.byteLength(Text)
      if (bytes > mostBytes)
        throw new ServiceRefusal(
          ...([400, 'TextSizeLimitExceededException'] as const),
          `Input text size exceeds limit. Max length of request text allowed is ${mostBytes} bytes while in this request the text size is ${bytes} bytes`,
        )
      switch (operation) {
        case 'Comprehend_20171127.DetectDominantLanguage':
          return { Languages: [{ LanguageCode: 'en', Score: 0.99 }] }
        case 'Comprehend_20171127.DetectEntities': {
          if (!languages.includes(String(LanguageCode)))
            throw new ServiceRefusal(
              ...([400, 'UnsupportedLanguageException'] as const),
              `Unsupported language code ${LanguageCode}`,
            )
          const found = await recognizer.recognize(Text)
          return {
            Entities: found.map(({ type, text, score, beginOffset, endOffset }) => ({
              ...{ Type: type, Text: text, Score: score },
              // In characters of Unicode, not in units of UTF-16.
              BeginOffset: [...Text.slice(0, beginOffset)].length,
              EndOffset: [...Text.slice(0, endOffset)].length,
            })),
          }
        }
        default:
          throw new ServiceRefusal(400, 'UnknownOperationException', operation)
      }
    },
    close: () => recognizer.close(),
  }
}
