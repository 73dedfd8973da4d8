/**
 * HTTP on what Node has, a connection for each request: for functions that post now and then, where a pool
 * is not worth what it costs to load. No connection is opened to an address that may not be called.
 */
import { lookup as systemLookup } from 'node:dns/promises'
import { type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { isIP } from 'node:net'
import {
  addressRefused,
  bounded,
  checkedLookup,
  coded,
  firstOf,
  hostOf,
  plain,
  type Reading,
  type Resolve,
} from '../../outbound.ts'
import type { Http, HttpResponse } from '../../ports.ts'
import { systemClock } from './clock.ts'

export interface NodeHttpOptions {
  readonly isCallable: (address: string) => boolean
  readonly resolve?: Resolve
}

export function nodeHttp({
  isCallable,
  resolve = (hostname) => systemLookup(hostname, { all: true }),
}: NodeHttpOptions): Http {
  const lookup = checkedLookup(resolve, isCallable)
  return {
    request: (request) =>
      bounded(request, { after, reading }, async (target, signal) => {
        const { method, headers, body } = request
        // A host that is an address is not looked up.
        const host = hostOf(target.hostname)
        if (isIP(host) && !isCallable(host)) throw coded(addressRefused)
        const send = target.protocol === 'https:' ? tlsRequest : plainRequest
        const length = body === null ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
        const asked = send(target, {
          ...{ method, lookup, agent: false, signal },
          headers: { ...headers, ...length },
        })
        return answerTo(asked, body)
      }),
  }
}

const { after } = systemClock
const malformed = ['ERR_INVALID_CHAR', 'ERR_INVALID_HTTP_TOKEN', 'ERR_UNESCAPED_CHARACTERS']
const reading: Reading = (code) => (malformed.includes(code) ? 'malformed' : null)

async function answerTo(asked: ClientRequest, body: string | null): Promise<HttpResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  asked.on('response', resolve)
  asked.on('error', reject)
  if (body === null) asked.end()
  else asked.end(body)
  const response = await promise
  return {
    status: response.statusCode ?? 0,
    headers: plain(response.headers),
    body: await firstOf(response),
  }
}
