/** Signature Version 4, both ways: whether a request was signed with a key of ours, and signing one. */
import { type KeyObject, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../ports.ts'
import {
  algorithm,
  basicTime,
  canonicalRequest,
  type Scope,
  scopeText,
  sha256,
  signatureOf,
  signingKey,
  stringToSign,
} from './canonical-request.ts'
import { WireError } from './wire-error.ts'

export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

export type Opened = (body: Uint8Array) => WireError | null

export interface Signatures {
  /**
   * Null when it is signed with one of the keys; else what AWS answers. The headers are by their
   * names in lower case.
   */
  verify(method: string, url: string, headers: Headers, body: Uint8Array): WireError | null
  /** The same in two steps: what can be said before the body has come, and the rest. */
  opened(method: string, url: string, headers: Headers): WireError | Opened
  /** Whether they are a key, as HTTP Basic has them. */
  isKey(id: string, secret: string): boolean
}

/** How far clocks may be apart. */
const skewMs = 5 * 60_000
/** Keys derived for a day and a region. A client that names ever new regions gets no further. */
const mostDerived = 256

const mismatch =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.'
const invalid = (message: string) => new WireError('InvalidSignatureException', message)
const incomplete = (message: string) => new WireError('IncompleteSignatureException', message)

interface Authorization {
  readonly id: string
  readonly scope: Scope
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

export function signatures({
  keys,
  clock,
  service,
}: {
  /** Secrets by the ids of their keys. */
  readonly keys: ReadonlyMap<string, string>
  readonly clock: Pick<Clock, 'now'>
  readonly service: string
}): Signatures {
  const derived = new Map<string, KeyObject>()

  function keyOf(id: string, secret: string, scope: Scope): KeyObject {
    const name = `${id}/${scopeText(scope)}`
    const known = derived.get(name)
    if (known) return known
    const made = signingKey(secret, scope)
    if (derived.size >= mostDerived) derived.clear()
    derived.set(name, made)
    return made
  }

  /** In AWS's order: is it whole, is it of now, is it for us, whose is it, is it theirs. */
  function opened(method: string, url: string, headers: Headers): WireError | Opened {
    const header = only(headers.authorization)
    if (header === undefined) return unsigned(url)
    const at = only(headers['x-amz-date'])
    const given = authorization(header, at, service)
    if (given instanceof WireError) return given
    const { id, scope, signedHeaders, signature } = given
    const skewed = outOfTime(at as string, clock.now())
    if (skewed) return skewed
    for (const name of ['host', 'x-amz-date', 'x-amz-target'])
      if (!signedHeaders.includes(name) && (name === 'host' || headers[name] !== undefined))
        return invalid(
          `${name === 'host' ? "'Host' or ':authority'" : `'${name}'`} must be a 'SignedHeader' in the AWS Authorization.`,
        )
    const secret = keys.get(id)
    if (secret === undefined)
      return new WireError(
        'UnrecognizedClientException',
        'The security token included in the request is invalid.',
      )
    return (body) => {
      const bodyHash = sha256(body)
      const hashes = headers['x-amz-content-sha256']
      if (hashes !== undefined && only(hashes) !== bodyHash)
        return invalid(
          "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )
      const canonical = canonicalRequest({ method, url, headers, signedHeaders, bodyHash })
      const text = stringToSign(at as string, scope, canonical)
      const right = signatureOf(keyOf(id, secret, scope), text)
      return same(signature, right) ? null : invalid(mismatch)
    }
  }

  return {
    opened,
    verify(method, url, headers, body) {
      const begun = opened(method, url, headers)
      return begun instanceof WireError ? begun : begun(body)
    },
    isKey(id, secret) {
      const right = keys.get(id)
      // Their hashes have one length, so that not even that is told.
      return right !== undefined && same(sha256(secret), sha256(right))
    },
  }
}

/** Null when a header is missing or there are several of it. */
function only(value: string | readonly string[] | undefined): string | undefined {
  if (typeof value === 'string') return value
  return value?.length === 1 ? value[0] : undefined
}

function same(given: string, right: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}

function unsigned(url: string): WireError {
  return url.includes('X-Amz-Signature=')
    ? incomplete(
        'A signature in the query is not taken here. Sign the request with the header Authorization.',
      )
    : new WireError('MissingAuthenticationTokenException', 'Missing Authentication Token')
}

const parameters = ['Credential', 'Signature', 'SignedHeaders'] as const

/** What the header says, when it says all that it has to. A message never repeats it. */
function authorization(
  header: string,
  at: string | undefined,
  service: string,
): Authorization | WireError {
  const [given = '', ...rest] = header.trim().split(' ')
  if (!given.startsWith('AWS4-')) return incomplete(lacking(new Map(), at))
  if (given !== algorithm)
    return incomplete(
      `Unsupported AWS 'algorithm': '${given.slice(0, 64)}'. It has to be ${algorithm}.`,
    )
  const found = new Map<string, string>()
  for (const part of rest.join(' ').split(',')) {
    const equals = part.indexOf('=')
    if (equals < 0)
      return incomplete(
        'Authorization header holds a part that is not a valid key=value pair (missing equal-sign).',
      )
    found.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim())
  }
  const lacks = lacking(found, at)
  if (lacks) return incomplete(lacks)
  const [credential = '', signature = '', signedHeaders = ''] = parameters.map((name) =>
    found.get(name),
  )
  const [id = '', date = '', region = '', forService = '', terminator = '', ...more] =
    credential.split('/')
  if (!terminator || more.length > 0)
    return incomplete(
      'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.',
    )
  const wrong = [
    forService !== service && `Credential should be scoped to correct service: '${service}'.`,
    terminator !== 'aws4_request' &&
      "Credential should be scoped with a valid terminator: 'aws4_request'.",
    date !== at?.slice(0, 8) &&
      'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.',
  ].filter((fault) => fault !== false)
  if (wrong.length > 0) return invalid(wrong.join(' '))
  return {
    id,
    scope: { date, region, service },
    signedHeaders: signedHeaders.split(';'),
    signature,
  }
}

function lacking(found: ReadonlyMap<string, string>, at: string | undefined): string {
  const lacks = parameters
    .filter((name) => !found.get(name))
    .map((name) => `Authorization header requires '${name}' parameter.`)
  if (at === undefined)
    lacks.push("Authorization header requires existence of a 'X-Amz-Date' header.")
  return lacks.join(' ')
}

function outOfTime(at: string, now: Date): WireError | null {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(at) ?? []
  const [year, month, day, hour, minute, second] = parts
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (Number.isNaN(time))
    return incomplete("Date must be in ISO-8601 'basic format': YYYYMMDDTHHMMSSZ.")
  const text = (by: number) => basicTime(new Date(now.getTime() + by))
  if (time < now.getTime() - skewMs)
    return invalid(
      `Signature expired: ${at} is now earlier than ${text(-skewMs)} (${text(0)} - 5 min.)`,
    )
  if (time > now.getTime() + skewMs)
    return invalid(
      `Signature not yet current: ${at} is still later than ${text(skewMs)} (${text(0)} + 5 min.)`,
    )
  return null
}

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export interface Unsigned {
  readonly method: string
  /** Whole: http://host:port/path?query. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

/**
 * Answers the request's headers with those that sign it. Host, Content-Type and what begins with
 * X-Amz- are signed: proxies change others.
 */
export function signer({
  accessKeyId,
  secretAccessKey,
  sessionToken,
  region,
  service,
  clock,
}: Credentials & {
  readonly region: string
  readonly service: string
  readonly clock: Pick<Clock, 'now'>
}): (request: Unsigned) => Record<string, string> {
  return ({ method, url, headers, body }) => {
    const { host, pathname, search } = new URL(url)
    const at = basicTime(clock.now())
    const scope = { date: at.slice(0, 8), region, service }
    const sent: Record<string, string> = {
      ...headers,
      'x-amz-date': at,
      ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
    }
    const signed: Record<string, string> = { host }
    for (const [name, value] of Object.entries(sent)) {
      const lower = name.toLowerCase()
      if (lower === 'content-type' || lower.startsWith('x-amz-')) signed[lower] = value
    }
    const signedHeaders = Object.keys(signed).sort()
    const canonical = canonicalRequest({
      ...{ method, url: `${pathname}${search}`, headers: signed, signedHeaders },
      bodyHash: sha256(body),
    })
    const key = signingKey(secretAccessKey, scope)
    const signature = signatureOf(key, stringToSign(at, scope, canonical))
    return {
      ...sent,
      authorization: `${algorithm} Credential=${accessKeyId}/${scopeText(scope)}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`,
    }
  }
}
