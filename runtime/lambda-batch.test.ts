import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  DeliveryFailed,
  DeliveryRefused,
  type EventBridgeEvent,
  eventBridgeRetryPolicy,
} from '@busbar/event-bus'
import { type HandClock, handClock } from '@busbar/event-bus/testing'
import { batch } from './lambda-batch.ts'
import type { LambdaContext, SqsRecord } from './lambda-event.ts'
import { aBatch, aContext, aRecord, functionArn, type MemoryQueue, memoryQueue } from './testing.ts'

const failing = { itemIdentifier: 'message-1' }
const nothingFailed = { batchItemFailures: [] }

test('messages that are done are deleted', async () => {
  const { invoke, done } = aFunction()

  assert.deepEqual(await invoke(aBatch('one', 'two').Records), nothingFailed)
  assert.deepEqual(done, ['one', 'two'])
})

test('one that fails stays, and no other with it', async () => {
  const { invoke, done, queue } = aFunction({ two: new Error('The lorry is broken') })

  const { batchItemFailures } = await invoke(aBatch('one', 'two', 'three').Records)

  assert.deepEqual(batchItemFailures, [{ itemIdentifier: 'message-2' }])
  assert.deepEqual(done, ['one', 'three'])
  assert.deepEqual(queue.buried, [])
})

describe('a message that failed', () => {
  const thrown = new Error('The lorry is broken')

  test('waits exponentially from a second to a minute, as on the engine', async () => {
    const { invoke, queue } = aFunction({ one: thrown })

    for (const received of [1, 2, 3, 6, 7, 8, 100])
      assert.deepEqual(await invoke([aRecord(1, 'one', { received })]), {
        batchItemFailures: [failing],
      })

    assert.deepEqual(
      queue.waiting.map(({ seconds }) => seconds),
      [1, 2, 4, 32, 60, 60, 60],
    )
    assert.equal(queue.waiting[0]?.receiptHandle, 'receipt-1')
  })

  test('waits with full jitter, in whole seconds', async () => {
    const { invoke, queue } = aFunction({ one: thrown }, { random: () => 0.3 })

    await invoke([aRecord(1, 'one', { received: 4 })])

    assert.equal(queue.waiting[0]?.seconds, 3)
  })

  test('waits as long as its error says, twelve hours at the most', async () => {
    const after = (retryAfterMs: number) => new DeliveryFailed('Later', { retryAfterMs })
    const { invoke, queue } = aFunction({ one: after(90_500), two: after(86_400_000) })

    await invoke(aBatch('one', 'two').Records)

    assert.deepEqual(
      queue.waiting.map(({ seconds }) => seconds),
      [91, 43_200],
    )
  })

  test('stays also when SQS cannot be asked to make it wait', async () => {
    const { invoke, queue } = aFunction({ one: thrown })
    queue.fails = new Error('No route to SQS')

    assert.deepEqual(await invoke(aBatch('one', 'two').Records), { batchItemFailures: [failing] })
  })
})

