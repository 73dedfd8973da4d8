/**
 * Lambda functions by their ARNs: Invoke, and wait for what comes of it. EventBridge hands an event over
 * (InvocationType Event), and Lambda retries it from a queue of its own; servers that stand in for Lambda
 * have none, or lose it when they end. Here the event stays on the bus's disk until the function has
 * succeeded, and an error of its handler is a failed delivery, which is tried again.
 */
import { parseArn } from '../../arn.ts'
import { DeliveryFailed } from '../../errors.ts'
import type { HttpResponse, ServiceTarget } from '../../ports.ts'
import type { Endpoint } from './endpoint.ts'
import { failure, objectIn } from './failure.ts'

/** Characters of a handler's error. */
const shown = 500

export function lambda(endpoint: Endpoint): ServiceTarget {
  return {
    async send({ arn, text, signal }) {
      const { region = '', resource = '' } = parseArn(arn) ?? {}
      const [, name = '', qualifier] = resource.split(':')
      const version = qualifier ? `?Qualifier=${encodeURIComponent(qualifier)}` : ''
      const response = await endpoint.post({
        path: `/2015-03-31/functions/${encodeURIComponent(name)}/invocations${version}`,
        ...{ region, signal },
        headers: {
          'Content-Type': 'application/json',
          'X-Amz-Invocation-Type': 'RequestResponse',
        },
        body: text,
      })
      if (response.status < 200 || response.status > 299)
        throw failure(response, `Lambda, asked to Invoke ${arn},`)
      const kind = errorKind(response)
      if (kind !== undefined)
        throw new DeliveryFailed(`The function ${arn} has failed (${kind})${errorOf(response)}.`, {
          code: isTimeout(response) ? 'TIMEOUT' : 'ERROR_FROM_TARGET',
        })
    },
  }
}

/** Undefined when the function has succeeded. */
function errorKind(response: HttpResponse): string | undefined {
  const { headers } = response
  const kind = headers['x-amz-function-error']
  if (kind !== undefined || headers['x-amz-executed-version'] !== undefined) return kind
  // The emulator in AWS's own images says of an error only what the runtime does:
  // https://github.com/aws/aws-lambda-runtime-interface-emulator/issues/20 and 21
  const { errorType, errorMessage } = objectIn(response.body) ?? {}
  const isError = typeof errorType === 'string' && typeof errorMessage === 'string'
  return isError || isTimeout(response) ? 'Unhandled' : undefined
}

/** `TypeError: out of petrol`, as the runtime tells it. */
function errorOf({ body }: HttpResponse): string {
  const { errorType, errorMessage } = objectIn(body) ?? {}
  const told = [errorType, errorMessage].filter((each) => typeof each === 'string' && each !== '')
  return told.length > 0 ? `: ${told.join(': ').slice(0, shown)}` : ''
}

function isTimeout({ body }: HttpResponse): boolean {
  const { errorType, errorMessage = body } = objectIn(body) ?? {}
  return (
    errorType === 'Sandbox.Timedout' || /^(\S+ \S+ )?Task timed out after /.test(`${errorMessage}`)
  )
}
