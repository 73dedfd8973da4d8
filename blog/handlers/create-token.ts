import type { Clock } from '@busbar/event-bus'
import { hashOf, mostTokens } from '../credential.ts'
import type { Credentials, Ids } from '../ports.ts'

export interface CreateToken {
  readonly author: string
  /** What the author calls it. */
  readonly name: string
}

/** Answers the token, which is known nowhere else; null when its author has too many. */
export async function createToken(
  { author, name }: CreateToken,
  { credentials, ids, clock }: { credentials: Credentials; ids: Ids; clock: Clock },
): Promise<string | null> {
  const token = `bb_${ids.token()}`
  const isKept = await credentials.keep(
    {
      ...{ hash: await hashOf(token), kind: 'token', author, name, hint: token.slice(-4) },
      ...{ createdAt: clock.now().toISOString(), expiresAt: null },
    },
    [],
    mostTokens,
  )
  return isKept ? token : null
}