describe('a message is moved to the dead-letter queue, with EventBridge’s attributes,', () => {
  test('when its attempts are used up', async () => {
    const retryPolicy = { ...eventBridgeRetryPolicy, maximumRetryAttempts: 2 }
    const { invoke, queue } = aFunction({ one: new Error('The lorry is broken') }, { retryPolicy })

    assert.deepEqual(await invoke([aRecord(1, 'one', { received: 2 })]), {
      batchItemFailures: [failing],
    })
    assert.deepEqual(await invoke([aRecord(1, 'one', { received: 3 })]), nothingFailed)

    assert.deepEqual(queue.buried, [
      {
        body: 'one',
        attributes: {
          RULE_ARN: 'rule of event one',
          TARGET_ARN: functionArn,
          ERROR_CODE: 'ERROR_FROM_TARGET',
          ERROR_MESSAGE: 'The lorry is broken',
          EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
          RETRY_ATTEMPTS: '2',
        },
      },
    ])
  })

  test('when it would be too old at its next attempt', async () => {
    const { invoke, queue, clock } = aFunction({ one: new Error('The lorry is broken') })

    await clock.move(86_400_000 - 60_000)
    await invoke([aRecord(1, 'one', { received: 20 })])
    assert.equal(queue.buried.length, 0)
    await clock.move(1)
    assert.deepEqual(await invoke([aRecord(1, 'one', { received: 21 })]), nothingFailed)

    const { EXHAUSTED_RETRY_CONDITION, RETRY_ATTEMPTS } = queue.buried[0]?.attributes ?? {}
    assert.equal(EXHAUSTED_RETRY_CONDITION, 'MaximumEventAgeInSeconds')
    assert.equal(RETRY_ATTEMPTS, '20')
  })

  test('when it has grown too old by attempts that never ended', async () => {
    const { invoke, queue, done, clock } = aFunction()

    await clock.move(86_460_000)
    assert.deepEqual(await invoke([aRecord(1, 'one', { received: 3 })]), nothingFailed)
    assert.deepEqual(done, ['one'], 'what comes in its last moment, if a little late, is attempted')
    await clock.move(1)
    assert.deepEqual(await invoke([aRecord(2, 'two', { received: 3 })]), nothingFailed)

    assert.deepEqual(done, ['one'])
    const { EXHAUSTED_RETRY_CONDITION, RETRY_ATTEMPTS } = queue.buried[0]?.attributes ?? {}
    assert.equal(EXHAUSTED_RETRY_CONDITION, 'MaximumEventAgeInSeconds')
    assert.equal(RETRY_ATTEMPTS, '1')
  })

  test('and is attempted once, however old it is', async () => {
    const { invoke, done, clock } = aFunction()

    await clock.move(10 * 86_400_000)
    await invoke([aRecord(1, 'one')])

    assert.deepEqual(done, ['one'])
  })

  test('at once when its handler refuses it, with no condition that ended its retries', async () => {
    const refused = new DeliveryRefused('No such street', { code: 'INVALID_PARAMETER' })
    const { invoke, queue } = aFunction({ one: refused })

    assert.deepEqual(await invoke(aBatch('one').Records), nothingFailed)

    assert.deepEqual(queue.waiting, [])
    assert.deepEqual(queue.buried[0]?.attributes, {
      RULE_ARN: 'rule of event one',
      TARGET_ARN: functionArn,
      ERROR_CODE: 'INVALID_PARAMETER',
      ERROR_MESSAGE: 'No such street',
      RETRY_ATTEMPTS: '0',
    })
  })

  test('at once when nobody can read it', async () => {
    const { invoke, queue, done } = aFunction()

    assert.deepEqual(await invoke(aBatch('unreadable', 'one').Records), nothingFailed)

    assert.deepEqual(done, ['one'])
    assert.equal(queue.buried[0]?.body, 'unreadable')
    assert.equal(queue.buried[0]?.attributes.ERROR_CODE, 'INVALID_JSON')
    assert.equal(queue.buried[0]?.attributes.RULE_ARN, undefined)
  })

  test('and stays where it is while that queue takes nothing', async () => {
    const { invoke, queue } = aFunction({ one: new DeliveryRefused('No such street') })
    queue.fails = new Error('No route to SQS')

    assert.deepEqual(await invoke(aBatch('one').Records), { batchItemFailures: [failing] })
  })

  test('with an error that SQS takes: not empty, and without what no message may have', async () => {
    const errors = { one: new DeliveryRefused(''), two: new DeliveryRefused('a\0b\ud800') }
    const { invoke, queue } = aFunction(errors)

    await invoke(aBatch('one', 'two').Records)

    assert.deepEqual(
      queue.buried.map(({ attributes }) => attributes.ERROR_MESSAGE),
      ['-', 'a\ufffdb\ufffd'],
    )
  })
})

