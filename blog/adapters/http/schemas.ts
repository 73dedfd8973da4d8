/**
 * What the API takes and gives. These schemas check the requests, and the OpenAPI document is
 * written from them. Lengths are in UTF-16 units, as JavaScript counts.
 */
import { isLoopback } from '@busbar/event-bus/loopback'
import * as z from 'zod'
import { parseEntityTags } from './etag.ts'
import type { Fault } from './problem.ts'

const unharmed = (text: string): boolean => text.isWellFormed()
const harm = 'must be well-formed Unicode, without half a surrogate pair'

const line = (max: number, min = 1) =>
  z
    .string()
    .trim()
    .min(min)
    .max(max)
    .regex(/^\P{Cc}*$/u, 'must not hold control characters or line breaks')
    .refine(unharmed, harm)

const text = z
  .string()
  .max(50_000)
  .refine((body) => !body.includes('\0'), 'must not hold the character U+0000')
  .refine(unharmed, harm)

/** `min`: 0 where a field may be empty. */
const fieldsOf = (min: 0 | 1) => ({
  author: line(100, min),
  title: line(200, min),
  // A browser takes /topics/.. for /, however it is spelled: such a topic would have no page.
  topic: line(100, min).refine((topic) => !/^\.{1,2}$/.test(topic), 'must be more than dots'),
  body: min === 0 ? text : text.regex(/\S/, 'must not be blank'),
})
const fields = fieldsOf(1)
const { author, title, body } = fields
export const { topic } = fields

export const draft = z.strictObject({ author, title, body, topic })

const unfinished = fieldsOf(0)
/** A draft need not be complete. What is left out is empty, and without a time nothing publishes it. */
export const draftContent = z.strictObject({
  author: unfinished.author.default(''),
  title: unfinished.title.default(''),
  body: unfinished.body.default(''),
  topic: unfinished.topic.default(''),
  publishAt: z.iso
    .datetime({ offset: true, error: 'must be a time like 2026-01-31T08:00:00Z' })
    .transform((at) => new Date(at).toISOString())
    // Times sort as text, and one of the year 10000 begins with a +.
    .refine((at) => /^\d/.test(at), 'must be before the year 10000')
    .nullable()
    .default(null),
})

export const changes = z
  .strictObject({
    author: z.exactOptional(author),
    title: z.exactOptional(title),
    body: z.exactOptional(body),
    topic: z.exactOptional(topic),
  })
  .refine((given) => Object.keys(given).length > 0, 'must name at least one field to change')
  .meta({ minProperties: 1 })

const email = z
  .email('must be an e-mail address')
  .max(254, 'must be at most 254 characters')
  // Upper and lower case differ before the @ at most, so only the domain is folded.
  .transform((email) => email.replace(/@.*$/, (domain) => domain.toLowerCase()))

/** Without TLS on this machine alone; whether that may be called is decided where it is. */
function mayBeWebhook(text: string): boolean {
  const url = URL.parse(text)
  if (!url || url.username + url.password + url.hash !== '' || !unharmed(text)) return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
}
const httpsUrl = z
  .string()
  .trim()
  .max(500)
  .refine(mayBeWebhook, 'must be an address like https://example.org/hook, without a user or #')
  .transform((url) => new URL(url).href)
  .meta({ format: 'uri' })

export const subscription = z.union([
  z.strictObject({ email, topic }),
  z.strictObject({ url: httpsUrl, topic }),
])
/** Of the page on which a subscriber asks for the link to the preferences. */
export const subscriber = z.union([
  z.strictObject({ email }).transform((by) => ({ protocol: 'email' as const, endpoint: by.email })),
  z
    .strictObject({ url: httpsUrl })
    .transform((by) => ({ protocol: 'https' as const, endpoint: by.url })),
])
/** Of the pages on which authors sign in and make tokens. */
export const signIn = z.strictObject({ email })
export const token = z.strictObject({ name: line(100) })

/** Ids sort as text, so the other spelling of a UUID would page through the posts wrongly. */
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
export const postId = z.string().regex(uuid, 'must be the id of a post').meta({ format: 'uuid' })

const id = z.string().regex(uuid, 'must be the id of a subscription')
/** What the forms of the preferences ask for. */
export const preferencesChange = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['end', 'rotate']), id }),
  z.object({ kind: z.literal('add'), topic }),
  z.object({ kind: z.enum(['end-all', 'erase']) }),
])

