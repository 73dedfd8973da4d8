/** Services that are reached as an operator has them reached: over sockets, signed. */
import type { TestContext } from 'node:test'
import type { ServiceMessage } from '../../ports.ts'
import { signer } from '../aws-json/signature.ts'
import { systemClock as clock } from '../node/clock.ts'
import { undiciHttp } from '../undici/http.ts'
import { type AwsServicesOptions, awsServices } from './aws-services.ts'
import type { Sign } from './endpoint.ts'

export const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }

const sign: Sign = (service, region) => signer({ ...credentials, region, service, clock })

/** Ended with the test. */
export function openServices(t: TestContext, endpoints: AwsServicesOptions['endpoints']) {
  const http = undiciHttp({ allow: [], allowLoopback: true })
  t.after(() => http.close())
  return awsServices({ http, sign, endpoints })
}

/** All three at one address. */
export function servicesAt(t: TestContext, url: string) {
  const all = openServices(t, { sqs: url, sns: url, lambda: url })
  return {
    send(message: Partial<ServiceMessage> & Pick<ServiceMessage, 'arn'>): Promise<void> {
      const service = all.get(message.arn.split(':')[2] ?? '')
      if (!service) throw new Error(`No service for ${message.arn}`)
      return service.send({
        ...{ text: '{"order":1}', eventId: 'event-1', parameters: {} },
        signal: AbortSignal.timeout(10_000),
        ...message,
      })
    },
  }
}
