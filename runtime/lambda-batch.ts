/**
 * A batch of SQS messages, each for itself: the flow's retry policy and dead-letter queue hold for what
 * a handler throws, as they do on the engine. SQS's own redrive is only for functions that die.
 */
import {
  type Clock,
  DeliveryFailed,
  deliveryError,
  type EventBridgeEvent,
  exhausted,
  retryDelay,
} from '@busbar/event-bus'
import type { Limits } from './flow.ts'
import type { LambdaContext, SqsBatch, SqsBatchResponse, SqsRecord } from './lambda-event.ts'
import type { FunctionQueue } from './lambda-queue.ts'

export interface BatchOptions {
  readonly queue: FunctionQueue
  readonly clock: Clock
  readonly random: () => number
  /** A line never holds a body or what an error says of it. */
  readonly log: (line: Readonly<Record<string, unknown>>) => void
  /** The ARN of the rule that it came by, when that is known. */
  readonly ruleOf: (event: EventBridgeEvent) => string | undefined
}

/** A message, read. */
export interface Work {
  readonly event: EventBridgeEvent
  /** Does what has to be done; rejects to be tried again by the retry policy. */
  run(): Promise<unknown>
}

/** Throws for a body that nobody can do anything with: it goes to the dead-letter queue at once. */
export type Read = (body: string) => Work

/** What is left of a function's time to say how its attempts have ended. */
const reportMs = 500
/** How late a message may be that was to come just before it would have been too old. */
const graceMs = 60_000
/** SQS lets a message wait for twelve hours. */
const longestSeconds = 43_200
/** SQS takes none of these in the value of an attribute. */
const unfit = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu

export function batch(
  id: string,
  { retryPolicy, timeoutMs }: Pick<Limits, 'retryPolicy' | 'timeoutMs'>,
  read: Read,
  { queue, clock, random, log, ruleOf }: BatchOptions,
): (event: SqsBatch, context: LambdaContext) => Promise<SqsBatchResponse> {
  async function attempt(work: Work, context: LambdaContext): Promise<void> {
    const limit = Math.max(1, Math.min(timeoutMs, context.getRemainingTimeInMillis() - reportMs))
    let cancel = () => {}
    const timeout = new Promise<never>((_, reject) => {
      const late = () => reject(timedOut(id, limit))
      cancel = clock.after(limit, late)
    })
    try {
      await Promise.race([work.run(), timeout])
    } finally {
      cancel()
    }
  }

  /** Whether the message may be deleted. */
  async function done(record: SqsRecord, context: LambdaContext): Promise<boolean> {
    const attempts = Number(record.attributes.ApproximateReceiveCount)
    const age = (delay: number) =>
      clock.now().getTime() + delay - Number(record.attributes.SentTimestamp)

    let work: Work
    try {
      work = read(record.body)
    } catch (error) {
      const unread = { refused: true, errorCode: 'INVALID_JSON', error: deliveryError(error).error }
      return bury(record, context, { ...unread, attempts })
    }
    const { event } = work
    // Nobody looked at its age when its last attempt ended: its function had ended with it. What was made
    // to wait for its last moment is attempted in that.
    if (attempts > 1 && exhausted(retryPolicy, 0, age(-graceMs)))
      return bury(record, context, {
        ...{ event, attempts: attempts - 1, condition: 'MaximumEventAgeInSeconds' },
        ...{ errorCode: 'UNKNOWN', error: 'Its last attempt has not ended in time to say how' },
      })
    try {
      await attempt(work, context)
      return true
    } catch (thrown) {
      const { refused, error, errorCode, retryAfterMs } = deliveryError(thrown)
      const delay = Math.max(retryAfterMs, retryDelay(attempts, random))
      const condition = refused ? null : exhausted(retryPolicy, attempts, age(delay))
      log({ ...failed(id, event.id, thrown), errorCode, attempts, ...(condition && { condition }) })
      if (refused || condition)
        return bury(record, context, { event, attempts, error, errorCode, condition })
      const seconds = Math.min(longestSeconds, Math.ceil(delay / 1_000))
      await queue.retryIn(record.receiptHandle, seconds)
      return false
    }
  }

  /** As it came, so that SQS's own redrive leads it back. */
  async function bury(record: SqsRecord, context: LambdaContext, letter: Letter): Promise<true> {
    const { event, errorCode, attempts } = letter
    await queue.bury(record.body, attributesOf(letter, event && ruleOf(event), context))
    log({
      ...{ level: 'error', message: 'A delivery is dead', target: id, messageId: record.messageId },
      ...{ eventId: event?.id, errorCode, attempts },
    })
    return true
  }

  return async ({ Records }, context) => {
    const ends = await Promise.allSettled(Records.map((record) => done(record, context)))
    const batchItemFailures = ends.flatMap((end, at) => {
      const { messageId } = Records[at] as SqsRecord
      if (end.status === 'fulfilled') return end.value ? [] : [{ itemIdentifier: messageId }]
      // The queue could not be asked: the message comes again when its visibility timeout is over.
      log({
        ...failed(id, undefined, end.reason),
        messageId,
        message: 'SQS did not take a message',
      })
      return [{ itemIdentifier: messageId }]
    })
    return { batchItemFailures }
  }
}

interface Letter {
  readonly event?: EventBridgeEvent
  readonly attempts: number
  readonly error: string
  readonly errorCode: string
  readonly condition?: string | null
}

/** EventBridge's names. It counts retries: none when there was only the first attempt. */
const attributesOf = (
  { error, errorCode, condition, attempts }: Letter,
  ruleArn: string | undefined,
  { invokedFunctionArn }: LambdaContext,
): Record<string, string> => ({
  ...(ruleArn && { RULE_ARN: ruleArn }),
  TARGET_ARN: invokedFunctionArn,
  ERROR_CODE: errorCode,
  ERROR_MESSAGE: error.replace(unfit, '\ufffd') || '-',
  ...(condition && { EXHAUSTED_RETRY_CONDITION: condition }),
  RETRY_ATTEMPTS: String(Math.max(0, attempts - 1)),
})

const timedOut = (id: string, limit: number) =>
  new DeliveryFailed(`Target ${id} took longer than ${limit} ms`, { code: 'TIMEOUT' })

/** Where it happened, but not the message: services and parsers quote what they were given. */
function failed(target: string, eventId: string | undefined, thrown: unknown) {
  const { name, stack = '' } = thrown instanceof Error ? thrown : { name: typeof thrown }
  const at = stack.split('\n').filter((line) => /^ {4}at /.test(line))
  return {
    ...{ level: 'warn', message: 'An attempt failed', target, eventId, error: name },
    at: at.slice(0, 5).map((line) => line.trim()),
  }
}
