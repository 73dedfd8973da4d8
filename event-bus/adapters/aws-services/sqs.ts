/**
 * SQS queues by their ARNs: SendMessage in SQS's AWS JSON 1.0 protocol. A queue's URL is asked for and
 * not made up: AWS, LocalStack, ElasticMQ and others each write their own.
 */
import { createHash } from 'node:crypto'
import { parseArn } from '../../arn.ts'
import { DeliveryFailed, DeliveryRefused } from '../../errors.ts'
import type { ServiceMessage, ServiceTarget } from '../../ports.ts'
import type { Endpoint } from './endpoint.ts'
import { failure, objectIn } from './failure.ts'

/** Queues whose URL is remembered; the one that was asked for first makes room. */
const mostUrls = 1_000
/** SQS takes none of these, neither in a message nor in the value of an attribute. */
const unfit = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu

export function sqs(endpoint: Endpoint): ServiceTarget {
  const urls = new Map<string, string>()

  async function call(operation: string, message: ServiceMessage, body: object) {
    const { arn, signal } = message
    const response = await endpoint.post({
      ...{ path: '/', region: parseArn(arn)?.region ?? '', signal },
      headers: {
        'Content-Type': 'application/x-amz-json-1.0',
        'X-Amz-Target': `AmazonSQS.${operation}`,
      },
      body: JSON.stringify(body),
    })
    const who = `SQS, asked to ${operation} for ${arn},`
    if (response.status !== 200) throw failure(response, who)
    return objectIn(response.body) ?? {}
  }

  async function urlOf(message: ServiceMessage): Promise<string> {
    const { arn } = message
    const { resource = '', account = '' } = parseArn(arn) ?? {}
    const { QueueUrl } = await call('GetQueueUrl', message, {
      QueueName: resource,
      ...(account && { QueueOwnerAWSAccountId: account }),
    })
    if (typeof QueueUrl !== 'string') throw notSqs(arn)
    const [oldest] = urls.keys()
    if (urls.size >= mostUrls && oldest !== undefined) urls.delete(oldest)
    urls.set(arn, QueueUrl)
    return QueueUrl
  }

  async function sendTo(QueueUrl: string, message: ServiceMessage): Promise<void> {
    const { MessageId } = await call('SendMessage', message, { QueueUrl, ...requestOf(message) })
    if (typeof MessageId !== 'string') throw notSqs(message.arn)
  }

  return {
    async send(message) {
      const { arn } = message
      const known = urls.get(arn)
      try {
        return await sendTo(known ?? (await urlOf(message)), message)
      } catch (error) {
        if (known === undefined || !isMissing(error)) throw error
        // The server may have been replaced by one that writes its URLs in another way.
        urls.delete(arn)
        await sendTo(await urlOf(message), message)
      }
    },
  }
}

const isMissing = (error: unknown) =>
  error instanceof DeliveryRefused && error.code === 'NO_RESOURCE'

/** Where somebody else listens who answers everything with 200, a message would be lost. */
const notSqs = (arn: string) =>
  new DeliveryFailed(
    `What answers for ${arn} does not speak as SQS does. Set AWS_ENDPOINT_URL_SQS to the endpoint of an SQS server.`,
  )

function requestOf({ arn, text, eventId, parameters, attributes = {} }: ServiceMessage): object {
  const { MessageGroupId } = parameters
  return {
    // It is JSON, or lines of it, where they stand in strings alone.
    MessageBody: text.replace(
      unfit,
      (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
    ...(typeof MessageGroupId === 'string' && { MessageGroupId }),
    ...(arn.endsWith('.fifo') && { MessageDeduplicationId: deduplicationId(eventId, text) }),
    ...(Object.keys(attributes).length > 0 && {
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [
          name,
          { DataType: 'String', StringValue: value.replace(unfit, '�') || '-' },
        ]),
      ),
    }),
  }
}

/**
 * The event's id, so that an attempt that is repeated is no second message; and what is sent, so that
 * a replay is one, and what another target makes of the event.
 */
const deduplicationId = (eventId: string, text: string) =>
  `${eventId}-${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
