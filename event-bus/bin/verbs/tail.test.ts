import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Client, unreachable } from '../client.ts'
import { failed } from '../failure.ts'
import { followed } from './tail.ts'

const away = failed('The connection broke off.', { code: unreachable })
const event = (Cursor: string) => ({
  Type: 'Event',
  Cursor,
  EventBusName: 'a',
  Event: '{}',
  Rules: [],
})

/** Each connection is a list of lines, after which it breaks off; an error is thrown at once. */
async function follow(
  connections: readonly (readonly unknown[] | Error)[],
  since?: string | number,
) {
  const ending = new AbortController()
  const requests: object[] = []
  const words: string[] = []
  const pauses: number[] = []
  let now = 1_000_000
  async function* stream(_operation: string, request: object) {
    const lines = connections[requests.push(request) - 1]
    if (lines === undefined) ending.abort(failed('enough'))
    if (lines === undefined || lines instanceof Error) throw lines ?? away
    now += 30_000
    yield* lines
    throw away
  }
  const terminal = {
    log: (text: string) => void words.push(text),
    now: () => now,
    async wait(ms: number) {
      pauses.push(ms)
      now += ms
    },
  }
  const bus = { stream: stream as unknown as Client['stream'] }
  const shown: string[] = []
  const ended = await (async () => {
    for await (const line of followed(bus, { a: 1 }, since, ending.signal, terminal))
      shown.push(line.Type === 'Event' ? line.Cursor : line.Type)
  })().catch((error: Error) => error.message)
  return { shown, requests, words, pauses, ended }
}

test('it goes on behind the last event that it has shown', async () => {
  const { shown, requests, words } = await follow([[null, event('c1')], [event('c2'), null], []])
  assert.deepEqual(shown, ['c1', 'c2'])
  assert.deepEqual(requests, [
    ...[{ a: 1 }, { a: 1, Since: 'c1' }, { a: 1, Since: 'c2' }, { a: 1, Since: 'c2' }],
  ])
  assert.equal(words[0], 'The bus is away. Waiting for it…')
})

test('when it has shown none it goes on from where it began, by the clock of the bus', async () => {
  const { requests } = await follow([[null], [null]])
  const seconds = requests.map((request) => (request as { Since?: number }).Since)
  assert.deepEqual(seconds, [undefined, 30.1, 60.2])
  const ago = await follow([[null]], 1_000_000 - 600_000)
  assert.deepEqual(ago.requests, [
    { a: 1, Since: 600 },
    { a: 1, Since: 630.1 },
  ])
})

test('it waits longer and longer for a bus that stays away, and says so once', async () => {
  const { pauses, words } = await follow([[event('c1')], ...Array(8).fill(away), [event('c2')]])
  assert.deepEqual(pauses, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000, 100])
  assert.deepEqual(words, [
    ...['The bus is away. Waiting for it…', 'The bus is back.', 'The bus is away. Waiting for it…'],
  ])
})

test('a bus that is not there at first, or refuses, is not waited for', async () => {
  assert.equal((await follow([away])).ended, 'The connection broke off.')
  const refused = failed('No such bus.', { code: 'ResourceNotFoundException' })
  assert.equal((await follow([[null], refused])).ended, 'No such bus.')
})
