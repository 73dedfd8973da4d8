/** Who may open a WebSocket: pages of this site, under a name that it goes by. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

export interface Refusal {
  readonly status: 403 | 404 | 503
  readonly title: string
  /** What to do. */
  readonly detail: string
}

/** Where this server stands, as its visitors know it. */
export interface Site {
  /** The values of the Host header that it answers to, `blog.example` or `localhost:3000`; null: any. */
  readonly hosts: readonly string[] | null
  /** Its address behind a proxy that writes another Host. */
  readonly publicUrl?: string | undefined
}

/**
 * Browsers let any page open a WebSocket to any host, so the Origin is looked at; and a foreign
 * name may be made to point here (DNS rebinding), so the Host is, when its names are known.
 */
export function refusal(request: IncomingMessage, { hosts, publicUrl }: Site): Refusal | null {
  if (request.url?.split('?')[0] !== '/ws')
    return { status: 404, title: 'Not Found', detail: 'A WebSocket is at /ws and nowhere else.' }
  const host = request.headers.host?.toLowerCase() ?? ''
  if (hosts && !hosts.some((name) => name.toLowerCase() === host))
    return {
      status: 403,
      title: 'Forbidden',
      detail: `The Host header has to be ${hosts.join(' or ')}.`,
    }
  const { origin } = request.headers
  if (origin === undefined || isOwn(origin, [host, ...(hosts ?? [])], publicUrl)) return null
  return {
    status: 403,
    title: 'Forbidden',
    detail: 'The page that asks, by its Origin header, is of another site.',
  }
}

function isOwn(origin: string, hosts: readonly string[], publicUrl: string | undefined): boolean {
  if (!/^https?:/i.test(origin) || !URL.canParse(origin)) return false
  const { protocol, host, origin: asking } = new URL(origin)
  // A Host may name the port that goes without saying in an Origin.
  const withoutPort = (name: string) => name.replace(protocol === 'https:' ? /:443$/ : /:80$/, '')
  if (hosts.some((name) => withoutPort(name.toLowerCase()) === host)) return true
  return publicUrl !== undefined && new URL(publicUrl).origin === asking
}

/** Answers as HTTP does, and hangs up. */
export function refuse(socket: Duplex, { status, title, detail }: Refusal): void {
  const body = JSON.stringify({ type: 'about:blank', title, status, detail })
  socket.once('finish', () => socket.destroy())
  socket.end(
    [
      `HTTP/1.1 ${status} ${title}`,
      'Connection: close',
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  )
}
