/**
 * HTTP on what Node has, a connection for each request: for functions that post now and then, where a pool
 * is not worth what it costs to load. No connection is opened to an address that may not be called.
 */
import { lookup as systemLookup } from 'node:dns/promises'
import { type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { DeliveryFailed, DeliveryRefused } from '../../errors.ts'
import type { Http, HttpResponse } from '../../ports.ts'

export interface NodeHttpOptions {
  readonly isCallable: (address: string) => boolean
  readonly resolve?: (
    hostname: string,
  ) => Promise<readonly { readonly address: string; readonly family: number }[]>
}

/** Bytes of an answer that are read. The rest is thrown away with its connection. */
const bodyLimit = 65_536
const addressRefused = 'ADDRESS_REFUSED'

export function nodeHttp({
  isCallable,
  resolve = (hostname) => systemLookup(hostname, { all: true }),
}: NodeHttpOptions): Http {
  /** The address that was checked is the one that is connected to, whatever the name answers next. */
  const lookup: LookupFunction = (hostname, { all }, callback) => {
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

  return {
    async request({ url, method, headers, body, signal, timeoutMs }) {
      const target = URL.parse(url)
      if (!target || !/^https?:$/.test(target.protocol))
        throw new DeliveryRefused('The URL is none of http or https.', {
          code: 'INVALID_PARAMETER',
        })
      signal.throwIfAborted()
      // A host that is an address is not looked up.
      const host = target.hostname.replace(/^\[|\]$/g, '')
      if (isIP(host) && !isCallable(host)) throw failure(coded(addressRefused), target.origin)
      const ended = new AbortController()
      let late = false
      const timer = setTimeout(() => {
        late = true
        ended.abort()
      }, timeoutMs)
      const abort = () => ended.abort()
      signal.addEventListener('abort', abort, { once: true })
      try {
        const send = target.protocol === 'https:' ? tlsRequest : plainRequest
        const length = body === null ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
        const asked = send(target, {
          ...{ method, lookup, agent: false, signal: ended.signal },
          headers: { ...headers, ...length },
        })
        return await answerTo(asked, body)
      } catch (error) {
        if (signal.aborted) throw signal.reason
        if (late)
          throw new DeliveryFailed(`${target.origin} did not answer within ${timeoutMs} ms.`, {
            code: 'TIMEOUT',
          })
        throw failure(error, target.origin)
      } finally {
        clearTimeout(timer)
        signal.removeEventListener('abort', abort)
      }
    },
  }
}

async function answerTo(asked: ClientRequest, body: string | null): Promise<HttpResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  asked.on('response', resolve)
  asked.on('error', reject)
  if (body === null) asked.end()
  else asked.end(body)
  const response = await promise
  const chunks: Buffer[] = []
  let size = 0
  // Whoever leaves this loop early ends the connection with it.
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= bodyLimit) break
  }
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(
      Object.entries(response.headers).map(([name, value = '']) => [
        name,
        typeof value === 'string' ? value : value.join(', '),
      ]),
    ),
    body: Buffer.concat(chunks).subarray(0, bodyLimit).toString('utf8'),
  }
}

/** By its code alone, and without the error as `cause`: its text may hold what was sent or came back. */
function failure(error: unknown, origin: string): DeliveryFailed | DeliveryRefused {
  const code = codeOf(error)
  switch (code) {
    case addressRefused:
      return new DeliveryRefused(
        `${origin} is at an address inside this network, which may not be called unless it is allowed.`,
        { code: 'SDK_CLIENT_ERROR' },
      )
    case 'ENOTFOUND':
      return new DeliveryRefused(`${origin} has no such host.`, { code: 'SDK_CLIENT_ERROR' })
    case 'ERR_INVALID_CHAR':
    case 'ERR_INVALID_HTTP_TOKEN':
    case 'ERR_UNESCAPED_CHARACTERS':
      return new DeliveryRefused(`No request to ${origin} can be made of what was given.`, {
        code: 'INVALID_PARAMETER',
      })
    default:
      return new DeliveryFailed(`The connection to ${origin} failed (${code}).`, {
        code: 'CONNECTION_FAILURE',
      })
  }
}

/** An attempt at each of several addresses fails with an error that has the others' in it. */
function codeOf(error: unknown): string {
  const { code, errors } = (error ?? {}) as { code?: unknown; errors?: readonly unknown[] }
  if (errors?.length) return codeOf(errors[0])
  return typeof code === 'string' ? code : 'unknown'
}

const coded = (code: string) => Object.assign(new Error(code), { code })
