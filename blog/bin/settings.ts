/** What the environment and the flags say. Flags beat the environment, which beats the defaults. */
import { parseArgs } from 'node:util'
import { isLoopback } from '../loopback.ts'

export interface Settings {
  readonly host: string
  /** The blog's port; 0: any that is free. */
  readonly port: number
  readonly busHost: string
  /** The bus's port. */
  readonly busPort: number
  readonly dataDir: string
  /** Null: mails are kept for the mailbox page. */
  readonly smtpUrl: string | null
  readonly mailFrom: string
  /** Null: where it listens. */
  readonly publicUrl: string | null
  /** Needed to write; null: writing is open. */
  readonly authorToken: string | null
}

export const usage = `Usage: npm start -- [--host 127.0.0.1] [--port 3000] [--bus-port 4010] [--data-dir ./data]
The same and more by environment: HOST, PORT, BUSBAR_PORT, DATA_DIR, SMTP_URL (unset: mails are kept
for the mailbox page), MAIL_FROM, PUBLIC_URL, AUTHOR_TOKEN (needed to write; a must off loopback).`

/** Throws, saying which setting is wrong and what it may be. */
export function settings(
  args: string[],
  env: Readonly<Record<string, string | undefined>>,
): Settings {
  const option = { type: 'string' } as const
  const { values: flags } = parseArgs({
    args,
    options: { host: option, port: option, 'bus-port': option, 'data-dir': option },
  })
  const text = (value: string | undefined) => (value?.trim() ? value.trim() : null)
  const host = text(flags.host) ?? text(env.HOST) ?? '127.0.0.1'
  const publicUrl = address(text(env.PUBLIC_URL))
  const authorToken = text(env.AUTHOR_TOKEN)
  if (authorToken && authorToken.length < 16)
    throw new Error(
      'AUTHOR_TOKEN is shorter than 16 characters. Make one with: openssl rand -hex 16',
    )
  const open = isLoopback(host) && (!publicUrl || isLoopback(new URL(publicUrl).hostname))
  const reached = isLoopback(host) ? publicUrl : host
  if (!open && !authorToken)
    throw new Error(
      `Others can reach ${reached}, so writing needs a token: set AUTHOR_TOKEN (openssl rand -hex 16), or HOST=127.0.0.1 to be alone.`,
    )
  const smtpUrl = text(env.SMTP_URL)
  if (!open && !smtpUrl)
    throw new Error(
      `Others can reach ${reached}, and without a mail server they could read everybody's mail on the mailbox page: set SMTP_URL, or HOST=127.0.0.1 to be alone.`,
    )
  if (!publicUrl && /^(0\.0\.0\.0|\[?::\]?)$/.test(host))
    throw new Error(
      `HOST=${host} is no address that a link in a mail could lead to: set PUBLIC_URL, for example https://blog.example.org`,
    )
  return {
    host,
    // The bus has no sign-in of its own yet, so it stays where only this machine reaches it.
    busHost: isLoopback(host) ? host : '127.0.0.1',
    port: port('PORT', text(flags.port) ?? text(env.PORT) ?? '3000'),
    busPort: port('BUSBAR_PORT', text(flags['bus-port']) ?? text(env.BUSBAR_PORT) ?? '4010'),
    dataDir: text(flags['data-dir']) ?? text(env.DATA_DIR) ?? './data',
    smtpUrl,
    mailFrom: text(env.MAIL_FROM) ?? 'Busbar blog <blog@localhost>',
    publicUrl,
    authorToken,
  }
}

/** The values of the Host header under which the machine itself finds a port; null: any. */
export function hostsOf(
  { host, publicUrl }: Pick<Settings, 'host' | 'publicUrl'>,
  at: number,
): readonly string[] | null {
  if (!isLoopback(host)) return null
  const names = ['127.0.0.1', 'localhost', '[::1]', host === '::1' ? '[::1]' : host]
  return [
    ...new Set([
      ...names.map((name) => `${name}:${at}`),
      ...(at === 80 ? names : []), // browsers leave it out
      ...(publicUrl ? [new URL(publicUrl).host] : []),
    ]),
  ]
}

/** Where pages stand: paths are put behind it, also in the headers of mails. */
function address(value: string | null): string | null {
  if (value === null) return null
  const url = URL.parse(value)
  if (
    !url ||
    !/^https?:$/.test(url.protocol) ||
    url.search ||
    url.hash ||
    url.username + url.password
  )
    throw new Error(
      'PUBLIC_URL has to be an address like https://blog.example.org, without a user, ? or #',
    )
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}

function port(name: string, value: string): number {
  const number = Number(value)
  if (!/^\d+$/.test(value) || number > 65_535)
    throw new Error(`${name} is “${value}”; it has to be a number from 0 to 65535`)
  return number
}