const page = {
  limit: z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(1).max(100))
    .default(20),
  cursor: z.string().regex(uuid, 'must be the cursor of a page before').optional(),
}
export const listQuery = z.strictObject({ topic: topic.optional(), ...page })
/** The names of parameters are short: people read them in addresses. */
export const asked = line(200)
export const searchQuery = z.strictObject({ q: asked, ...page })
export const mentionsQuery = z.strictObject({ name: asked, ...page })
const draftCursor = z
  .string()
  .regex(/^[\d:.TZ-]{24}_[\da-f-]{36}$/, 'must be the cursor of a page before')
  .optional()
export const draftsQuery = z.strictObject({ limit: page.limit, cursor: draftCursor })
export const draftsPageQuery = z.object({ cursor: draftCursor })
/** A page's address may carry what others put there, e.g. `utm_source`. */
export const pageQuery = z.object({ cursor: page.cursor })

const entityTags = z
  .string()
  .refine(
    (header) => parseEntityTags(header) !== null,
    'must be * or entity tags like "1.2", "3.4"',
  )
export const ifMatch = z.object({ 'If-Match': entityTags })
export const ifNoneMatch = z.object({ 'If-None-Match': entityTags.optional() })
export const idempotencyKey = z.object({
  'Idempotency-Key': z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters')
    .optional(),
})
export const nothing = z.strictObject({})

const names = z.array(z.string())
export const post = z.object({
  id: postId,
  createdAt: z.iso.datetime(),
  author,
  title,
  body,
  topic,
  entities: z.object({ locations: names, persons: names, organizations: names }).optional(),
})
const iso = z.iso.datetime()
export const savedDraft = z.object({
  ...{ id: z.string().meta({ format: 'uuid' }), ...unfinished },
  ...{ publishAt: iso.nullable(), savedAt: iso, revision: z.int() },
})
export const draftPage = z.object({ drafts: z.array(savedDraft), cursor: z.string().nullable() })
export const postPage = z.object({ posts: z.array(post), cursor: postId.nullable() })
const told = z.object({
  ...{ of: z.int(), done: z.int(), failed: z.int(), dead: z.int(), at: iso.nullable() },
})
const steps = z.enum(['mailed', 'called', 'recognised', 'pushed'])
export const progress = z.object({
  ...{ stored: iso, announced: iso.nullable(), mailed: told, called: told },
  ...{ recognised: iso.nullable(), pushed: iso.nullable() },
  failures: z.array(
    z.object({
      ...{ step: steps, attempts: z.int(), reason: z.string(), at: iso, isTriedAgain: z.boolean() },
    }),
  ),
  isFinished: z.boolean(),
})
export const topics = z.object({ topics: names })
export const accepted = z.object({ message: z.string() })
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
})

/** An input is read as far as this many of its faults, so that a hostile one has no endless answer. */
const mostFaults = 100

/** Every fault of an input, in words that follow the name of the field. */
export function check<S extends z.ZodType>(
  schema: S,
  input: unknown,
): { readonly value: z.output<S> } | { readonly faults: readonly Fault[] } {
  const { data, error } = schema.safeParse(input, { error: wording })
  if (!error) return { value: data }
  const faults = error.issues
    .flatMap(nearest)
    .flatMap((issue): Fault[] =>
      issue.code === 'unrecognized_keys'
        ? issue.keys
            .slice(0, mostFaults)
            .map((key) => ({ field: key.slice(0, 100), message: 'is not known here' }))
        : [{ field: issue.path.join('.'), message: issue.message }],
    )
  return { faults: faults.slice(0, mostFaults) }
}

/** Of several shapes that an input may have, what is wrong with the one that it comes closest to. */
const nearest = (issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] =>
  issue.code === 'invalid_union' && issue.errors.length > 0
    ? issue.errors.reduce((least, each) => (each.length < least.length ? each : least))
    : [issue]

const wording: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === 'too_small')
    return issue.origin === 'string' ? 'must not be empty' : `must be at least ${issue.minimum}`
  if (issue.code === 'too_big')
    return `must be at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : ''}`
  if (issue.code !== 'invalid_type') return undefined
  if (issue.input === undefined) return 'is missing'
  if (Array.isArray(issue.input) && issue.expected === 'string')
    return 'must be one string, not a list'
  return issue.expected === 'object' ? 'must be a JSON object' : `must be a ${issue.expected}`
}
