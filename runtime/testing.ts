/** What tests of functions on AWS need often: a queue in memory, and what AWS calls a function with. */
import type { HttpApiEvent, LambdaContext, SqsBatch, SqsRecord } from './lambda-event.ts'
import type { FunctionQueue } from './lambda-queue.ts'

/** While `fails` is set, SQS takes nothing. */
export interface MemoryQueue extends FunctionQueue {
  /** What was made to wait, and for how many seconds. */
  readonly waiting: readonly { readonly receiptHandle: string; readonly seconds: number }[]
  readonly buried: readonly {
    readonly body: string
    readonly attributes: Readonly<Record<string, string>>
  }[]
  /** `target` is null for the function's own queue. */
  readonly sent: readonly { readonly target: string | null; readonly body: string }[]
  fails: Error | null
}

export function memoryQueue(): MemoryQueue {
  const waiting: { receiptHandle: string; seconds: number }[] = []
  const buried: { body: string; attributes: Readonly<Record<string, string>> }[] = []
  const sent: { target: string | null; body: string }[] = []
  const taken = () => {
    if (queue.fails) throw queue.fails
  }
  const queue: MemoryQueue = {
    ...{ waiting, buried, sent, fails: null },
    async retryIn(receiptHandle, seconds) {
      taken()
      waiting.push({ receiptHandle, seconds })
    },
    async bury(body, attributes) {
      taken()
      buried.push({ body, attributes })
    },
    async send(target, bodies) {
      taken()
      sent.push(...bodies.map((body) => ({ target, body })))
    },
  }
  return queue
}

export const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:shop-ship'

/** Of a function that has time enough. */
export const aContext = (remainingMs = 1_000_000): LambdaContext => ({
  invokedFunctionArn: functionArn,
  getRemainingTimeInMillis: () => remainingMs,
})

/** The n-th message, sent at the beginning of `handClock`, received for the first time. */
export function aRecord(
  n: number,
  body: unknown,
  { received = 1, sent = '2026-01-01T12:00:00.000Z' } = {},
): SqsRecord {
  return {
    messageId: `message-${n}`,
    receiptHandle: `receipt-${n}`,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: {
      ApproximateReceiveCount: String(received),
      SentTimestamp: String(Date.parse(sent)),
    },
  }
}

/** A message each, received for the first time. */
export const aBatch = (...bodies: readonly unknown[]): SqsBatch => ({
  Records: bodies.map((body, n) => aRecord(n + 1, body)),
})

/** As an HTTP API sends it that stands at `blog.test`. */
export const aRequest = (method: string, rawPath: string): HttpApiEvent => ({
  ...{ version: '2.0', rawPath, rawQueryString: '', headers: {}, isBase64Encoded: false },
  requestContext: {
    domainName: 'blog.test',
    stage: '$default',
    http: { method, sourceIp: '192.0.2.1' },
  },
})
