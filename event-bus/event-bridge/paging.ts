/** Lists in parts, as EventBridge answers them: Limit and an opaque NextToken. */
import { type Faults, pattern, type Structure } from '../constraints.ts'
import { BusError } from '../errors.ts'

/** What a list request says of its part. */
export interface Paging {
  readonly limit: number
  /** The last name of the part before; empty for the first part. */
  readonly after: string
  /** The NextToken behind this name, for this list alone. */
  tokenAfter(name: string): string
}

export interface Page<T> {
  readonly items: readonly T[]
  /** To be spread into the answer: absent with the last part. */
  readonly next: { readonly NextToken?: string }
}

/** EventBridge's greatest, and what is answered without one. */
const greatestLimit = 100

/** What EventBridge's connections and API destinations ask of a token; they have another text, too. */
const base64 = pattern(
  '^(?:[A-Za-z0-9+\\/]{4})*(?:[A-Za-z0-9+\\/]{4}|[A-Za-z0-9+\\/]{3}=|[A-Za-z0-9+\\/]{2}={2})$',
)

/**
 * Throws `ValidationException` for a token that no list gave, or another one did: one of other
 * filters. Other faults are noted.
 */
export function paging(
  noted: Faults,
  given: Structure,
  {
    asBase64 = false,
    isTerse = false,
  }: {
    readonly asBase64?: boolean
    /** As ListRuleNamesByTarget tells of tokens: before the limit, and without a reason. */
    readonly isTerse?: boolean
  } = {},
): Paging {
  const list = listOf(given)
  const tokenAfter = (name: string) => btoa(`${list} ${name}`)
  const limitOf = () => noted.integer(given.Limit, 'limit', 1, greatestLimit) ?? greatestLimit
  const early = isTerse ? undefined : limitOf()
  const token = noted.text(given.NextToken, 'nextToken', {
    ...{ min: 1, max: 2048 },
    ...(asBase64 && { pattern: base64 }),
  })
  const limit = early ?? limitOf()
  if (token === undefined) return { limit, after: '', tokenAfter }
  const [of, ...name] = decoded(token).split(' ')
  if (isTerse && (name.length === 0 || of !== list)) throw invalid()
  if (asBase64 && (name.length === 0 || of !== list)) throw invalid('The request is malformed.')
  if (name.length === 0) throw invalid('Malformed request.')
  if (of !== list) throw invalid('Token invalid.')
  return { limit, after: name.join(' '), tokenAfter }
}

/** Ordered by name, so that what is added or removed meanwhile neither repeats nor hides another. */
export function page<T>(
  all: Iterable<T>,
  nameOf: (item: T) => string,
  { limit, after, tokenAfter }: Paging,
): Page<T> {
  const rest = [...all]
    .filter((item) => nameOf(item) > after)
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  const items = rest.slice(0, limit)
  const last = items.at(-1)
  const isLast = last === undefined || rest.length <= limit
  return { items, next: isLast ? {} : { NextToken: tokenAfter(nameOf(last)) } }
}

/** Another text for other filters, as good as always (FNV-1a). */
function listOf(given: Structure): string {
  let hash = 0x811c9dc5
  const { Limit: _limit, NextToken: _token, ...filters } = given
  for (const character of JSON.stringify(
    Object.entries(filters).sort(([a], [b]) => (a < b ? -1 : 1)),
  ))
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return (hash >>> 0).toString(36)
}

function decoded(token: string): string {
  try {
    return atob(token)
  } catch {
    return ''
  }
}

const invalid = (why?: string) =>
  new BusError(
    'ValidationException',
    `Parameter NextToken is not valid.${why === undefined ? '' : ` Reason: ${why}`}`,
  )
