/**
 * A target's DeadLetterConfig: a delivery that is dead is told to an SQS queue as EventBridge tells it,
 * with what the target was or should have been sent, besides being a dead letter of ours, which has the
 * event and can be redriven. That is a delivery of its own, under the
 * queue's ARN as its key, whatever becomes of rule and target.
 */
import { parseArn, ruleArn } from '../arn.ts'
import type { DeadLetter } from '../dead-letter.ts'
import { timeOf } from '../engine/event-id.ts'
import type { Inside } from '../engine/inside.ts'
import { DeliveryRefused } from '../errors.ts'
import type { Clock, ServiceTarget, Store } from '../ports.ts'
import { type DeadLetterTo, type Target, targetDefaults } from '../target.ts'
import type { RuleName, StoredTarget } from './stored-rule.ts'

/** What the target's input makes of an event's text; undefined when it has none. */
export type SentOf = ((text: string, ingestedAt: () => number) => string) | undefined

export interface DeadLetterConfigs {
  /** Whom the target has its dead letters told to; undefined without a queue or without a way to one. */
  of(rule: RuleName, target: StoredTarget, sent: SentOf): DeadLetterTo | undefined
  /** Takes up what the previous process left for queues that no target names any more. */
  start(): void
  close(): void
}

const againMs = 1_000

export function deadLetterConfigs({
  inside: { store, clock, place, connect, subscribers },
  sqs,
  failed,
}: {
  readonly inside: {
    readonly store: Pick<Store<never>, 'counts'>
    readonly clock: Pick<Clock, 'after'>
  } & Pick<Inside, 'place' | 'connect' | 'subscribers'>
  readonly sqs: ServiceTarget | undefined
  readonly failed: (error: unknown) => void
}): DeadLetterConfigs {
  let closed = false
  let cancel = () => {}

  /** Its own retries are EventBridge's defaults, and what dies here is told to nobody. */
  const queue = (arn: string, service: ServiceTarget): Target => ({
    ...{ id: parseArn(arn)?.resource ?? arn, ...targetDefaults },
    async invoke({ event, text, progress = '{}', signal }) {
      const { body = text, ...attributes } = JSON.parse(progress) as Record<string, string>
      await service.send({
        ...{ arn, text: body, parameters: {}, attributes, signal },
        eventId: event.id ?? '', // a letter whose event was lost has none
      })
      return undefined
    },
  })
  function reach(arn: string): void {
    if (sqs && !subscribers.has(arn)) connect(arn, queue(arn, sqs))
  }

  async function takeUp(): Promise<void> {
    try {
      for (const key of (await store.counts()).keys())
        if (!closed && parseArn(key)?.service === 'sqs') reach(key)
    } catch (error) {
      if (closed) return
      failed(error)
      cancel = clock.after(againMs, () => void takeUp())
    }
  }

  return {
    of(rule, { Arn, DeadLetterConfig }, sent) {
      const key = DeadLetterConfig?.Arn
      if (!sqs || key === undefined) return undefined
      reach(key)
      const RULE_ARN = ruleArn(place, rule.EventBusName, rule.Name)
      const tell = (letter: DeadLetter) =>
        JSON.stringify({
          RULE_ARN,
          TARGET_ARN: Arn,
          ...attributes(letter),
          ...bodyOf(letter, sent),
        })
      return { key, tell }
    },
    start() {
      if (sqs) void takeUp()
    },
    close() {
      closed = true
      cancel()
    },
  }
}

/** EventBridge counts retries, and says nothing of them when the first attempt was the end by itself. */
function attributes({ errorCode, error, exhaustedRetryCondition, attempts }: DeadLetter) {
  const retries = Math.max(0, attempts - 1)
  const isExhausted = exhaustedRetryCondition !== undefined
  return {
    ERROR_CODE: errorCode,
    ERROR_MESSAGE: errorCode === 'INVALID_JSON' ? 'Invalid input for target.' : error,
    ...(isExhausted && { EXHAUSTED_RETRY_CONDITION: exhaustedRetryCondition }),
    ...((isExhausted || retries > 0) && { RETRY_ATTEMPTS: String(retries) }),
  }
}

/** No attribute of EventBridge's is spelt like this. Without it the body is the event. */
function bodyOf({ text, event }: DeadLetter, sent: SentOf): { readonly body?: string } {
  try {
    return sent ? { body: sent(text, () => timeOf(event)) } : {}
  } catch (error) {
    return error instanceof DeliveryRefused && error.sent !== undefined ? { body: error.sent } : {}
  }
}
