/**
 * The way to what a mailbox or a webhook has asked for. Whoever has the link has read what came there, so it
 * needs no password, and nothing is stored for it.
 */
import type { Subscription } from '@busbar/event-bus'
import type { Links, Seal } from './ports.ts'

/** Whose preferences they are. */
export type Subscriber = Pick<Subscription, 'protocol' | 'endpoint'>

const purpose = 'preferences'

export async function preferencesLink(
  { protocol, endpoint }: Subscriber,
  { seal, links }: { readonly seal: Seal; readonly links: Links },
): Promise<string> {
  return links.preferences(await seal.seal(purpose, `${protocol} ${endpoint}`))
}

/** Null when the link is none of ours. */
export async function subscriberOf(sealed: string, seal: Seal): Promise<Subscriber | null> {
  const [, protocol, endpoint] =
    /^(email|https) (.+)$/s.exec((await seal.open(purpose, sealed)) ?? '') ?? []
  return endpoint === undefined ? null : { protocol: protocol as Subscriber['protocol'], endpoint }
}
