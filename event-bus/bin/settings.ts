/** What the environment and the flags say of the bus. Flags beat the environment, which beats the defaults. */
import { callableAddresses } from '../adapters/undici/callable-addresses.ts'
import type { Place } from '../event.ts'
import { isLoopback } from '../loopback.ts'

export interface BusSettings {
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  readonly dataDir: string
  /** Where it is found behind a proxy that leaves the Host header as it came. */
  readonly publicUrl?: string
  readonly place: Place
  /** Secrets by the ids of access keys. Empty: no sign-in is needed, and only this machine reaches it. */
  readonly accessKeys: ReadonlyMap<string, string>
  /** Where services that ARNs name are found, by service. */
  readonly endpoints: { readonly sqs?: string; readonly sns?: string; readonly lambda?: string }
  /** What requests to these are signed with. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** Ranges of addresses inside that API destinations may lead to; loopback they may when there are no access keys. */
  readonly allowAddresses: readonly string[]
  /** Absent: the engine's own. */
  readonly retentionDays?: number
  readonly retentionBytes?: number
}

export type Environment = Readonly<Record<string, string | undefined>>
/** What flags may say. */
export interface BusFlags {
  readonly host?: string | undefined
  readonly port?: string | undefined
  readonly dataDir?: string | undefined
}

/** Its value without the blanks around it; null when it is not set, or set to nothing. */
export const text = (value: string | undefined): string | null => value?.trim() || null

/** Throws, saying which setting is wrong and what it may be. */
export function busSettings(flags: BusFlags, env: Environment): BusSettings {
  const host = text(flags.host) ?? text(env.BUSBAR_HOST) ?? text(env.HOST) ?? '127.0.0.1'
  const accessKeys = keys(text(env.BUSBAR_ACCESS_KEYS))
  if (!isLoopback(host) && accessKeys.size === 0)
    throw new Error(
      `Others can reach ${host}, so the bus needs a sign-in: set BUSBAR_ACCESS_KEYS to id:secret (for example busbar:$(openssl rand -hex 20)), with which AWS SDKs then sign, or set BUSBAR_HOST=127.0.0.1 to keep the bus on this machine.`,
    )
  const publicUrl = publicAddress(text(env.BUSBAR_PUBLIC_URL))
  const retentionDays = number('BUSBAR_RETENTION_DAYS', text(env.BUSBAR_RETENTION_DAYS), 2)
  const retentionBytes = number('BUSBAR_RETENTION_BYTES', text(env.BUSBAR_RETENTION_BYTES), 1e6)
  return {
    host,
    port: port('BUSBAR_PORT', text(flags.port) ?? text(env.BUSBAR_PORT) ?? '4010'),
    dataDir: text(flags.dataDir) ?? text(env.DATA_DIR) ?? './data',
    place: { region: region(env), account: account(env) },
    accessKeys,
    endpoints: endpoints(env),
    credentials: {
      accessKeyId: text(env.AWS_ACCESS_KEY_ID) ?? 'test',
      secretAccessKey: text(env.AWS_SECRET_ACCESS_KEY) ?? 'test',
    },
    allowAddresses: addresses(text(env.BUSBAR_ALLOW_ADDRESSES)),
    ...(publicUrl !== null && { publicUrl }),
    ...(retentionDays !== null && { retentionDays }),
    ...(retentionBytes !== null && { retentionBytes }),
  }
}

export function port(name: string, value: string): number {
  const number = Number(value)
  if (!/^\d+$/.test(value) || number > 65_535)
    throw new Error(`${name} is “${value}”; it has to be a number from 0 to 65535`)
  return number
}

/** The values of the Host header under which the machine itself finds a port; null: any. */
export function hostsOf(host: string, at: number, publicUrl?: string): readonly string[] | null {
  if (!isLoopback(host)) return null
  const names = ['127.0.0.1', 'localhost', '[::1]', host === '::1' ? '[::1]' : host]
  return [
    ...new Set([
      ...names.map((name) => `${name}:${at}`),
      ...(at === 80 ? names : []), // browsers leave it out
      ...(publicUrl === undefined ? [] : [new URL(publicUrl).host]),
    ]),
  ]
}

/** Never repeats a secret. */
function keys(value: string | null): ReadonlyMap<string, string> {
  const pairs = (value ?? '').split(/[\s,]+/).filter(Boolean)
  return new Map(
    pairs.map((pair) => {
      const [, id, secret = ''] = /^([\w-]{3,128}):(.+)$/.exec(pair) ?? []
      if (id === undefined)
        throw new Error(
          'BUSBAR_ACCESS_KEYS has to be id:secret, several of them separated by commas; an id has letters, digits, _ and -, three at least.',
        )
      if (secret.length < 16)
        throw new Error(
          `The secret of ${id} in BUSBAR_ACCESS_KEYS is shorter than 16 characters. Make one with: openssl rand -hex 20`,
        )
      return [id, secret] as const
    }),
  )
}

function publicAddress(value: string | null): string | null {
  const url = value === null ? null : URL.parse(value)
  if (value === null || (url && /^https?:$/.test(url.protocol))) return value
  throw new Error(
    `BUSBAR_PUBLIC_URL is “${value}”; it has to be an address like http://127.0.0.1:4010`,
  )
}

function region(env: Environment): string {
  const value = text(env.BUSBAR_REGION) ?? 'us-east-1'
  if (/^[a-z]+(-[a-z]+)+-\d$/.test(value)) return value
  throw new Error(`BUSBAR_REGION is “${value}”; it has to be one like us-east-1`)
}

function account(env: Environment): string {
  const value = text(env.BUSBAR_ACCOUNT) ?? '000000000000'
  if (/^\d{12}$/.test(value)) return value
  throw new Error(`BUSBAR_ACCOUNT is “${value}”; it has to have 12 digits`)
}

function endpoints(env: Environment): BusSettings['endpoints'] {
  const found = (['sqs', 'sns', 'lambda'] as const).flatMap((service) => {
    const name = `AWS_ENDPOINT_URL_${service.toUpperCase()}`
    const value = text(env[name])
    if (value === null) return []
    const url = URL.parse(value)
    if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash)
      throw new Error(`${name} is “${value}”; it has to be an address like http://127.0.0.1:9324`)
    return [[service, value.replace(/\/+$/, '')] as const]
  })
  return Object.fromEntries(found)
}

function addresses(value: string | null): readonly string[] {
  const allow = (value ?? '').split(/[\s,]+/).filter(Boolean)
  try {
    callableAddresses({ allow, allowLoopback: false })
  } catch (cause) {
    throw new Error(`BUSBAR_ALLOW_ADDRESSES: ${(cause as Error).message}`, { cause })
  }
  return allow
}

function number(name: string, value: string | null, least: number): number | null {
  if (value === null) return null
  const given = Number(value)
  if (/^\d+$/.test(value) && given >= least) return given
  throw new Error(`${name} is “${value}”; it has to be a whole number of at least ${least}`)
}
