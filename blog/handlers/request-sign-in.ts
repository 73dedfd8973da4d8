import type { Clock } from '@busbar/event-bus'
import { hashOf, linkMinutes, minutesAfter, mostLinks } from '../credential.ts'
import { signInRequested } from '../events.ts'
import type { Credentials, Ids } from '../ports.ts'

export interface RequestSignIn {
  /** An author's, as `sameAddress` spells it. */
  readonly email: string
  /** The path where the author was going. */
  readonly to: string
}

/** Keeps a link for an author, unless there are many that nobody has opened; it is mailed afterwards. */
export async function requestSignIn(
  { email, to }: RequestSignIn,
  { credentials, ids, clock }: { credentials: Credentials; ids: Ids; clock: Clock },
): Promise<void> {
  const now = clock.now()
  const id = ids.next()
  await credentials.keep(
    {
      ...{ hash: await hashOf(id), kind: 'link', author: email, name: to, hint: '' },
      ...{ createdAt: now.toISOString(), expiresAt: minutesAfter(now, linkMinutes) },
    },
    [signInRequested(id)],
    mostLinks,
  )
}
