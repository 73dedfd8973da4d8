import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Subject } from '../../frames.ts'
import { missed, most, owed } from './catch-up.ts'
import type { Entry } from './change-log.ts'
import type { Watch } from './connection-item.ts'

const subject: Subject = { topic: 'summer' }
const head = (at: number) => ({ log: 'log', at })
const entriesOf = (count: number, frame: string | null = '{}'): readonly Entry[] =>
  Array.from({ length: count }, (_, n) => ({ at: n + 1, keys: ['all', 'topic summer'], frame }))
const logOf = (entries: readonly Entry[]) => ({
  entries: async (key: string, after: number, upTo: number, limit: number) =>
    entries
      .filter((entry) => entry.keys.includes(key) && entry.at > after && entry.at <= upTo)
      .slice(0, limit),
  reaches: async () => true,
})
const watches = new Map<string, Watch>([['topic summer', { subject, start: 0 }]])
const both = new Map<string, Watch>([...watches, ['all', { subject: { all: true }, start: 0 }]])
const request = { key: 'topic summer', subject, after: 0 }
const parsed = (frame: string | Uint8Array | undefined) => JSON.parse(String(frame))

describe('what a connection is owed', () => {
  test('is told one by one up to a limit, and beyond it by one word for each watch', async () => {
    const { changes } = most
    const [all, tooMany] = [entriesOf(changes), entriesOf(changes + 1)]

    const parts = await owed(logOf(all), head(changes), { position: 0, watches }, changes)
    assert.deepEqual(
      parts.map(({ at }) => at),
      all.map(({ at }) => at),
    )

    const connection = { position: 0, watches: both }
    const [part, ...none] = await owed(logOf(tooMany), head(changes + 1), connection, changes + 1)
    assert.equal(part?.at, changes + 1)
    assert.deepEqual(none, [])
    const frames = part?.frames.map(parsed)
    const cursor = `log-${String(changes + 1).padStart(12, '0')}`
    assert.deepEqual(
      frames?.map((frame) => [frame.type, frame.topic, frame.all, frame.cursor]),
      [
        ['resync', 'summer', undefined, cursor],
        ['resync', undefined, true, cursor],
      ],
    )
  })

  test('is one word too when it is too much', async () => {
    const large = entriesOf(9, `"${'x'.repeat(most.bytes / 8)}"`)
    const parts = await owed(logOf(large), head(9), { position: 0, watches }, 9)
    assert.equal(parts.length, 1)
    assert.equal(parsed(parts[0]?.frames[0]).type, 'resync')
  })

  test('is each change once, in order, whatever watches it comes by', async () => {
    const parts = await owed(logOf(entriesOf(3)), head(3), { position: 1, watches: both }, 3)
    assert.deepEqual(
      parts.map(({ at, frames }) => [at, frames]),
      [
        [2, ['{}']],
        [3, ['{}']],
      ],
    )
  })
})

describe('what a new watch missed', () => {
  test('is what came after its cursor, without what another watch has brought', async () => {
    const log = logOf(entriesOf(5))
    const others = new Map([['all', { subject: { all: true } as const, start: 3 }]])
    assert.deepEqual(await missed(log, head(5), { watches: others }, { ...request, after: 1 }), [
      ...['{}', '{}'],
    ])
  })

  test('is not told when it is too much, or the log does not reach back', async () => {
    const many = logOf(entriesOf(most.changes + 1))
    const at = most.changes + 1
    assert.match(String(await missed(many, head(at), { watches: new Map() }, request)), /more than/)
    const short = { ...logOf(entriesOf(1)), reaches: async () => false }
    assert.match(
      String(await missed(short, head(1), { watches: new Map() }, request)),
      /is not known here/,
    )
  })
})
