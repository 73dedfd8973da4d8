/** The OpenAPI 3.1 document, written from the table of endpoints and the schemas that validate. */
import * as z from 'zod'
import type { AnswerHeader, Endpoint } from './endpoint.ts'
import { endpoints } from './endpoints.ts'
import { titleOf } from './problem.ts'
import * as schemas from './schemas.ts'

type Json = Readonly<Record<string, unknown>>

const named = {
  input: {
    Draft: schemas.draft,
    Changes: schemas.changes,
    DraftContent: schemas.draftContent,
    Subscription: schemas.subscription,
  },
  output: {
    Post: schemas.post,
    PostPage: schemas.postPage,
    SavedDraft: schemas.savedDraft,
    DraftPage: schemas.draftPage,
    PostProgress: schemas.progress,
    Topics: schemas.topics,
    Accepted: schemas.accepted,
    Problem: schemas.problem,
  },
}

const headers: Readonly<Record<AnswerHeader | 'Retry-After', string>> = {
  ETag: 'For If-None-Match; a post’s is its revision and version, also for If-Match.',
  Location: 'Where the post is.',
  Link: 'The next page, with rel="next"; absent on the last.',
  'Watch-Cursor':
    'For `after` on the WebSocket /ws: watching from here misses no change made since this answer was read.',
  'Retry-After': 'In seconds.',
}

const challenge = { 'WWW-Authenticate': 'How to sign in.' }

const parameters: Readonly<Record<string, string>> = {
  topic: 'Only the posts of this topic.',
  q: 'Words. Case and diacritics do not matter, and the last may be the beginning of one.',
  name: 'Of a person, a place or an organization, in whichever case.',
  limit: 'How many posts at most.',
  cursor: 'The `cursor` of the page before.',
  'If-Match':
    'The ETag of the post that was read, a list of them, or *. Only the revision in it counts: names that were recognised meanwhile do not stand in the way.',
  'If-None-Match': 'ETags that are known already: then the answer is 304.',
  'Idempotency-Key': 'Asked again with it within 24 hours, the same draft makes no second post.',
}

/** `signIn`: whether writing needs the author's token. */
export function openapi({ publicUrl, signIn }: { publicUrl: string; signIn: boolean }): Json {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const endpoint of endpoints) {
    const [method, path] = endpoint.on.split(' ') as [string, string]
    paths[path] ??= path.includes('{id}') ? { parameters: [ref('parameters', 'id')] } : {}
    paths[path][method.toLowerCase()] = operation(endpoint, signIn && endpoint.authored)
  }
  return {
    openapi: '3.1.1',
    info: { title: 'The blog', version: '1', summary: 'Posts, topics and subscriptions.' },
    servers: [{ url: publicUrl }],
    paths,
    components: {
      schemas: { ...components('input'), ...components('output') },
      parameters: {
        id: { name: 'id', in: 'path', required: true, schema: inline(schemas.postId) },
      },
      headers: mapValues({ ...headers, ...(signIn && challenge) }, (description) => ({
        description,
        schema: { type: 'string' },
      })),
      ...(signIn && { securitySchemes: { author: { type: 'http', scheme: 'bearer' } } }),
    },
  }
}

function operation(endpoint: Endpoint, signIn: boolean): Json {
  const { operationId, summary, body, success } = endpoint
  const statuses = problemsOf(endpoint, signIn).map((status) => [status, problemAnswer(status)])
  return {
    operationId,
    summary,
    ...(signIn && { security: [{ author: [] }] }),
    parameters: [
      ...parametersOf(endpoint.query, 'query'),
      ...parametersOf(endpoint.headers, 'header'),
    ],
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: refTo(body) } } },
    }),
    responses: {
      [success.status]: {
        description: success.description,
        ...headersOf(success.headers),
        ...(success.body && { content: { 'application/json': { schema: refTo(success.body) } } }),
      },
      ...('If-None-Match' in endpoint.headers.shape && {
        304: { description: 'Nothing is new.', ...headersOf(success.headers) },
      }),
      ...Object.fromEntries(statuses),
    },
  }
}

/** Which refusals an endpoint can answer with follows from what it takes. */
export function problemsOf(
  { on, headers, body, limited }: Endpoint,
  signIn: boolean,
): readonly number[] {
  return [
    400,
    ...(signIn ? [401] : []),
    ...(on.startsWith('GET') ? [] : [403]),
    ...(on.includes('{id}') ? [404] : []),
    ...(on.includes('/drafts/{id}') ? [410] : []),
    ...('If-Match' in headers.shape ? [412] : []),
    ...(body ? [413, 415] : []),
    421,
    ...('Idempotency-Key' in headers.shape ? [422] : []),
    ...('If-Match' in headers.shape ? [428] : []),
    ...(limited ? [429] : []),
    500,
    503,
  ]
}

function problemAnswer(status: number): Json {
  const told = { 401: 'WWW-Authenticate', 429: 'Retry-After', 503: 'Retry-After' }[status]
  return {
    description: titleOf(status),
    ...headersOf(told ? [told] : []),
    content: { 'application/problem+json': { schema: ref('schemas', 'Problem') } },
  }
}

const parametersOf = ({ shape }: z.ZodObject, where: 'query' | 'header'): readonly Json[] =>
  Object.entries(shape).map(([name, schema]) => ({
    name,
    in: where,
    required: !(schema as z.ZodType).safeParse(undefined).success,
    description: parameters[name],
    schema: inline(schema as z.ZodType),
  }))

const headersOf = (names: readonly string[]): Json =>
  names.length > 0
    ? { headers: Object.fromEntries(names.map((name) => [name, ref('headers', name)])) }
    : {}

const ref = (kind: string, name: string): Json => ({ $ref: `#/components/${kind}/${name}` })

function refTo(schema: z.ZodType): Json {
  const all = Object.entries({ ...named.input, ...named.output })
  const [name] = all.find(([, candidate]) => candidate === schema) ?? []
  if (!name) throw new Error('A schema of an endpoint has no name in the OpenAPI document')
  return ref('schemas', name)
}

function components(io: 'input' | 'output'): Json {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(named[io])) registry.add(schema, { id })
  const uri = (id: string) => `#/components/schemas/${id}`
  return mapValues(z.toJSONSchema(registry, { io, uri }).schemas, withoutHead)
}

/** A parameter's text is read into the type that this tells. */
const inline = (schema: z.ZodType): Json => withoutHead(z.toJSONSchema(schema, { io: 'output' }))

const withoutHead = ({ $schema, $id, ...rest }: Json): Json => rest

const mapValues = <T>(record: Readonly<Record<string, T>>, map: (value: T) => unknown): Json =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
