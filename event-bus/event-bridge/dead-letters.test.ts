import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { memoryStore } from '../adapters/memory/store.ts'
import type { DeadLetter } from '../dead-letter.ts'
import { DeliveryRefused } from '../errors.ts'
import type { Request } from '../request.ts'
import { aShop, functionArn, onPlaced, type StartedEventBridge } from '../testing/event-bridge.ts'
import { readStream } from '../testing/streams.ts'
import { aDeadLetter, someRows } from '../testing.ts'
import type { ListedDeadLetters } from './busbar-answers.ts'
import { busbarOperations, busbarStreams } from './busbar-operations.ts'

const refuses = async () => {
  throw new DeliveryRefused('No such lorry', { code: 'NO_RESOURCE' })
}

/** With dead letters of `ship` for each order. */
async function aMorgue(...orders: readonly number[]) {
  const shop = await aShop()
  shop.ship.answer = refuses
  for (const order of orders) await shop.put(order)
  return { ...shop, ...asking(shop) }
}
/** With these. */
async function aStoredMorgue(letters: readonly DeadLetter[]) {
  const inner = memoryStore()
  await inner.commit([], () => someRows({ deadLetters: letters }))
  const shop = await aShop({ inner })
  return { ...shop, ...asking(shop) }
}
function asking({ engine, bridge }: StartedEventBridge) {
  const operations = busbarOperations({ engine, bridge })
  const streams = busbarStreams({ engine, bridge })
  return {
    list: async (request: Request = {}) =>
      (await operations.get('Busbar.ListDeadLetters')?.(request)) as ListedDeadLetters,
    redrive: (request: Request) => readStream(streams.get('Busbar.RedriveDeadLetters'), request),
    purge: (request: Request) => readStream(streams.get('Busbar.PurgeDeadLetters'), request),
    purgeStream: streams.get('Busbar.PurgeDeadLetters') ?? assert.fail(),
  }
}
const ordersOf = ({ DeadLetters }: ListedDeadLetters) =>
  DeadLetters.map(({ Event }) => (JSON.parse(Event) as { detail: { order: number } }).detail.order)

describe('Busbar.ListDeadLetters', () => {
  test('tells of each what died, when and why, the newest first', async () => {
    const { list, clock, put } = await aMorgue(1)
    await clock.move(1_000)
    await put(2)

    const { DeadLetters, ...rest } = await list()

    assert.deepEqual(rest, {})
    const [newest, oldest] = DeadLetters
    assert.deepEqual(ordersOf({ DeadLetters }), [2, 1])
    assert.ok(newest && oldest)
    assert.deepEqual(newest, {
      DeadLetterId: newest.DeadLetterId,
      ...{ Target: 'orders/placed/ship', EventBusName: 'orders', Rule: 'placed' },
      TargetId: 'ship',
      EventId: (JSON.parse(newest.Event) as { id: string }).id,
      ...{ ErrorCode: 'NO_RESOURCE', ErrorMessage: 'No such lorry', Attempts: 1 },
      FirstAttemptTime: new Date('2026-01-01T12:00:01Z'),
      Time: new Date('2026-01-01T12:00:01Z'),
      Event: newest.Event,
    })
    assert.notEqual(oldest.DeadLetterId, newest.DeadLetterId)
    assert.deepEqual(ordersOf(await list({ DeadLetterId: oldest.DeadLetterId })), [1])
  })

  test('tells which part of the retry policy was exhausted', async () => {
    const { list, bridge, put, ship } = await aMorgue()
    ship.answer = async () => {
      throw new Error('The lorry is broken')
    }
    const RetryPolicy = { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 }
    const Targets = [{ Id: 'ship', Arn: functionArn('ship'), RetryPolicy }]
    await bridge.putTargets({ ...onPlaced, Targets })
    await put(1)

    const [letter] = (await list()).DeadLetters
    assert.equal(letter?.ExhaustedRetryCondition, 'MaximumRetryAttempts')
  })

  test('answers part after part', async () => {
    const { list } = await aMorgue(1, 2, 3, 4, 5)
    const found: number[] = []
    let NextToken: string | undefined
    do {
      const part = await list({ Limit: 2, NextToken })
      assert.ok(part.DeadLetters.length <= 2)
      found.push(...ordersOf(part))
      NextToken = part.NextToken
    } while (NextToken !== undefined)
    assert.deepEqual(found, [5, 4, 3, 2, 1])
  })

  test('answers those for which all holds that is given', async () => {
    const letters = [
      { target: 'orders/placed/ship', event: 1 },
      { target: 'orders/placed/bill', event: 2, error: 'No credit' },
      { target: 'default/placed/ship', event: 3, errorCode: 'TIMEOUT' as const },
      { target: 'news/email', event: 4 },
    ]
    const { list } = await aStoredMorgue(letters.map(aDeadLetter))
    const cases: readonly [Request, readonly string[]][] = [
      [{ EventBusName: 'orders' }, ['orders/placed/bill', 'orders/placed/ship']],
      [{ EventBusName: 'orders', Rule: 'placed', Error: 'credit' }, ['orders/placed/bill']],
      [{ Rule: 'placed' }, ['default/placed/ship']],
      [{ ErrorCode: 'TIMEOUT' }, ['default/placed/ship']],
      [{ Target: 'news/email' }, ['news/email']],
      [{ Target: 'news/email', ErrorCode: 'TIMEOUT' }, []],
      [
        { EventBusName: null, Rule: null, Target: null },
        [...letters.map(({ target }) => target)].reverse(),
      ],
    ]
    for (const [request, targets] of cases) {
      const { DeadLetters } = await list(request)
      assert.deepEqual(
        DeadLetters.map(({ Target }) => Target),
        targets,
        JSON.stringify(request),
      )
    }
    const [email] = (await list({ Target: 'news/email' })).DeadLetters
    assert.equal(email?.EventBusName, undefined)
  })

  test('refuses what is no filter, and a token that it has not answered', async () => {
    const { list } = await aMorgue(1)
    const wrong: readonly Request[] = [
      ...[{ DeadLetterId: 'x' }, { ErrorCode: 'TOO_BAD' }, { Error: '' }, { Rule: 'a/b' }],
      ...[{ NextToken: btoa('x') }, { NextToken: '%' }, { Limit: 0 }, { Target: '' }],
    ]
    for (const request of wrong)
      await assert.rejects(list(request), { code: 'ValidationException' }, JSON.stringify(request))
  })
})

