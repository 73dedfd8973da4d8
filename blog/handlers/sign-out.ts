import type { Clock } from '@busbar/event-bus'
import { hashOf } from '../credential.ts'
import type { Credentials } from '../ports.ts'

export interface SignOut {
  /** The session's secret. */
  readonly session: string
  /** Whether all sessions of its author end. */
  readonly everywhere: boolean
}

/** Ends the session; whoever has none is signed out already. */
export async function signOut(
  { session, everywhere }: SignOut,
  { credentials, clock }: { credentials: Credentials; clock: Clock },
): Promise<void> {
  const found = await credentials.take('session', await hashOf(session), clock.now())
  if (found && everywhere) await credentials.removeAll(found.author, 'session')
}
