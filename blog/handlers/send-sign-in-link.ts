import type { Clock } from '@busbar/event-bus'
import { hashOf, linkMinutes } from '../credential.ts'
import type { SignInRequested } from '../events.ts'
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
    subject: 'Sign in to the blog',
    text: `Somebody, hopefully you, wants to sign in as ${link.author}.

If it was you, open this link within ${linkMinutes} minutes; it works once:

${links.signIn(await seal.seal('sign-in', detail.id))}

If it was not, do nothing: without the link nobody gets in.
`,
  })
}
