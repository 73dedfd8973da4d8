/**
 * What every adapter of `Http` holds to, whatever it stands on: which addresses it connects to, how long it
 * waits, how much of an answer it reads, and what is said when that fails.
 */
import { DeliveryFailed, DeliveryRefused } from './errors.ts'
import type { Clock, HttpRequest, HttpResponse } from './ports.ts'

interface Address {
  readonly address: string
  readonly family: number
}
/** All addresses of a name. Rejects with `code` ENOTFOUND when there is no such name. */
export type Resolve = (hostname: string) => Promise<readonly Address[]>

/** `code` of the error when an address may not be called. */
export const addressRefused = 'ADDRESS_REFUSED'
export const coded = (code: string) => Object.assign(new Error(code), { code })

/** Of a URL, without the brackets of an address of IPv6. */
export const hostOf = (hostname: string): string => hostname.replace(/^\[|\]$/g, '')

/**
 * A `lookup` of node:net. The address that was checked is the one that is connected to, whatever the name
 * answers next. Every address of a name has to be callable: one that is not tells what the name is for.
 */
export const checkedLookup =
  (resolve: Resolve, isCallable: (address: string) => boolean) =>
  (
    hostname: string,
    { all }: { readonly all?: boolean | undefined },
    callback: (error: Error | null, address: string | Address[], family?: number) => void,
  ): void => {
    resolve(hostname).then(
      (addresses) => {
        const [first] = addresses
        if (!first) return callback(coded('ENOTFOUND'), '')
        if (!addresses.every(({ address }) => isCallable(address)))
          return callback(coded(addressRefused), '')
        if (all) callback(null, [...addresses])
        else callback(null, first.address, first.family)
      },
      (error) => callback(error, ''),
    )
  }

/** What a code of an error means that only what is beneath an adapter has: no request can be made of what was given. */
export type Reading = (code: string) => 'malformed' | 'unreachable' | null

/** Sends by `send`, which ends with the signal that it is given. Rejects as `Http` does. */
export async function bounded(
  { url, signal, timeoutMs }: Pick<HttpRequest, 'url' | 'signal' | 'timeoutMs'>,
  { after, reading }: { readonly after: Clock['after']; readonly reading: Reading },
  send: (target: URL, signal: AbortSignal) => Promise<HttpResponse>,
): Promise<HttpResponse> {
  const target = URL.parse(url)
  if (!target || !/^https?:$/.test(target.protocol))
    throw new DeliveryRefused('The URL is none of http or https.', { code: 'INVALID_PARAMETER' })
  signal.throwIfAborted()
  const ended = new AbortController()
  let late = false
  const onTime = after(timeoutMs, () => {
    late = true
    ended.abort()
  })
  const abort = () => ended.abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await send(target, ended.signal)
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (late)
      throw new DeliveryFailed(`${target.origin} did not answer within ${timeoutMs} ms.`, {
        code: 'TIMEOUT',
      })
    const code = codeOf(error)
    throw failure(code, target.origin, reading(code))
  } finally {
    onTime()
    signal.removeEventListener('abort', abort)
  }
}

/** Bytes of an answer that are read. The rest is thrown away with its connection. */
const bodyLimit = 65_536

/** Whoever leaves the loop over a body early ends the connection with it. */
export async function firstOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= bodyLimit) break
  }
  return Buffer.concat(chunks).subarray(0, bodyLimit).toString('utf8')
}

export const plain = (
  headers: Readonly<Record<string, string | string[] | undefined>>,
): HttpResponse['headers'] =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value = '']) => [
      name,
      typeof value === 'string' ? value : value.join(', '),
    ]),
  )

/**
 * By its code alone, and without the error as `cause`: its text and its fields may hold what was
 * sent or what came back.
 */
function failure(
  code: string,
  origin: string,
  meaning: ReturnType<Reading>,
): DeliveryFailed | DeliveryRefused {
  if (meaning === 'malformed')
    return new DeliveryRefused(`No request to ${origin} can be made of what was given.`, {
      code: 'INVALID_PARAMETER',
    })
  if (meaning === 'unreachable')
    return new DeliveryFailed(`${origin} could not be reached in time.`, { code: 'TIMEOUT' })
  switch (code) {
    case addressRefused:
      return new DeliveryRefused(
        `${origin} is at an address inside this network, which may not be called unless it is allowed.`,
        { code: 'SDK_CLIENT_ERROR' },
      )
    case 'ENOTFOUND':
      return new DeliveryRefused(`${origin} has no such host.`, { code: 'SDK_CLIENT_ERROR' })
    default:
      return new DeliveryFailed(`The connection to ${origin} failed (${code}).`, {
        code: 'CONNECTION_FAILURE',
      })
  }
}

/** An attempt at each of several addresses fails with an error that has the others' in it. */
function codeOf(error: unknown): string {
  const { code, errors } = (error ?? {}) as { code?: unknown; errors?: readonly unknown[] }
  if (typeof code === 'string') return code
  return errors?.length ? codeOf(errors[0]) : 'unknown'
}
