/**
 * Signature Version 4: what of a request is signed, in which form, and with which key.
 * docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto'

export interface SignedRequest {
  readonly method: string
  /** Path and query as they are sent. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** In lower case and in order. */
  readonly signedHeaders: readonly string[]
  /** Hex. */
  readonly bodyHash: string
}

/** What a key is good for. */
export interface Scope {
  /** YYYYMMDD */
  readonly date: string
  readonly region: string
  readonly service: string
}

export const algorithm = 'AWS4-HMAC-SHA256'

export const sha256 = (data: string | Uint8Array): string => hash('sha256', data, 'hex')

export function canonicalRequest({
  method,
  url,
  headers,
  signedHeaders,
  bodyHash,
}: SignedRequest): string {
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  const query = mark < 0 ? '' : url.slice(mark + 1)
  const head = signedHeaders.map((name) => `${name}:${canonicalValue(headers[name])}\n`).join('')
  return `${method}\n${canonicalPath(path)}\n${canonicalQuery(query)}\n${head}\n${signedHeaders.join(';')}\n${bodyHash}`
}

/** `at` is YYYYMMDDTHHMMSSZ. */
export const stringToSign = (at: string, scope: Scope, canonical: string): string =>
  `${algorithm}\n${at}\n${scopeText(scope)}\n${sha256(canonical)}`

export const scopeText = ({ date, region, service }: Scope): string =>
  `${date}/${region}/${service}/aws4_request`

/** An object, and not its bytes: for those every signature would make one, at eight times its cost. */
export const signingKey = (secret: string, { date, region, service }: Scope): KeyObject =>
  createSecretKey(
    [date, region, service, 'aws4_request'].reduce(hmac, Buffer.from(`AWS4${secret}`)),
  )

/** Hex. */
export const signatureOf = (key: KeyObject, text: string): string => hmac(key, text).toString('hex')

const hmac = (key: KeyObject | Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest()

/** YYYYMMDDTHHMMSSZ */
export const basicTime = (time: Date): string =>
  `${time.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`

const canonicalValue = (value: string | readonly string[] | undefined): string =>
  (typeof value === 'string' ? [value] : (value ?? []))
    .map((one) => one.trim().replaceAll(/ +/g, ' '))
    .join(',')

/** What was encoded for the wire is encoded once more; dots and doubled slashes are resolved before. */
function canonicalPath(path: string): string {
  if (path === '/' || path === '') return '/'
  const kept: string[] = []
  for (const segment of path.split('/'))
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(encoded(segment))
  return `/${kept.join('/')}${kept.length > 0 && /\/\.{0,2}$/.test(path) ? '/' : ''}`
}

function canonicalQuery(query: string): string {
  if (query === '') return ''
  return query
    .split('&')
    .filter(Boolean)
    .map((pair) => {
      const [name = '', ...value] = pair.split('=')
      return [encoded(decoded(name)), encoded(decoded(value.join('=')))] as const
    })
    .sort(([a, x], [b, y]) => ordered(a, b) || ordered(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

const ordered = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Everything but letters, digits and -._~ */
const encoded = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
