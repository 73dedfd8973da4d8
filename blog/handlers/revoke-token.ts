import type { Credentials } from '../ports.ts'

export interface RevokeToken {
  readonly author: string
  /** Of the token. */
  readonly hash: string
}

/** Ends a token of the author's. */
export async function revokeToken(
  { author, hash }: RevokeToken,
  { credentials }: { credentials: Credentials },
): Promise<void> {
  await credentials.remove(author, 'token', hash)
}
