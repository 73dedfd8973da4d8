/**
 * An event source mapping: takes messages from a queue to a function, as the Lambda documentation's "Using
 * Lambda with Amazon SQS" says, and deletes what the function did.
 */

import { setTimeout as pause } from 'node:timers/promises'
import type { Message } from '@aws-sdk/client-sqs'
import type { LambdaFunction } from './function.ts'
import type { Queues } from './queues.ts'
import { place } from './template.ts'

export interface EventSourceOptions {
  readonly queues: Pick<Queues, 'call'>
  readonly queueUrl: string
  readonly queueArn: string
  readonly lambda: LambdaFunction
  readonly batchSize: number
  readonly batchingWindowMs: number
  /** Batches under way at the same time. */
  readonly concurrency: number
  readonly reportsItemFailures: boolean
  readonly log: (line: string) => void
}

interface Received {
  readonly Messages?: readonly Message[]
}
export interface EventSource {
  /** Takes no more, and resolves when nothing is under way. */
  stop(): Promise<void>
}

/**
 * What a function failed as a whole is tried again when its visibility times out, six times the function's
 * limit. Here that is cut short, to no more than this.
 */
const longestHiddenSeconds = 1
const waitSeconds = 1

export function eventSource(options: EventSourceOptions): EventSource {
  const { queues, queueUrl: QueueUrl, queueArn, lambda, batchSize, concurrency, log } = options
  const underWay = new Set<Promise<void>>()
  let isStopped = false

  async function batch(): Promise<readonly Message[]> {
    const giveUp = Date.now() + options.batchingWindowMs
    const messages: Message[] = []
    do {
      const { Messages = [] } = await queues.call<Received>('ReceiveMessage', {
        ...{ QueueUrl, WaitTimeSeconds: waitSeconds },
        MaxNumberOfMessages: Math.min(10, batchSize - messages.length),
        ...{ MessageSystemAttributeNames: ['All'], MessageAttributeNames: ['All'] },
      })
      messages.push(...Messages)
    } while (!isStopped && messages.length < batchSize && Date.now() < giveUp)
    return messages
  }

  async function bring(messages: readonly Message[]): Promise<void> {
    try {
      const answer = await lambda.invoke({
        Records: messages.map((each) => record(each, queueArn)),
      })
      const failed = options.reportsItemFailures ? failedOf(answer, messages) : new Set<string>()
      for (const { MessageId = '', ReceiptHandle } of messages)
        if (!failed.has(MessageId)) await queues.call('DeleteMessage', { QueueUrl, ReceiptHandle })
    } catch {
      // The function has said in its log why.
      for (const { ReceiptHandle } of messages)
        await queues
          .call('ChangeMessageVisibility', {
            ...{ QueueUrl, ReceiptHandle, VisibilityTimeout: longestHiddenSeconds },
          })
          .catch((error: Error) => log(`${queueArn}: ${error.message}`))
    }
  }

  async function run(): Promise<void> {
    while (!isStopped) {
      if (underWay.size >= concurrency) await Promise.race(underWay)
      else
        try {
          const messages = await batch()
          if (messages.length === 0) continue
          const bringing = bring(messages).finally(() => underWay.delete(bringing))
          underWay.add(bringing)
        } catch (error) {
          if (isStopped) return
          log(`${queueArn}: ${(error as Error).message}`)
          await pause(100)
        }
    }
  }

  const running = run()
  return {
    async stop() {
      isStopped = true
      await running
      await Promise.all(underWay)
    },
  }
}

const record = (message: Message, queueArn: string) => ({
  messageId: message.MessageId,
  receiptHandle: message.ReceiptHandle,
  body: message.Body,
  attributes: message.Attributes,
  messageAttributes: Object.fromEntries(
    Object.entries(message.MessageAttributes ?? {}).map(([name, { StringValue, DataType }]) => [
      name,
      {
        ...{ stringValue: StringValue, stringListValues: [], binaryListValues: [] },
        dataType: DataType,
      },
    ]),
  ),
  md5OfBody: message.MD5OfBody,
  eventSource: 'aws:sqs',
  eventSourceARN: queueArn,
  awsRegion: place.region,
})

/** All of them when the answer is none that Lambda understands. */
function failedOf(answer: unknown, messages: readonly Message[]): ReadonlySet<string> {
  if (answer === null || answer === undefined || answer === '') return new Set()
  const all = new Set(messages.map(({ MessageId = '' }) => MessageId))
  const failures = (answer as { readonly batchItemFailures?: unknown }).batchItemFailures
  if (failures === undefined || failures === null) return new Set()
  if (!Array.isArray(failures)) return all
  const ids = failures.map((each) => String(each?.itemIdentifier ?? ''))
  return ids.every((id) => all.has(id)) ? new Set(ids) : all
}
