/** `SMTP_URL`: which mail server, with or without TLS, as whom. No message here repeats the URL: it may hold a password. */

import { isLoopback } from '@busbar/event-bus/loopback'
import type { SMTPConnectionOptions } from 'nodemailer'

export interface SmtpServer {
  readonly host: string
  readonly port: number
  /** TLS from the first byte; otherwise by STARTTLS when the server offers it. */
  readonly secure: boolean
  readonly auth: { readonly user: string; readonly pass: string } | null
  readonly requireTLS: boolean
  readonly ignoreTLS: boolean
  readonly tls: NonNullable<SMTPConnectionOptions['tls']>
}

const expected =
  'expected is smtp://host:port, or smtps://user:password@host:port with TLS from the start'
const switches = ['requireTLS', 'ignoreTLS', 'tls.rejectUnauthorized']

/** Ports are 587 and 465 when none is given. Throws when the URL is none, or asks for what is not known. */
export function parseSmtpUrl(text: string): SmtpServer {
  if (!URL.canParse(text)) throw new Error(`SMTP_URL is not a URL: ${expected}`)
  const { protocol, hostname, port, username, password, pathname, searchParams, hash } = new URL(
    text,
  )
  if (protocol !== 'smtp:' && protocol !== 'smtps:')
    throw new Error(`SMTP_URL begins with ${protocol} and has to begin with smtp: or smtps:`)
  if (hostname === '') throw new Error(`SMTP_URL names no host: ${expected}`)
  if (port === '0') throw new Error(`SMTP_URL has port 0: ${expected}`)
  if (!['', '/'].includes(pathname) || hash !== '')
    throw new Error(`SMTP_URL goes on behind host and port: ${expected}`)

  const secure = protocol === 'smtps:'
  const host = hostname.replace(/^\[|\]$/g, '')
  const isOn = (name: string, otherwise: boolean): boolean => {
    const value = searchParams.get(name)
    if (value !== null && value !== 'true' && value !== 'false')
      throw new Error(`${name} in SMTP_URL has to be true or false`)
    return value === null ? otherwise : value === 'true'
  }
  for (const name of searchParams.keys())
    if (!switches.includes(name))
      throw new Error(`SMTP_URL has an option that is not known; known are ${switches.join(', ')}`)
  return {
    host,
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    auth:
      username === '' && password === ''
        ? null
        : { user: decoded(username), pass: decoded(password) },
    requireTLS: isOn('requireTLS', false),
    ignoreTLS: isOn('ignoreTLS', false),
    // A server on this very machine cannot have a certificate that anybody vouches for, and needs none.
    tls: { rejectUnauthorized: isOn('tls.rejectUnauthorized', !isLoopback(host)) },
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new Error(
      'The user or password in SMTP_URL holds a % that encodes nothing: write it as %25',
    )
  }
}
