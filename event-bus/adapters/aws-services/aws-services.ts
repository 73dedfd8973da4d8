/** What targets' ARNs name besides this bus's own: queues, topics and functions at endpoints that an operator sets. */
import type { Http, ServiceTarget } from '../../ports.ts'
import { endpoint, type Sign } from './endpoint.ts'
import { lambda } from './lambda.ts'
import { sns } from './sns.ts'
import { sqs } from './sqs.ts'

const services = { sqs, sns, lambda } as const

export interface AwsServicesOptions {
  /** It has to reach the endpoints, wherever the operator has set them to be. */
  readonly http: Http
  readonly sign: Sign
  /** By service: `{ sqs: 'http://127.0.0.1:9324' }`. */
  readonly endpoints: Readonly<Partial<Record<keyof typeof services, string>>>
}

/** By the service that ARNs name; without those that have no endpoint. */
export function awsServices({
  http,
  sign,
  endpoints,
}: AwsServicesOptions): ReadonlyMap<string, ServiceTarget> {
  return new Map(
    (['sqs', 'sns', 'lambda'] as const).flatMap((service) => {
      const url = endpoints[service]
      return url === undefined
        ? []
        : [[service, services[service](endpoint({ http, sign, service, url }))] as const]
    }),
  )
}
