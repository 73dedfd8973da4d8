/** SQS, as a function that is called for the messages of a queue asks it: later, for good, and on to others. */
import { setTimeout as wait } from 'node:timers/promises'
import {
  ChangeMessageVisibilityCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { DeliveryFailed, DeliveryRefused } from '@busbar/event-bus'
import type { FunctionQueue } from '@busbar/runtime/lambda-queue'

export interface SqsQueueOptions {
  /** The queue that the function is called for. */
  readonly queueUrl: string
  readonly deadLetterQueueUrl: string
  /** Of a target's queue, by the target's id. */
  readonly queueUrlOf: (target: string) => string
  readonly pause?: (ms: number) => Promise<unknown>
}

/** SQS's for one call. A message alone may have a mebibyte. */
const most = { messages: 10, bytes: 262_144 }
/** Calls at the same time. */
const atOnce = 5
/** Of what SQS says will be taken later. The SDK's own attempts are beneath. */
const attempts = 5
/** SQS takes none of these. */
const unfit = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu

export function sqsQueue(
  client: SQSClient,
  { queueUrl, deadLetterQueueUrl, queueUrlOf, pause = wait }: SqsQueueOptions,
): FunctionQueue {
  /** Sends again what was not taken, and no other. */
  async function sendBatch(QueueUrl: string, bodies: readonly string[]): Promise<void> {
    let left = bodies.map((MessageBody, n) => ({ Id: String(n), MessageBody }))
    let refusal: string | undefined
    for (let attempt = 1; left.length > 0; attempt++) {
      const { Failed = [] } = await client.send(
        new SendMessageBatchCommand({ QueueUrl, Entries: left }),
      )
      refusal ??= Failed.find(({ SenderFault }) => SenderFault)?.Code
      const later = Failed.filter(({ SenderFault }) => !SenderFault)
      const ids = new Set(later.map(({ Id }) => Id))
      left = left.filter(({ Id }) => ids.has(Id))
      if (left.length > 0 && attempt === attempts)
        throw new DeliveryFailed(`SQS did not take ${left.length} messages: ${later[0]?.Code}`)
      if (left.length > 0) await pause(50 * 2 ** attempt * (0.5 + Math.random()))
    }
    if (refusal !== undefined)
      throw new DeliveryRefused(`SQS never takes a message that was to be passed on: ${refusal}`)
  }

  return {
    async retryIn(ReceiptHandle, VisibilityTimeout) {
      await client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: queueUrl,
          ReceiptHandle,
          VisibilityTimeout,
        }),
      )
    },

    async bury(MessageBody, attributes) {
      const MessageAttributes = Object.fromEntries(
        Object.entries(attributes).map(([name, StringValue]) => [
          name,
          { DataType: 'String', StringValue },
        ]),
      )
      await client.send(
        new SendMessageCommand({ QueueUrl: deadLetterQueueUrl, MessageBody, MessageAttributes }),
      )
    },

    async send(target, bodies) {
      const url = target === null ? queueUrl : queueUrlOf(target)
      const batches = batchesOf(bodies.map(fit)).values()
      const failures: unknown[] = []
      const next = async () => {
        for (const batch of batches)
          await sendBatch(url, batch).catch((error: unknown) => failures.push(error))
      }
      await Promise.all(Array.from({ length: atOnce }, next))
      // One that may be taken later brings all of them again; a refusal alone is for good.
      if (failures.length > 0)
        throw failures.find((error) => !(error instanceof DeliveryRefused)) ?? failures[0]
    },
  }
}

/** It is JSON, where these stand in strings alone. */
const fit = (body: string) =>
  body.replace(unfit, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`)

function batchesOf(bodies: readonly string[]): readonly (readonly string[])[] {
  const batches: string[][] = []
  let bytes = 0
  for (const body of bodies) {
    const size = Buffer.byteLength(body)
    const last = batches.at(-1)
    if (last && last.length < most.messages && bytes + size <= most.bytes) {
      last.push(body)
      bytes += size
    } else {
      batches.push([body])
      bytes = size
    }
  }
  return batches
}