describe('an attempt that takes too long', () => {
  const cases = [
    ['as the target says', 30_000, 1_000_000, 30_000],
    ['half a second before the function’s time is over', 30_000, 20_000, 19_500],
  ] as const
  for (const [when, timeoutMs, remainingMs, expected] of cases)
    test(`has failed, ${when}`, async () => {
      const { invoke, queue, clock } = aFunction({ one: 'hangs' }, { timeoutMs })

      const answer = invoke(aBatch('one').Records, aContext(remainingMs))
      await clock.move(expected - 1)
      assert.deepEqual(queue.waiting, [])
      await clock.move(1)

      assert.deepEqual(await answer, { batchItemFailures: [failing] })
      assert.equal(queue.waiting.length, 1)
    })

  test('is told as TIMEOUT', async () => {
    const retryPolicy = { ...eventBridgeRetryPolicy, maximumRetryAttempts: 0 }
    const { invoke, queue, clock } = aFunction({ one: 'hangs' }, { retryPolicy })

    const answer = invoke(aBatch('one').Records)
    await clock.move(30_000)
    await answer

    assert.equal(queue.buried[0]?.attributes.ERROR_CODE, 'TIMEOUT')
  })

  test('leaves no timer behind when it does not', async () => {
    const { invoke, clock } = aFunction({ two: new Error('The lorry is broken') })

    await invoke(aBatch('one', 'two').Records)

    assert.equal(clock.timers, 0)
  })
})

test('the log says where and how it failed, and nothing of what was in it', async () => {
  const { invoke, lines } = aFunction({ one: new TypeError('reader@example.org is no street') })

  await invoke(aBatch('one', 'unreadable').Records)

  const said = (message: string) => lines.find((line) => line.message === message)
  assert.equal(said('An attempt failed')?.error, 'TypeError')
  assert.equal(said('An attempt failed')?.eventId, 'event one')
  assert.equal(said('A delivery is dead')?.messageId, 'message-2')
  assert.doesNotMatch(JSON.stringify(lines), /reader@example\.org|unreadable/)
})

const ruleOf = ({ id }: EventBridgeEvent) => `rule of ${id}`
const anEvent = (id: string) => ({ id }) as EventBridgeEvent

/** Whatever a message says is done, unless it is in `fails`: that is thrown then, or never ends. */
function aFunction(
  fails: Readonly<Record<string, unknown>> = {},
  {
    retryPolicy = eventBridgeRetryPolicy,
    timeoutMs = 30_000,
    random = () => 1,
  }: {
    retryPolicy?: typeof eventBridgeRetryPolicy
    timeoutMs?: number
    random?: () => number
  } = {},
): {
  readonly invoke: (
    records: readonly SqsRecord[],
    context?: LambdaContext,
  ) => Promise<{ readonly batchItemFailures: readonly object[] }>
  readonly done: readonly string[]
  readonly queue: MemoryQueue
  readonly clock: HandClock
  readonly lines: readonly Readonly<Record<string, unknown>>[]
} {
  const done: string[] = []
  const lines: Readonly<Record<string, unknown>>[] = []
  const queue = memoryQueue()
  const clock = handClock()
  const read = (body: string) => {
    if (body === 'unreadable') throw new SyntaxError('The message is unreadable')
    return {
      event: anEvent(`event ${body}`),
      async run() {
        const failure = fails[body]
        if (failure === 'hangs') await new Promise(() => {})
        if (failure !== undefined) throw failure
        done.push(body)
      },
    }
  }
  const options = {
    queue,
    clock,
    random,
    ruleOf,
    log: (line: (typeof lines)[number]) => void lines.push(line),
  }
  const handler = batch('ship', { retryPolicy, timeoutMs }, read, options)
  return {
    invoke: (Records, context = aContext()) => handler({ Records }, context),
    ...{ done, queue, clock, lines },
  }
}
