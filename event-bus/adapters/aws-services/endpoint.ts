/** Where a service of AWS, or a server that speaks as one, is found: requests go there, signed. */
import type { Http, HttpResponse } from '../../ports.ts'

/** A region's signer: answers a request's headers with those that sign it. */
export type Sign = (
  service: string,
  region: string,
) => (request: {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}) => Readonly<Record<string, string>>

export interface Endpoint {
  /** Rejects as `Http` does; resolves with an answer of any status. */
  post(request: {
    /** Behind the endpoint's own. */
    readonly path: string
    /** The ARN's: a server may have several regions, and knows them by the signature. */
    readonly region: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
    readonly signal: AbortSignal
  }): Promise<HttpResponse>
}

/** Longer than any attempt may take: it is the signal that ends it. */
const timeoutMs = 900_000

export function endpoint({
  http,
  sign,
  service,
  url,
}: {
  readonly http: Http
  readonly sign: Sign
  readonly service: string
  /** `http://127.0.0.1:9324`, with a path or without. */
  readonly url: string
}): Endpoint {
  const base = url.replace(/\/+$/, '')
  return {
    post({ path, region, headers, body, signal }) {
      const request = { method: 'POST', url: base + path, headers, body }
      const signed = sign(service, region)(request)
      return http.request({ ...request, headers: signed, signal, timeoutMs })
    },
  }
}
