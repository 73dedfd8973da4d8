/**
 * A target's DeadLetterConfig: a delivery that is dead is told to an SQS queue as EventBridge tells it,
 * besides being a dead letter of ours, which can be redriven. That is a delivery of its own, under the
 * queue's ARN as its key, whatever becomes of rule and target.
 */
import { parseArn, ruleArn } from '../arn.ts'
import type { DeadLetter } from '../dead-letter.ts'
import type { Inside } from '../engine/inside.ts'
import type { Clock, ServiceTarget, Store } from '../ports.ts'
import { type DeadLetterTo, type Target, targetDefaults } from '../target.ts'
import type { RuleName, StoredTarget } from './stored-rule.ts'

export interface DeadLetterConfigs {
  /** Whom the target has its dead letters told to; undefined without a queue or without a way to one. */
  of(rule: RuleName, target: StoredTarget): DeadLetterTo | undefined
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
      await service.send({
        ...{ arn, text, parameters: {}, signal },
        eventId: event.id ?? '', // a letter whose event was lost has none
        attributes: JSON.parse(progress) as Record<string, string>,
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
    of(rule, { Arn, DeadLetterConfig }) {
      const key = DeadLetterConfig?.Arn
      if (!sqs || key === undefined) return undefined
      reach(key)
      const RULE_ARN = ruleArn(place, rule.EventBusName, rule.Name)
      const tell = (letter: DeadLetter) =>
        JSON.stringify({ RULE_ARN, TARGET_ARN: Arn, ...attributes(letter) })
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

/** EventBridge counts retries: none when there was only the first attempt. */
const attributes = ({ errorCode, error, exhaustedRetryCondition, attempts }: DeadLetter) => ({
  ERROR_CODE: errorCode,
  ERROR_MESSAGE: error,
  ...(exhaustedRetryCondition && { EXHAUSTED_RETRY_CONDITION: exhaustedRetryCondition }),
  RETRY_ATTEMPTS: String(Math.max(0, attempts - 1)),
})
