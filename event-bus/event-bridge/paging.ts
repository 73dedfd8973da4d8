/** Lists in parts, as EventBridge answers them: Limit and an opaque NextToken. */
import type { Faults, Structure } from '../constraints.ts'
import { BusError } from '../errors.ts'

/** What a list request says of its part. */
export interface Paging {
  readonly limit: number
  /** The last name of the part before; empty for the first part. */
  readonly after: string
}

export interface Page<T> {
  readonly items: readonly T[]
  /** To be spread into the answer: absent with the last part. */
  readonly next: { readonly NextToken?: string }
}

/** EventBridge's greatest, and what is answered without one. */
const greatestLimit = 100

/** Throws `ValidationException` for a token that no list gave; other faults are noted. */
export function paging(noted: Faults, given: Structure): Paging {
  const limit = noted.integer(given.Limit, 'limit', 1, greatestLimit) ?? greatestLimit
  const token = noted.text(given.NextToken, 'nextToken', { min: 1, max: 2048 })
  if (token === undefined) return { limit, after: '' }
  try {
    return { limit, after: atob(token) }
  } catch (cause) {
    throw new BusError(
      'ValidationException',
      'Parameter NextToken is not valid. Reason: it is not one that this list has answered.',
      { cause },
    )
  }
}

/** Ordered by name, so that what is added or removed meanwhile neither repeats nor hides another. */
export function page<T>(
  all: Iterable<T>,
  nameOf: (item: T) => string,
  { limit, after }: Paging,
): Page<T> {
  const rest = [...all]
    .filter((item) => nameOf(item) > after)
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  const items = rest.slice(0, limit)
  const last = items.at(-1)
  const isLast = last === undefined || rest.length <= limit
  return { items, next: isLast ? {} : { NextToken: btoa(nameOf(last)) } }
}
