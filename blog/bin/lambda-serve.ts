/** The blog over HTTP as one function of it serves it: a route of the flow, or all that is none. */
import { randomUUID } from 'node:crypto'
import type { Clock, EventLog } from '@busbar/event-bus'
import type { Call } from '@busbar/runtime/lambda'
import type { Token } from '@busbar/runtime/lambda-authorizer'
import type { Fetch } from '@busbar/runtime/lambda-http'
import type { Hono } from 'hono'
import { httpApp } from '../adapters/http/http-app.ts'
import type { Credentials } from '../ports.ts'

export interface ServeOptions {
  readonly call: Call
  readonly changes: Pick<EventLog, 'head'>
  readonly publicUrl: string
  /** Where pages watch; only the function that makes pages is told. */
  readonly webSocketUrl?: string | undefined
  /** Null for a function that trusts the authorizer in front of it, and asks for no token itself. */
  readonly token: Token | null
  /** Who may sign in. */
  readonly authors: readonly string[]
  /** Null for a function to which sessions are nothing. */
  readonly credentials: Credentials | null
  readonly clock: Pick<Clock, 'now'>
  /** The script of the pages. */
  readonly script: string
  readonly log: (line: Record<string, unknown>) => void
}

/** Made at the start, where Lambda has the most processor for it; or when the token has been read. */
export function serve({ token, ...options }: ServeOptions): Fetch {
  /** What the authorizer let through is the author's; nobody else can know this. */
  const inside = randomUUID()
  let made = token ? null : appFor(inside)

  return async (request, { isAuthorized, address }) => {
    const authorToken = token ? await token() : inside
    if (made?.authorToken !== authorToken) made = appFor(authorToken)
    if (!token && isAuthorized) request.headers.set('authorization', `Bearer ${inside}`)
    return made.app.fetch(request, { clientAddress: address })
  }

  function appFor(authorToken: string): { readonly app: Hono; readonly authorToken: string } {
    // API Gateway answers only to its own names, and there is nothing that could not be ready.
    const fixed = { hosts: null, mailbox: null, ready: () => true }
    return { app: httpApp({ ...options, ...fixed, authorToken }), authorToken }
  }
}
