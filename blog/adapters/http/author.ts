/** Who asks: the author that a request comes from, or nobody. */
import type { Context } from 'hono'
import { hashOf, sameAddress, tokenHolder } from '../../credential.ts'
import { bearerOf, isAuthor, isOpen } from './guard.ts'
import type { HttpRoute } from './http-route.ts'
import type { HttpOptions } from './options.ts'
import { sessionOf } from './session.ts'

export interface Author {
  /** Null: whoever has the author token, or sits at this machine while no author is configured. */
  readonly email: string | null
  /** Whose sessions and tokens they are; empty where nobody signs in. */
  readonly id: string
  /** Whether it is a browser that has signed in. */
  readonly session: boolean
}
export type AuthorOf = (c: Context) => Promise<Author | null>

type Options = Pick<HttpOptions, 'authorToken' | 'authors' | 'credentials' | 'clock' | 'publicUrl'>

const made = new WeakMap<Options, AuthorOf>()

/**
 * By the author token or an API token as a bearer, or by the cookie of a session. A request that says a
 * bearer is that one's, whatever its cookies. It is looked up once for each request.
 */
export function authorOf(options: Options): AuthorOf {
  const known = made.get(options)
  if (known) return known
  const answers = new WeakMap<Request, Promise<Author | null>>()
  const ask = asking(options)
  const answer: AuthorOf = (c) => {
    const asked = answers.get(c.req.raw) ?? ask(c)
    answers.set(c.req.raw, asked)
    return asked
  }
  made.set(options, answer)
  return answer
}

function asking(options: Options): AuthorOf {
  const { authorToken, credentials, clock } = options
  if (isOpen(options)) return async () => ({ email: null, id: '', session: false })
  const authors = new Set(options.authors.map(sameAddress))
  const isToken = isAuthor(authorToken)
  const holder = authorToken === null ? null : tokenHolder(authorToken)

  /** Whoever is no author any more is nobody, whatever he still has. */
  async function author(id: string, session: boolean): Promise<Author | null> {
    if (authors.has(id)) return { email: id, id, session }
    return id === (await holder) ? { email: null, id, session } : null
  }
  async function kept(kind: 'session' | 'token', secret: string): Promise<Author | null> {
    const found = await credentials?.find(kind, await hashOf(secret), clock.now())
    return found ? author(found.author, kind === 'session') : null
  }

  return async (c) => {
    const authorization = c.req.header('Authorization')
    if (authorization !== undefined) {
      const bearer = bearerOf(authorization)
      if (isToken(bearer)) return author((await holder) ?? '', false)
      return bearer?.startsWith('bb_') ? kept('token', bearer) : null
    }
    const session = sessionOf(c, options)
    return session === null ? null : kept('session', session)
  }
}

/** A page for authors alone: everybody else is led to the sign-in, and back from there. */
export const forAuthors =
  (
    options: Options,
    answer: (c: Context, author: Author) => Response | Promise<Response>,
  ): HttpRoute['answer'] =>
  async (c) => {
    const author = await authorOf(options)(c)
    return author ? answer(c, author) : toSignIn(c)
  }

/** What a form sent cannot be sent again by itself, so its author begins with a page. */
export function toSignIn(c: Context): Response {
  const { pathname, search } = new URL(c.req.url)
  const to = c.req.method === 'GET' ? `?to=${encodeURIComponent(pathname + search)}` : ''
  return c.redirect(`/sign-in${to}`, 303)
}
