import type { Clock } from '@busbar/event-bus'
import { hashOf } from '../credential.ts'
import type { SignInRequested } from '../events.ts'
import { signInLink } from '../mails/sign-in-link.ts'
import type { Credentials, Links, Mailer, Seal } from '../ports.ts'

/** Mails the link, unless it has been used or has expired meanwhile. */
export async function sendSignInLink(
  { id, detail }: SignInRequested,
  {
    credentials,
    mailer,
    links,
    seal,
    clock,
  }: { credentials: Credentials; mailer: Mailer; links: Links; seal: Seal; clock: Clock },
): Promise<void> {
  const link = await credentials.find('link', await hashOf(detail.id), clock.now())
  if (!link) return
  await mailer.send({
    messageId: `${id}.sign-in@${links.host}`,
    to: link.author,
    ...signInLink(link.author, links.signIn(await seal.seal('sign-in', detail.id))),
  })
}
