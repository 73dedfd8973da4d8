/**
 * Comprehend as its SDK asks it, in AWS JSON 1.1: what it finds is found by whom a test names, and what
 * it refuses is what Comprehend refuses. Offsets are in code points.
 */
import type { RequestListener } from 'node:http'
import { json } from 'node:stream/consumers'
import type { Entity } from '../../../ports.ts'

export interface Comprehend {
  readonly listener: RequestListener
  /** Operation and text's bytes of each request. */
  readonly asked: readonly {
    readonly operation: string
    readonly bytes: number
    readonly language: string | undefined
  }[]
  /** Answers for the next requests, one each; then it reads again. */
  readonly refusals: ComprehendError[]
  /** What DetectDominantLanguage says. */
  language: { readonly code: string; readonly score: number }
}
export interface ComprehendError {
  readonly status: number
  readonly type: string
}

const languages = ['en', 'es', 'fr', 'de', 'it', 'pt', 'ar', 'hi', 'ja', 'ko', 'zh', 'zh-TW']
const mostBytes = 100_000

type Found = readonly (Omit<Entity, 'type'> & { readonly type: string })[]

/** `find` as a recogniser does, in UTF-16 units; further types may be among what it finds. */
export function comprehend(find: (text: string) => Found | Promise<Found>): Comprehend {
  const asked: Comprehend['asked'][number][] = []
  const self: Comprehend = {
    listener,
    asked,
    refusals: [],
    language: { code: 'en', score: 0.99 },
  }

  async function answerTo(operation: string, request: { Text?: unknown; LanguageCode?: string }) {
    const { Text: text, LanguageCode: language } = request
    const bytes = typeof text === 'string' ? Buffer.byteLength(text) : 0
    asked.push({ operation, bytes, language })
    const refusal = self.refusals.shift()
    if (refusal) return refusal
    if (typeof text !== 'string' || text === '')
      return { status: 400, type: 'InvalidRequestException' }
    if (bytes > mostBytes) return { status: 400, type: 'TextSizeLimitExceededException' }
    if (operation === 'DetectDominantLanguage') {
      const { code, score } = self.language
      return { body: { Languages: [{ LanguageCode: code, Score: score }] } }
    }
    if (operation !== 'DetectEntities') return { status: 400, type: 'UnknownOperationException' }
    if (!languages.includes(language ?? '')) return { status: 400, type: 'ValidationException' }
    const codePoints = (end: number) => [...text.slice(0, end)].length
    const Entities = (await find(text)).map(
      ({ type, score, beginOffset, endOffset, text: name }) => ({
        ...{ Type: type, Score: score, Text: name },
        BeginOffset: codePoints(beginOffset),
        EndOffset: codePoints(endOffset),
      }),
    )
    return { body: { Entities } }
  }

  function listener(...[request, response]: Parameters<RequestListener>): void {
    const [, operation] =
      /^Comprehend_20171127\.(\w+)$/.exec(String(request.headers['x-amz-target'])) ?? []
    const isSigned = /\/comprehend\/aws4_request/.test(request.headers.authorization ?? '')
    json(request).then(
      async (asked) => {
        const answer =
          operation && isSigned
            ? await answerTo(operation, asked as object)
            : { status: 400, type: 'AccessDeniedException' }
        const [status, body] =
          'body' in answer
            ? [200, answer.body]
            : [answer.status, { __type: answer.type, Message: 'Refused' }]
        response
          .writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
          .end(JSON.stringify(body))
      },
      () => response.writeHead(400).end(),
    )
  }
  return self
}
