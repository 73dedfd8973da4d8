/** Who asks: the author that a request comes from, or nobody. */
import type { Context } from 'hono'
import { bearerOf, isAuthor } from './guard.ts'
import type { HttpOptions } from './options.ts'

export interface Author {
  /** Null: whoever has the author token, or sits at this machine while no author is configured. */
  readonly email: string | null
}
export type AuthorOf = (c: Context) => Promise<Author | null>

export function authorOf({ authorToken }: Pick<HttpOptions, 'authorToken'>): AuthorOf {
  const isToken = isAuthor(authorToken)
  return async (c) => (isToken(bearerOf(c.req.header('Authorization'))) ? { email: null } : null)
}
