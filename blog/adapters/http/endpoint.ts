/** What an endpoint of the API is: a row of the table in `endpoints.ts`. */
import type { z } from 'zod'
import type { Call, Routes } from './routes.ts'
import * as schemas from './schemas.ts'

export interface Answer {
  readonly status: 200 | 201 | 202 | 204 | 304
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}
export interface Input {
  /** Empty when the path has none. */
  readonly id: string
  readonly query: unknown
  readonly headers: unknown
  readonly body: unknown
}
export interface Uses {
  readonly call: Call
  /** The newest change that a browser could have been told of. */
  readonly head: () => Promise<string>
}
export type AnswerHeader = 'ETag' | 'Location' | 'Link' | 'Watch-Cursor'

export interface Endpoint {
  /** As in the flow. */
  readonly on: keyof Routes
  readonly operationId: string
  readonly summary: string
  /** Whether only the author may. */
  readonly authored: boolean
  /** Whether one client may ask only so often. */
  readonly limited: boolean
  readonly query: z.ZodObject
  readonly headers: z.ZodObject
  readonly body: z.ZodType | null
  readonly success: {
    readonly status: 200 | 201 | 202 | 204
    readonly description: string
    readonly body: z.ZodType | null
    readonly headers: readonly AnswerHeader[]
  }
  readonly answer: (input: Input, uses: Uses) => Promise<Answer>
}

/** Ties an endpoint's answer to its own schemas, and fills in what it leaves out. */
export function endpoint<
  Q extends z.ZodObject = typeof schemas.nothing,
  H extends z.ZodObject = typeof schemas.nothing,
  B extends z.ZodType = z.ZodNull,
>(
  parts: Pick<Endpoint, 'on' | 'operationId' | 'summary' | 'success'> & {
    readonly authored?: boolean
    readonly limited?: boolean
    readonly query?: Q
    readonly headers?: H
    readonly body?: B
    readonly answer: (
      input: { id: string; query: z.output<Q>; headers: z.output<H>; body: z.output<B> },
      uses: Uses,
    ) => Promise<Answer>
  },
): Endpoint {
  const none = { query: schemas.nothing, headers: schemas.nothing, body: null }
  const defaults = { authored: false, limited: false, ...none }
  return { ...defaults, ...parts, answer: parts.answer as Endpoint['answer'] }
}

/** The address of the next page, unless this is the last. */
export const toNext = (
  path: string,
  query: Readonly<Record<string, unknown>>,
  { cursor }: { readonly cursor: string | null },
): { readonly Link?: string } =>
  cursor === null ? {} : { Link: `<${path}?${queryString({ ...query, cursor })}>; rel="next"` }

const queryString = (query: Readonly<Record<string, unknown>>): URLSearchParams =>
  new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  )
