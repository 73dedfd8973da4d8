/** SNS topics by their ARNs: Publish in SNS's query protocol, whose answers are XML. */
import { parseArn } from '../../arn.ts'
import { DeliveryFailed } from '../../errors.ts'
import type { ServiceTarget } from '../../ports.ts'
import type { Endpoint } from './endpoint.ts'
import { failure, tag } from './failure.ts'

export function sns(endpoint: Endpoint): ServiceTarget {
  return {
    async send({ arn, text, signal }) {
      const response = await endpoint.post({
        ...{ path: '/', region: parseArn(arn)?.region ?? '', signal },
        headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' },
        body: new URLSearchParams({
          ...{ Action: 'Publish', Version: '2010-03-31' },
          ...{ TopicArn: arn, Message: text },
        }).toString(),
      })
      if (response.status !== 200) throw failure(response, `SNS, asked to Publish to ${arn},`)
      // Where somebody else listens who answers everything with 200, a message would be lost.
      if (tag(response.body, 'MessageId') === undefined)
        throw new DeliveryFailed(
          `What answers for ${arn} does not speak as SNS does. Set AWS_ENDPOINT_URL_SNS to the endpoint of an SNS server.`,
        )
    },
  }
}
