/** What the authorizer asks about a token that an author has made. */
import type { Clock } from '@busbar/event-bus'
import { hashOf, tokenHolder } from '../credential.ts'
import type { Credentials } from '../ports.ts'

/** Whether it is one, and its author still is an author. */
export async function isAuthorsToken(
  given: string,
  {
    authors,
    authorToken,
    credentials,
    clock,
  }: {
    readonly authors: readonly string[]
    readonly authorToken: string
    readonly credentials: Credentials
    readonly clock: Pick<Clock, 'now'>
  },
): Promise<boolean> {
  const found = await credentials.find('token', await hashOf(given), clock.now())
  return (
    found !== null &&
    (authors.includes(found.author) || found.author === (await tokenHolder(authorToken)))
  )
}
