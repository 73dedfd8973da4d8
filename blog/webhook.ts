/**
 * A message to a webhook, in the format of Standard Webhooks 1.0.0: signed with a key that is made of the
 * subscription and so is kept nowhere.
 */
import {
  type Clock,
  DeliveryFailed,
  type Http,
  retryAfterMs,
  type Subscription,
} from '@busbar/event-bus'
import type { Seal } from './ports.ts'

export interface WebhookMessage {
  /** The same for each try. */
  readonly id: string
  readonly type: 'blog.post.created' | 'subscription.confirmation' | 'subscription.preferences'
  /** ISO 8601: when it happened. */
  readonly timestamp: string
  readonly data: unknown
}

/** How long the former key signs beside the new one. */
const overlapMs = 24 * 60 * 60_000
const timeoutMs = 15_000

/** The keys that messages are signed with at that time, the newest first: `whsec_` and base64. */
export async function webhookSecrets(
  { id, key }: Pick<Subscription, 'id' | 'key'>,
  seal: Seal,
  now: Date,
): Promise<readonly string[]> {
  const isNew = key !== undefined && now.getTime() - Date.parse(key.rotatedAt) < overlapMs
  const version = key?.version ?? 1
  const versions = isNew ? [version, version - 1] : [version]
  return Promise.all(
    versions.map(async (each) => `whsec_${await seal.key('webhook', `${id} ${each}`)}`),
  )
}

/**
 * Answers whether there may be further ones: 410 says that nobody wants them. Throws `DeliveryFailed` for
 * whatever else is no success, also for a redirect: nobody has confirmed where that leads.
 */
export async function postSigned(
  subscription: Subscription,
  { id, ...message }: WebhookMessage,
  { http, seal, clock }: { readonly http: Http; readonly seal: Seal; readonly clock: Clock },
): Promise<boolean> {
  const now = clock.now()
  const body = JSON.stringify(message)
  const timestamp = String(Math.floor(now.getTime() / 1_000))
  const secrets = await webhookSecrets(subscription, seal, now)
  const signatures = secrets.map((secret) => signature(secret, `${id}.${timestamp}.${body}`))
  const { status, headers } = await http.request({
    ...{ url: subscription.endpoint, method: 'POST', body, timeoutMs },
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': 'Busbar-Blog',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': (await Promise.all(signatures)).join(' '),
    },
    signal: new AbortController().signal,
  })
  if (status >= 200 && status < 300) return true
  if (status === 410) return false
  throw new DeliveryFailed(`The webhook answered ${status}.`, {
    code: status === 429 ? 'THROTTLING' : 'ERROR_FROM_TARGET',
    retryAfterMs: retryAfterMs(headers['retry-after'], now),
  })
}

async function signature(secret: string, signed: string): Promise<string> {
  const hmac = { name: 'HMAC', hash: 'SHA-256' }
  const bytes = Uint8Array.from(atob(secret.slice('whsec_'.length)), (at) => at.charCodeAt(0))
  const key = await crypto.subtle.importKey('raw', bytes, hmac, false, ['sign'])
  const mac = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(signed))
  return `v1,${btoa(String.fromCharCode(...new Uint8Array(mac)))}`
}
