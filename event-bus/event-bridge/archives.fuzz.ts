/** Whatever is done with archives and whatever fails: what they count is what the log has for them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { aBusWithReplays, busArn } from '../testing/replays.ts'
import { anEntry } from '../testing.ts'

const patterns = [
  undefined,
  '{"detail":{"order":[{"numeric":["<",5]}]}}',
  '{"detail":{"order":[3,4,5,6,7]}}',
]
const names = ['a', 'b']
const hour = 3_600_000

const name = fc.constantFrom(...names)
const days = fc.constantFrom(0, 1, 2, 40)
const pattern = fc.constantFrom(...patterns)
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), orders: orders() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), hours: fc.nat(80) }) },
  fc.record({ do: fc.constant('create' as const), name, days, pattern }),
  fc.record({ do: fc.constant('update' as const), name, days, pattern, orders: orders() }),
  fc.record({ do: fc.constant('delete' as const), name, orders: orders() }),
  fc.record({ do: fc.constant('crash' as const), orders: orders() }),
  fc.record({ do: fc.constant('fail' as const), name, days, orders: orders() }),
)
function orders() {
  return fc.array(fc.nat(9), { minLength: 1, maxLength: 4 })
}

test('an archive counts the events that the log has for it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const { clock, disk, start } = aBusWithReplays()
      let bus = await start()
      for (const each of steps) {
        // What is refused, because there is one or none, is part of the play.
        const tried = (asked: Promise<unknown>) => asked.catch(() => {})
        const put = (orders: readonly number[]) => tried(bus.put(...orders))
        switch (each.do) {
          case 'put':
            await put(each.orders)
            break
          case 'wait':
            await clock.move(each.hours * hour)
            // On another bus: what passes there lets the log forget, and begins no part of an archive.
            for (let rounds = 0; rounds < 2; rounds++) {
              await bus.engine.putEvents('bills', [anEntry()])
              await clock.move(61_000)
            }
            break
          case 'create':
            await tried(bus.createArchive(fields(each)))
            break
          case 'update': {
            const { EventSourceArn: _, ...changes } = fields(each)
            const updated = tried(bus.archives.updateArchive(changes))
            if (each.orders.length > 1) await Promise.all([put(each.orders), put(each.orders)])
            await updated
            break
          }
          case 'delete': {
            const deleted = tried(bus.archives.deleteArchive({ ArchiveName: each.name }))
            await Promise.all([put(each.orders), deleted, put(each.orders)])
            break
          }
          case 'crash':
            bus.store.latencyMs = 10
            void put(each.orders)
            await clock.turn()
            bus = await start()
            break
          case 'fail':
            bus.store.failsAt = 'rows'
            await Promise.all([put(each.orders), tried(bus.createArchive(fields(each)))])
            bus.store.failsAt = null
        }
        await clock.turn()
        for (const archive of bus.archives.listArchives({}).Archives) {
          const stored = bus.archives.byArn(
            `arn:aws:events:us-east-1:000000000000:archive/${archive.ArchiveName}`,
          )
          assert.ok(stored)
          const rows = (await disk.tail('orders', 9_999, 1e9)).filter((row) =>
            bus.archives.contents.has(stored, row),
          )
          const bytes = rows.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
          assert.deepEqual([archive.EventCount, archive.SizeBytes], [rows.length, bytes])
        }
      }
      assert.deepEqual(bus.replayFailures, [])
    }),
    { numRuns: 200 },
  )
})

function fields({
  name,
  days,
  pattern,
}: {
  readonly name: string
  readonly days: number
  readonly pattern?: string | undefined
}) {
  return {
    ArchiveName: name,
    EventSourceArn: busArn,
    RetentionDays: days,
    ...(pattern !== undefined && { EventPattern: pattern }),
  }
}
