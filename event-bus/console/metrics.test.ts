import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { memoryStore } from '../adapters/memory/store.ts'
import { idAt } from '../engine/event-id.ts'
import type { Health } from '../health.ts'
import type { Store } from '../ports.ts'
import { memoryBus } from '../testing/in-memory.ts'
import { anEntry, aRule, handClock, recordingTarget } from '../testing.ts'
import { exposition } from './exposition.ts'
import { metrics, type ProcessNumbers } from './metrics.ts'

const numbers: ProcessNumbers = {
  ...{ rss: 100, heapUsed: 50, external: 5, cpuSeconds: 1.5, startedAt: 7 },
  loopDelay: [[0.99, 0.002]],
}
const noon = Date.parse('2026-01-01T12:00:00Z')
const healthy: Health = {
  parts: [{ name: 'delivery', bytes: 8_192, rows: 3, deadRows: 9 }],
  oldestEvent: idAt(noon - 30_000),
  overdue: [['orders/placed/ship', noon - 4_000]],
  oldestTransaction: { name: 'pid 7', ms: 2_500 },
  cluster: {
    ...{ now: noon - 1_500, deadMs: 5_000 },
    nodes: [
      { ...{ number: 0, epoch: 4, address: '', silentMs: 100 }, isThis: true },
      { ...{ number: 3, epoch: 9, address: '', silentMs: 2_000 }, isThis: false },
    ],
  },
}

async function aBus(fields: Partial<Store<undefined>> = {}) {
  const clock = handClock()
  const ship = recordingTarget(clock)
  const store = { ...memoryStore(), ...fields }
  const bus = await memoryBus({ clock, store, rules: [aRule({ targets: [ship] })] })
  const text = metrics({ inside: bus.inside, process: () => numbers, refused: () => 3 })
  return {
    ...{ bus, clock, ship, text },
    async samples(): Promise<ReadonlyMap<string, string>> {
      const lines = (await text()).trimEnd().split('\n')
      const found = lines.filter((line) => !line.startsWith('#'))
      return new Map(found.map((line) => line.match(/^(.*) (\S+)$/)?.slice(1) as [string, string]))
    },
  }
}

describe('metrics', () => {
  test('count events, and what has become of deliveries, from when they are made', async () => {
    const { bus, clock, ship, samples } = await aBus()
    const ways = [undefined, new Error('broken'), undefined]
    ship.answer = async () => {
      const way = ways.shift()
      if (way) throw way
      return undefined
    }
    await bus.putEvents('orders', [anEntry(), anEntry()])
    await clock.move(5_000)

    const found = await samples()

    assert.equal(found.get('busbar_events_stored_total'), '2')
    assert.equal(found.get('busbar_deliveries_total{outcome="succeeded"}'), '2')
    assert.equal(found.get('busbar_deliveries_total{outcome="failed"}'), '1')
    assert.equal(found.get('busbar_deliveries_total{outcome="dead"}'), '0')
    assert.equal(found.get('busbar_deliveries_under_way'), '0')
    assert.equal(found.get('busbar_targets'), '1')
    assert.equal(found.get('busbar_process_resident_memory_bytes'), '100')
    assert.equal(found.get('busbar_event_loop_delay_seconds{quantile="0.99"}'), '0.002')
    await bus.close(0)
  })

  test('count what is turned away: writes for which there is no room, and requests', async () => {
    const { bus, clock, samples } = await aBus()
    const puts = Array.from({ length: 20_010 }, () => bus.putEvents('orders', [anEntry()]))
    const ends = Promise.allSettled(puts)
    await clock.move(0)
    const refused = (await ends).filter(({ status }) => status === 'rejected').length
    assert.ok(refused > 0)

    const found = await samples()

    assert.equal(found.get('busbar_turned_away_total{what="write"}'), String(refused))
    assert.equal(found.get('busbar_turned_away_total{what="request"}'), '3')
    await bus.close(0)
  })

  test('tell what the store and its cluster are like', async () => {
    const { bus, samples } = await aBus({ health: async () => healthy })

    const found = await samples()

    assert.equal(found.get('busbar_store_up'), '1')
    assert.equal(found.get('busbar_store_part_dead_rows{part="delivery"}'), '9')
    assert.equal(found.get('busbar_oldest_waiting_event_age_seconds'), '30')
    assert.equal(found.get('busbar_target_overdue_seconds{target="orders/placed/ship"}'), '4')
    assert.equal(found.get('busbar_oldest_transaction_seconds'), '2.5')
    assert.equal(found.get('busbar_cluster_nodes'), '2')
    assert.equal(found.get('busbar_node_epoch{node="3"}'), '9')
    assert.equal(found.get('busbar_node_silent_seconds{node="3"}'), '2')
    assert.equal(found.get('busbar_clock_offset_seconds'), '1.5')
    await bus.close(0)
  })

  test('of more than a hundred targets name those with the most, and the others together', async () => {
    const counts = async () =>
      new Map(Array.from({ length: 150 }, (_, at) => [`t${at}`, { waiting: at, dead: 0 }] as const))
    const { bus, samples } = await aBus({ counts })

    const found = await samples()

    const named = [...found.keys()].filter((name) => name.startsWith('busbar_deliveries_waiting'))
    assert.equal(named.length, 101)
    assert.equal(found.get('busbar_deliveries_waiting{target="t149"}'), '149')
    assert.equal(found.get('busbar_deliveries_waiting{target="(others)"}'), String((49 * 50) / 2))
    await bus.close(0)
  })

  test('say that the store does not answer, and the rest all the same', async () => {
    const gone = await aBus({ size: () => Promise.reject(new Error('The database is away')) })
    assert.equal((await gone.samples()).get('busbar_store_up'), '0')
    await gone.bus.close(0)

    const mute = await aBus({ size: () => new Promise(() => {}) })
    const asked = mute.samples()
    await mute.clock.move(5_000)
    const found = await asked
    assert.equal(found.get('busbar_store_up'), '0')
    assert.equal(found.get('busbar_events_stored_total'), '0')
    assert.equal(found.has('busbar_log_bytes'), false)
    await mute.bus.close(0)
  })

  test('have a HELP and a TYPE each, once, and nothing but samples beside', async () => {
    const { bus, text } = await aBus({ health: async () => healthy })
    const lines = (await text()).split('\n')
    assert.equal(lines.pop(), '')
    const types = lines.filter((line) => line.startsWith('# TYPE ')).map((l) => l.split(' ')[2])
    assert.equal(new Set(types).size, types.length)
    for (const line of lines) {
      if (line.startsWith('#')) continue
      const [, name] = /^(busbar_[a-z_]+)(?:\{[a-z]+="[^"]*"\})? -?\d[\d.e+-]*$/.exec(line) ?? []
      assert.ok(types.includes(name), line)
    }
    await bus.close(0)
  })
})

test('what a label may not have is escaped', () => {
  const samples = [{ labels: { target: 'a"b\\c\nd' }, value: 1 }]
  assert.equal(
    exposition([
      { name: 'x', type: 'gauge', help: 'Of x.', samples },
      { name: 'y', type: 'gauge', help: 'Of y.', samples: [] },
    ]),
    '# HELP x Of x.\n# TYPE x gauge\nx{target="a\\"b\\\\c\\nd"} 1\n',
  )
})
