import type { Clock } from '@busbar/event-bus'
import { type Credential, hashOf, minutesAfter, sessionDays } from '../credential.ts'
import type { Credentials, Ids, Seal } from '../ports.ts'

/** By a link as it was sealed, or as somebody whom the caller knows. */
export type SignIn = ({ readonly sealed: string } | { readonly author: string }) & {
  /** The secret of the session that the browser had before, which ends. */
  readonly before: string | null
}

export interface SignedIn {
  /** The session's secret, for the cookie: it is known nowhere else. */
  readonly session: string
  readonly author: string
  /** The path where the author was going; empty when the link does not say. */
  readonly to: string
}

/** Makes a session; null when the link is not ours, was used before, or has expired. */
export async function signIn(
  input: SignIn,
  {
    credentials,
    seal,
    ids,
    clock,
  }: { credentials: Credentials; seal: Seal; ids: Ids; clock: Clock },
): Promise<SignedIn | null> {
  const now = clock.now()
  const link = 'sealed' in input ? await linkOf(input.sealed) : null
  if ('sealed' in input && !link) return null
  const author = 'author' in input ? input.author : (link as Credential).author

  if (input.before !== null) await credentials.take('session', await hashOf(input.before), now)
  const session = ids.token()
  const kept = { author, name: '', hint: '', createdAt: now.toISOString() }
  const expiresAt = minutesAfter(now, sessionDays * 24 * 60)
  await credentials.keep({ ...kept, hash: await hashOf(session), kind: 'session', expiresAt }, [])
  // From here on this author can sign in, and a start need not print a link.
  const first = { ...kept, hash: await hashOf(author), kind: 'author', expiresAt: null } as const
  if (!(await credentials.find(first.kind, first.hash, now))) await credentials.keep(first, [])
  return { session, author, to: link?.name ?? '' }

  async function linkOf(sealed: string): Promise<Credential | null> {
    const id = await seal.open('sign-in', sealed)
    return id === null ? null : credentials.take('link', await hashOf(id), now)
  }
}
