/** However puts, failing commits and slow readers come together: a tail misses nothing and repeats nothing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { aShop, type StartedEventBridge } from '../testing/event-bridge.ts'
import { readStream } from '../testing/streams.ts'
import type { TailLine } from './busbar-answers.ts'
import { busbarStreams } from './busbar-operations.ts'

const buses = ['orders', 'returns'] as const
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      bus: fc.constantFrom(...buses),
      count: fc.integer({ min: 1, max: 70 }),
      isAwaited: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('read' as const), count: fc.nat(60) }) },
  fc.record({ do: fc.constant('fail' as const), bus: fc.constantFrom(...buses) }),
  fc.record({ do: fc.constant('slow' as const), latencyMs: fc.constantFrom(0, 3, 50) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 20, 5_000) }),
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resume' as const) }) },
)

/** Events in the order of the log: the texts of those of a bus, or of all. */
async function stored({ store }: StartedEventBridge, bus: string | undefined) {
  const rows = await store.oldest(0, Number.MAX_SAFE_INTEGER, 1_000_000, 2 ** 40)
  return rows.flatMap((row) => (bus === undefined || row.bus === bus ? row.text : []))
}

/** Waits for it while time goes on. */
async function passing<T>({ clock }: StartedEventBridge, made: Promise<T>): Promise<T> {
  let isOver = false
  const over = () => {
    isOver = true
  }
  made.then(over, over)
  for (let turns = 0; !isOver && turns < 20_000; turns++) {
    await clock.turn()
    if (!isOver) await clock.move(10)
  }
  assert.ok(isOver, 'nothing came in 200 seconds')
  return made
}

const put = ({ bridge }: StartedEventBridge, bus: string, count: number) =>
  Promise.all(
    Array.from({ length: count }, (_, order) =>
      bridge.putEvents({
        Entries: [
          {
            ...{ Source: 'shop', DetailType: 'Any', EventBusName: bus },
            Detail: `{"order":${order}}`,
          },
        ],
      }),
    ),
  )

test('a tail shows each event that is stored once and in the order of the log', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 20 }),
      fc.constantFrom(undefined, ...buses),
      fc.boolean(),
      async (steps, bus, Deliveries) => {
        const shop = await aShop()
        await shop.bridge.createEventBus({ Name: 'returns' })
        const stream = busbarStreams({ engine: shop.engine, bridge: shop.bridge }).get(
          'Busbar.Tail',
        )
        const request = { EventBusName: bus, Deliveries }
        let tail = readStream<TailLine>(stream, request)
        let cursor: string | undefined
        const shown: string[] = []
        const delivered: string[] = []
        const ids = new Set<string>()

        /** Reads until so many more events are shown. */
        async function read(count: number): Promise<void> {
          for (const end = shown.length + count; shown.length < end; ) {
            const [line] = await passing(shop, tail.next(1))
            if (line?.Type === 'Event') {
              cursor = line.Cursor
              shown.push(line.Event)
              ids.add((JSON.parse(line.Event) as { id: string }).id)
            } else if (line?.Type === 'Delivery') {
              assert.ok(ids.has(line.EventId), 'a delivery is shown before its event')
              delivered.push(line.EventId)
            } else assert.fail(`${line?.Type} is shown`)
          }
        }
        const unread = async () => (await passing(shop, stored(shop, bus))).length - shown.length

        const puts: Promise<unknown>[] = []
        for (const each of steps) {
          if (each.do === 'put') {
            const made = put(shop, each.bus, each.count)
            if (each.isAwaited) await passing(shop, made)
            else puts.push(made)
          } else if (each.do === 'read') await read(Math.min(each.count, await unread()))
          else if (each.do === 'wait') await shop.clock.move(each.ms)
          else if (each.do === 'slow') shop.store.latencyMs = each.latencyMs
          else if (each.do === 'fail') {
            await passing(shop, Promise.all(puts))
            shop.store.failsAt = 'rows'
            const made = put(shop, each.bus, 3)
            await assert.rejects(passing(shop, made))
            shop.store.failsAt = null
          } else if (cursor !== undefined) {
            tail.abort()
            tail = readStream<TailLine>(stream, { ...request, Since: cursor })
          }
        }
        await passing(shop, Promise.all(puts))
        await read(await unread())

        assert.deepEqual(shown, await passing(shop, stored(shop, bus)))
        assert.equal(new Set(delivered).size, delivered.length)
        tail.abort()
        shop.bridge.close()
        await passing(shop, shop.engine.close(0))
      },
    ),
    { numRuns: 60 },
  )
})
