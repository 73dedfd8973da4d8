/** A target at a service of AWS: what its input makes of an event goes there as one message. */
import type { ServiceTarget } from '../ports.ts'
import type { Target } from '../target.ts'
import type { SentFor } from './function-target.ts'
import type { StoredTarget } from './stored-rule.ts'

/** As long as a Lambda function may run: who gives up earlier has it run twice. */
const lambdaTimeoutMs = 900_000

export function serviceTarget(
  service: ServiceTarget,
  { Arn: arn, SqsParameters: parameters = {} }: Pick<StoredTarget, 'Arn' | 'SqsParameters'>,
  sent: SentFor,
): Pick<Target, 'invoke'> & Partial<Pick<Target, 'timeoutMs'>> {
  return {
    ...(arn.split(':')[2] === 'lambda' && { timeoutMs: lambdaTimeoutMs }),
    async invoke(invocation) {
      await service.send({
        ...{ arn, parameters },
        text: sent ? sent(invocation) : invocation.text,
        eventId: invocation.event.id,
        signal: invocation.signal,
      })
      return undefined
    },
  }
}

/** What an operator sets for a service to be reached. */
const endpoints: Readonly<Record<string, string>> = {
  sqs: 'AWS_ENDPOINT_URL_SQS',
  sns: 'AWS_ENDPOINT_URL_SNS',
  lambda: 'AWS_ENDPOINT_URL_LAMBDA',
}

/** A sentence for whoever names such an ARN and has no endpoint for it; empty when none would help. */
export function missingEndpoint(service: string): string {
  const name = Object.hasOwn(endpoints, service) ? endpoints[service] : undefined
  return name === undefined
    ? ''
    : ` For what another server has, set ${name} to its endpoint, for example ${name}=http://127.0.0.1:4566, and start the bus again.`
}
