/**
 * HTTP on undici: a bounded pool of connections for each origin, and no connection to an address
 * that may not be called. Not the global `fetch`: measured, it sends an eighth of what a Pool does.
 */
import { type Dispatcher, Pool } from 'undici'
import { DeliveryFailed, DeliveryRefused } from '../../errors.ts'
import type { Http, HttpResponse } from '../../ports.ts'
import { type AllowedAddresses, callableAddresses } from './callable-addresses.ts'
import {
  addressRefused,
  checkedConnector,
  type Resolve,
  systemResolve,
} from './checked-connector.ts'

export interface UndiciHttpOptions extends AllowedAddresses {
  /** Certificates, as PEM, that are trusted besides the machine's. */
  readonly ca?: readonly string[]
  readonly resolve?: Resolve
  /** Pools that are kept. The one that was not used for longest makes room, when it has answered. */
  readonly origins?: number
  readonly connectionsPerOrigin?: number
}

export interface UndiciHttp extends Http {
  /** Lets end what is under way. */
  close(): Promise<void>
}

/** Bytes of an answer that are read. The rest is thrown away with its connection. */
const bodyLimit = 65_536
/** After so long a connection is made anew, so that a name may move. */
const connectionTtlMs = 300_000

export function undiciHttp({
  allow,
  allowLoopback,
  ca,
  resolve = systemResolve,
  origins = 256,
  connectionsPerOrigin = 64,
}: UndiciHttpOptions): UndiciHttp {
  const isCallable = callableAddresses({ allow, allowLoopback })
  const connect = checkedConnector({ isCallable, resolve, ca })
  const pools = new Map<string, Pool>()

  function poolOf(origin: string): Pool {
    const kept = pools.get(origin)
    const pool =
      kept ??
      new Pool(origin, {
        connect,
        connections: connectionsPerOrigin,
        pipelining: 1,
        clientTtl: connectionTtlMs,
        keepAliveMaxTimeout: 60_000,
        // The request's own time limit holds for all of it.
        headersTimeout: 0,
        bodyTimeout: 0,
      })
    pools.delete(origin)
    pools.set(origin, pool)
    const [oldest] = pools
    if (pools.size > origins && oldest) {
      pools.delete(oldest[0])
      void oldest[1].close()
    }
    return pool
  }

  return {
    async request({ url, method, headers, body, signal, timeoutMs }) {
      const target = URL.parse(url)
      if (!target || !/^https?:$/.test(target.protocol))
        throw new DeliveryRefused('The URL is none of http or https.', {
          code: 'INVALID_PARAMETER',
        })
      signal.throwIfAborted()
      const ended = new AbortController()
      let late = false
      const timer = setTimeout(() => {
        late = true
        ended.abort()
      }, timeoutMs)
      const abort = () => ended.abort()
      signal.addEventListener('abort', abort, { once: true })
      try {
        const response = await poolOf(target.origin).request({
          path: target.pathname + target.search,
          method: method as Dispatcher.HttpMethod,
          headers: { ...headers },
          body,
          signal: ended.signal,
        })
        return {
          status: response.statusCode,
          headers: plain(response.headers),
          body: await firstOf(response.body),
        }
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
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.close()))
    },
  }
}

async function firstOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= bodyLimit) break
  }
  return Buffer.concat(chunks).subarray(0, bodyLimit).toString('utf8')
}

const plain = (
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
    case 'UND_ERR_INVALID_ARG':
      return new DeliveryRefused(`No request to ${origin} can be made of what was given.`, {
        code: 'INVALID_PARAMETER',
      })
    case 'UND_ERR_CONNECT_TIMEOUT':
      return new DeliveryFailed(`${origin} could not be reached in time.`, { code: 'TIMEOUT' })
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
