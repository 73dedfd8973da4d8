/** The link that a start prints, so that the first author gets in before any mail works. */
import type { Clock } from '@busbar/event-bus'
import { hashOf, linkMinutes, minutesAfter } from '../credential.ts'
import type { Credentials, Ids, Links, Seal } from '../ports.ts'
import type { Settings } from './settings.ts'

/**
 * Null where nobody signs in by mail, or somebody has done it. Where mails are kept instead of sent, it is
 * null only while an author is signed in: nobody else sees the mailbox page.
 */
export async function firstLink(
  { authors, smtpUrl }: Pick<Settings, 'authors' | 'smtpUrl'>,
  {
    credentials,
    seal,
    links,
    ids,
    clock,
  }: { credentials: Credentials; seal: Seal; links: Links; ids: Ids; clock: Clock },
): Promise<string | null> {
  const [first] = authors
  if (first === undefined) return null
  const now = clock.now()
  for (const author of authors) {
    const hasSession = (await credentials.of(author, 'session', now)).length > 0
    const hasSignedIn = (await credentials.find('author', await hashOf(author), now)) !== null
    if (smtpUrl ? hasSignedIn : hasSession) return null
  }
  const id = ids.next()
  await credentials.keep(
    {
      ...{ hash: await hashOf(id), kind: 'link', author: first, name: '/write', hint: '' },
      ...{ createdAt: now.toISOString(), expiresAt: minutesAfter(now, linkMinutes) },
    },
    [],
  )
  return links.signIn(await seal.seal('sign-in', id))
}
