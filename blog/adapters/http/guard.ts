/**
 * Who is answered at all. Without a sign-in, loopback is only as private as the browser on it:
 * the Host header stops a foreign page that made its name point here (DNS rebinding), the Origin
 * header one that sends a form here.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { isDecodable } from './decodable.ts'
import type { HttpOptions } from './options.ts'
import { refused } from './problem.ts'
import { sessionOf } from './session.ts'

const headers = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'Permissions-Policy':
    'browsing-topics=(), camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  // Not no-referrer: with it browsers send `Origin: null` with our own forms.
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // Unless an answer says otherwise: pages and posts change, and a cached page carries an old cursor.
  'Cache-Control': 'no-cache',
}

/**
 * Set before the answer is made: added to one that is there already, they cost a fifth of the time
 * of a request, because it has to be made anew.
 */
export function securityHeaders({ publicUrl, webSocketUrl }: HttpOptions): MiddlewareHandler {
  const policy = headers['Content-Security-Policy']
  const all = Object.entries({
    ...headers,
    ...(webSocketUrl !== undefined && {
      'Content-Security-Policy': policy.replace(
        "connect-src 'self'",
        `connect-src 'self' ${new URL(webSocketUrl).origin}`,
      ),
    }),
    ...(publicUrl.startsWith('https:') && {
      'Strict-Transport-Security': 'max-age=31536000',
      // Ignored, with a complaint, where the connection is not to be trusted.
      'Cross-Origin-Opener-Policy': 'same-origin',
    }),
  })
  return async (c, next) => {
    for (const [name, value] of all) c.header(name, value)
    await next()
  }
}

/** Whether writing needs no sign-in, which only a loopback address may be. */
export const isOpen = ({
  authorToken,
  authors,
}: Pick<HttpOptions, 'authorToken' | 'authors'>): boolean =>
  authorToken === null && authors.length === 0

const forwarded = ['Forwarded', 'X-Forwarded-For', 'X-Forwarded-Host']

export function guard(options: HttpOptions): MiddlewareHandler {
  const { hosts, publicUrl } = options
  const answered = hosts && new Set(hosts.map((host) => host.toLowerCase()))
  const publicOrigin = new URL(publicUrl).origin
  return async (c, next) => {
    const host = c.req.header('Host')?.toLowerCase() ?? ''
    if (answered && !answered.has(host))
      throw refused({ status: 421, detail: `This server is called ${[...answered].join(' or ')}.` })
    // A proxy that names us by our loopback address would open what is open to this machine alone.
    if (isOpen(options) && forwarded.some((name) => c.req.header(name) !== undefined))
      throw refused({
        status: 421,
        detail:
          'This server is for its own machine alone, and this request was forwarded. Behind a proxy set PUBLIC_URL, AUTHORS or AUTHOR_TOKEN, and SMTP_URL.',
      })
    if (!isDecodable(c.req.url)) throw refused({ status: 400, detail: 'The address is malformed.' })

    const isSafe = ['GET', 'HEAD', 'OPTIONS'].includes(c.req.method)
    // RFC 8058: any mail program ends a subscription. It acts for who holds the token, not for who is signed in.
    const isOneClick = c.req.path.startsWith('/subscriptions/unsubscribe/')
    const origin = c.req.header('Origin')
    // A browser sends the cookie by itself, and says where from; what says nothing is no browser of an author.
    const hasSession = c.req.header('Authorization') === undefined && sessionOf(c, options) !== null
    const unsaid = hasSession ? 'unknown' : 'none'
    const isOwn =
      origin === undefined
        ? ['same-origin', 'none'].includes(c.req.header('Sec-Fetch-Site') ?? unsaid)
        : origin === publicOrigin || (URL.canParse(origin) && new URL(origin).host === host)
    if (!isSafe && !isOneClick && !isOwn)
      throw refused({ status: 403, detail: 'This was sent by a page of another site.' })
    await next()
  }
}

/** Whether a token is the author token, in a time that tells nothing; none is when there is no such token. */
export function isAuthor(authorToken: string | null): (given: string | undefined) => boolean {
  if (authorToken === null) return () => false
  if (authorToken === '') throw new Error('The author token is empty: leave it out, or choose one')
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const wanted = digest(authorToken)
  return (given) => given !== undefined && timingSafeEqual(digest(given), wanted)
}

export const bearerOf = (authorization: string | undefined): string | undefined =>
  /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]

export const notTheAuthor = () =>
  refused({
    status: 401,
    detail: 'Writing needs a token: Authorization: Bearer <token>.',
    headers: { 'WWW-Authenticate': 'Bearer realm="blog"' },
  })
