/**
 * HTTP on undici: a bounded pool of connections for each origin, and no connection to an address
 * that may not be called. Not the global `fetch`: measured, it sends an eighth of what a Pool does.
 */
import { type Dispatcher, Pool } from 'undici'
import { bounded, firstOf, plain, type Reading, type Resolve } from '../../outbound.ts'
import type { Clock, Http } from '../../ports.ts'
import { type AllowedAddresses, callableAddresses } from './callable-addresses.ts'
import { checkedConnector, systemResolve } from './checked-connector.ts'

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
    request: (request) =>
      bounded(request, { after, reading }, async ({ origin, pathname, search }, signal) => {
        const { method, headers, body } = request
        const response = await poolOf(origin).request({
          path: pathname + search,
          method: method as Dispatcher.HttpMethod,
          headers: { ...headers },
          ...{ body, signal },
        })
        return {
          status: response.statusCode,
          headers: plain(response.headers),
          body: await firstOf(response.body),
        }
      }),
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.close()))
    },
  }
}

const after: Clock['after'] = (ms, run) => {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}
const readings: Readonly<Record<string, ReturnType<Reading>>> = {
  UND_ERR_INVALID_ARG: 'malformed',
  UND_ERR_CONNECT_TIMEOUT: 'unreachable',
}
const reading: Reading = (code) => readings[code] ?? null
