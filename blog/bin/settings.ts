/** What the environment and the flags say. Flags beat the environment, which beats the defaults. */
import { parseArgs } from 'node:util'
import {
  type BusSettings,
  busSettings,
  type Environment,
  hostsOf as loopbackHosts,
  port,
  text,
} from '@busbar/event-bus/bin/settings'
import { isLoopback } from '@busbar/event-bus/loopback'
import { signIn } from '../adapters/http/schemas.ts'
import { sameAddress } from '../credential.ts'

export interface Settings {
  readonly host: string
  /** The blog's port; 0: any that is free. */
  readonly port: number
  readonly dataDir: string
  readonly bus: BusSettings
  /** Null: mails are kept for the mailbox page. */
  readonly smtpUrl: string | null
  readonly mailFrom: string
  /** Null: where it listens. */
  readonly publicUrl: string | null
  /** Lets whoever has it write; null: there is none. */
  readonly authorToken: string | null
  /** The addresses of those who may write. With none, and no token, writing is open. */
  readonly authors: readonly string[]
  /** Where webhooks may be besides the open internet: as API destinations, but on this machine only when nobody else is. */
  readonly webhooks: { readonly allow: readonly string[]; readonly allowLoopback: boolean }
  /** Whether a proxy in front says who asks, as the last of X-Forwarded-For. */
  readonly trustProxy: boolean
  /** Null: it is alone, with a file of its own. */
  readonly cluster: ClusterSettings | null
}

/** Of a node among others on one PostgreSQL. */
export interface ClusterSettings {
  readonly databaseUrl: string
  /** It refuses to start where the loss of the database's machine may lose what was acknowledged. */
  readonly requireStandby: boolean
  /** How long a node is silent until others take up what it had. */
  readonly deadMs: number
}

export const usage = `Usage: npm start -- [--host 127.0.0.1] [--port 3000] [--bus-port 4010] [--data-dir ./data]
The same and more by environment: HOST, PORT, BUSBAR_PORT, DATA_DIR, SMTP_URL (unset: mails are kept
for the mailbox page), MAIL_FROM, PUBLIC_URL,
AUTHORS (addresses of those who may write, by commas), AUTHOR_TOKEN (lets programs write; one of both is a must off loopback),
BUSBAR_HOST, BUSBAR_ACCESS_KEYS (id:secret, needed by whoever uses the bus; a must off loopback),
TRUST_PROXY (yes: a proxy in front tells who asks, by X-Forwarded-For),
DATABASE_URL (postgres://…: makes this a node of the cluster on that database),
and what “npm run busbar -- serve --help” names.`

/** Throws, saying which setting is wrong and what it may be. */
export function settings(args: string[], env: Environment): Settings {
  const option = { type: 'string' } as const
  const { values: flags } = parseArgs({
    args,
    options: { host: option, port: option, 'bus-port': option, 'data-dir': option },
  })
  const host = text(flags.host) ?? text(env.HOST) ?? '127.0.0.1'
  const publicUrl = address(text(env.PUBLIC_URL))
  const authorToken = text(env.AUTHOR_TOKEN)
  if (authorToken && authorToken.length < 16)
    throw new Error(
      'AUTHOR_TOKEN is shorter than 16 characters. Make one with: openssl rand -hex 16',
    )
  const authors = addresses(text(env.AUTHORS) ?? '')
  const open = isLoopback(host) && (!publicUrl || isLoopback(new URL(publicUrl).hostname))
  const reached = isLoopback(host) ? publicUrl : host
  if (!open && !authorToken && authors.length === 0)
    throw new Error(
      `Others can reach ${reached}, so writing needs a sign-in: set AUTHORS (you@example.org) or AUTHOR_TOKEN (openssl rand -hex 16), or HOST=127.0.0.1 to be alone.`,
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
  const busHost = text(env.BUSBAR_HOST) ?? host
  const bus = busSettings(
    { host: busHost, port: flags['bus-port'], dataDir: flags['data-dir'] },
    env,
  )
  const trustProxy = text(env.TRUST_PROXY) ?? 'no'
  if (!/^(yes|no)$/.test(trustProxy))
    throw new Error(`TRUST_PROXY is “${trustProxy}”; it has to be yes or no`)
  return {
    ...{ host, bus, dataDir: bus.dataDir },
    port: port('PORT', text(flags.port) ?? text(env.PORT) ?? '3000'),
    smtpUrl,
    mailFrom: text(env.MAIL_FROM) ?? 'Busbar blog <blog@localhost>',
    publicUrl,
    authorToken,
    authors,
    webhooks: { allow: bus.allowAddresses, allowLoopback: open && bus.accessKeys.size === 0 },
    trustProxy: trustProxy === 'yes',
    cluster: cluster(env),
  }
}

/** Also for a deployment to AWS. */
export function addresses(list: string): readonly string[] {
  const all = list.split(/[\s,]+/).filter((each) => each !== '')
  for (const each of all)
    if (!signIn.safeParse({ email: each }).success)
      throw new Error(
        `AUTHORS has “${each}”, which is no e-mail address. Write them like: ann@example.org, bob@example.org`,
      )
  return [...new Set(all.map(sameAddress))]
}

const leastDeadMs = 1_000

function cluster(env: Environment): ClusterSettings | null {
  const databaseUrl = text(env.DATABASE_URL)
  if (databaseUrl === null) return null
  // What it holds is not repeated: it may be a password.
  if (!/^postgres(ql)?:\/\//.test(databaseUrl) || !URL.canParse(databaseUrl))
    throw new Error(
      'DATABASE_URL has to be the address of a PostgreSQL, like postgres://user:password@db.example.org:5432/blog. Without it the blog runs alone, with a file of its own.',
    )
  const requireStandby = text(env.BUSBAR_REQUIRE_STANDBY)
  if (requireStandby !== null && !/^(yes|no)$/.test(requireStandby))
    throw new Error(`BUSBAR_REQUIRE_STANDBY is “${requireStandby}”; it has to be yes or no`)
  const deadMs = text(env.BUSBAR_DEAD_AFTER_MS) ?? '5000'
  if (!/^\d+$/.test(deadMs) || Number(deadMs) < leastDeadMs)
    throw new Error(
      `BUSBAR_DEAD_AFTER_MS is “${deadMs}”; it has to be a whole number of at least ${leastDeadMs}`,
    )
  return { databaseUrl, requireStandby: requireStandby === 'yes', deadMs: Number(deadMs) }
}

/** The values of the Host header under which the machine itself finds a port; null: any. */
export function hostsOf(
  { host, publicUrl }: Pick<Settings, 'host' | 'publicUrl'>,
  at: number,
): readonly string[] | null {
  const hosts = loopbackHosts(host, at)
  return hosts && [...new Set([...hosts, ...(publicUrl ? [new URL(publicUrl).host] : [])])]
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
