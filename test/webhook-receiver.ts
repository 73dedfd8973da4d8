/**
 * A server that has webhooks, as somebody else would write it: it checks signatures by the text of Standard
 * Webhooks 1.0.0 alone, and shares no code with what it is sent by.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type Collected, collected } from './collected.ts'

export interface Message {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly raw: string
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface WebhookReceiver {
  readonly url: string
  readonly messages: Collected<Message>
  /** What the next messages are answered, one after the other; 204 when there is none. */
  readonly answers: { status: number; headers?: Record<string, string> }[]
  close(): Promise<void>
}

export async function webhookReceiver(): Promise<WebhookReceiver> {
  const messages = collected<Message>()
  const answers: WebhookReceiver['answers'] = []
  const server = createServer(async (request, response) => {
    const raw = await text(request)
    const { status, headers } = answers.shift() ?? { status: 204 }
    response.writeHead(status, headers).end()
    const { type, data } = JSON.parse(raw)
    messages.add({ path: request.url ?? '', headers: request.headers, raw, type, data })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    messages,
    answers,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The keys, of those that are known, whose signature a message carries. */
export function signedBy({ headers, raw }: Message, secrets: readonly string[]): string[] {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp } = headers
  const ageSeconds = Math.abs(Date.now() / 1_000 - Number(timestamp))
  if (!/^\d{10}$/.test(String(timestamp)) || ageSeconds > 300) return []
  const given = String(headers['webhook-signature'])
    .split(' ')
    .flatMap((each) => (each.startsWith('v1,') ? [Buffer.from(each.slice(3), 'base64')] : []))
  return secrets.filter((secret) => {
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
    const wanted = createHmac('sha256', key).update(`${id}.${timestamp}.${raw}`).digest()
    return given.some((mac) => mac.length === wanted.length && timingSafeEqual(mac, wanted))
  })
}