describe('Busbar.RedriveDeadLetters', () => {
  test('tries again what passes the filter, and tells how far it is', async () => {
    const { redrive, list, ship, clock } = await aMorgue(1, 2)
    ship.answer = async () => undefined

    const lines = await redrive({ EventBusName: 'orders', ErrorCode: 'NO_RESOURCE' }).rest()
    await clock.turn()

    assert.deepEqual(lines.at(-1), { Redriven: 2, WithoutTarget: 0, Done: true })
    assert.deepEqual(ship.orders, [1, 2, 1, 2])
    assert.deepEqual(await list(), { DeadLetters: [] })
  })

  test('says how many stay because their target is gone', async () => {
    const { redrive, bridge, list } = await aMorgue(1, 2)
    await bridge.removeTargets({ ...onPlaced, Ids: ['ship'] })

    const lines = await redrive({ All: true }).rest()

    assert.deepEqual(lines.at(-1), { Redriven: 0, WithoutTarget: 2, Done: true })
    assert.equal((await list()).DeadLetters.length, 2)
  })

  test('only tells what it would do when it is a dry run', async () => {
    const { redrive, ship, list } = await aMorgue(1, 2)

    assert.deepEqual(await redrive({ All: true, DryRun: true }).rest(), [
      { Redriven: 2, WithoutTarget: 0, Done: true },
    ])
    assert.deepEqual(ship.orders, [1, 2])
    assert.equal((await list()).DeadLetters.length, 2)
  })
})

describe('Busbar.PurgeDeadLetters', () => {
  test('deletes what passes the filter', async () => {
    const { purge, list } = await aMorgue(1, 2, 3)
    const [, second] = (await list()).DeadLetters

    const lines = await purge({ DeadLetterId: second?.DeadLetterId }).rest()

    assert.deepEqual(lines.at(-1), { Purged: 1, Done: true })
    assert.deepEqual(ordersOf(await list()), [3, 1])
  })

  test('tells how far it is, and ends between two steps when it is aborted', async () => {
    const letters = Array.from({ length: 350 }, (_, at) => aDeadLetter({ event: at + 1 }))
    const { purge, bridge } = await aStoredMorgue(letters)
    const lines = purge({ Rule: 'placed', EventBusName: 'orders' })

    const [first] = await lines.next(1)
    assert.deepEqual(first, { Purged: 100 })
    lines.abort()
    const rest = await lines.rest()

    assert.ok(rest.every((line) => !('Done' in line)))
    const left = await bridge.deadLetters.count({})
    assert.ok(left > 0 && left % 50 === 0, `${left} are left`)
  })

  test('ends when nobody reads on', async () => {
    const letters = Array.from({ length: 1_000 }, (_, at) => aDeadLetter({ event: at + 1 }))
    const { purgeStream, bridge, clock } = await aStoredMorgue(letters)
    for await (const _ of purgeStream({ All: true }, new AbortController().signal)) break
    await clock.turn()

    assert.ok((await bridge.deadLetters.count({})) > 0)
  })

  test('does nothing when it was aborted before', async () => {
    const { purge, list } = await aMorgue(1)
    const lines = purge({ All: true })
    lines.abort()
    assert.deepEqual(await lines.rest(), [])
    assert.equal((await list()).DeadLetters.length, 1)
  })

  test('is refused without a filter, and with one beside All', async () => {
    const { purge, redrive, list } = await aMorgue(1)
    const wrong: readonly Request[] = [
      ...[{}, { All: false }, { DryRun: true }, { All: true, Rule: 'placed' }, { All: null }],
      ...[{ Error: '', All: true }, { Error: null }],
    ]
    for (const request of wrong)
      for (const stream of [purge, redrive])
        assert.throws(
          () => stream(request),
          { code: 'ValidationException' },
          JSON.stringify(request),
        )
    assert.equal((await list()).DeadLetters.length, 1)
  })

  test('tells what went wrong', async () => {
    const { purge, store } = await aMorgue(1)
    store.failsAt = 'rows'
    await assert.rejects(purge({ All: true }).rest(), /./)
  })
})
