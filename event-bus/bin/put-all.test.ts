import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Client } from './client.ts'
import type { Entry } from './entry.ts'
import { failed } from './failure.ts'
import { type NumberedEntry, type Outcome, putAll } from './put-all.ts'

type Answer = (entries: readonly Entry[], request: number) => Promise<readonly object[]>

async function* numbered(
  count: number,
  each: (line: number) => Partial<Entry> | null = () => ({}),
): AsyncGenerator<NumberedEntry> {
  for (let line = 1; line <= count; line++) {
    const entry = each(line)
    const at = { line, place: `x:${line}` }
    yield entry
      ? { ...at, entry: { Source: String(line), DetailType: 'A', Detail: '{}', ...entry } }
      : { ...at, fault: { ErrorCode: 'InvalidLine', ErrorMessage: 'broken' } }
  }
}

async function put(entries: AsyncIterable<NumberedEntry>, answer: Answer, inFlight = 3) {
  const outcomes: Outcome[] = []
  const requests: (readonly Entry[])[] = []
  let underWay = 0
  let most = 0
  const call = async (_operation: string, request: object) => {
    const { Entries } = request as { Entries: readonly Entry[] }
    const number = requests.push(Entries)
    most = Math.max(most, ++underWay)
    try {
      return { FailedEntryCount: 0, Entries: await answer(Entries, number) }
    } finally {
      underWay--
    }
  }
  const { signal } = new AbortController()
  const told = async (some: readonly Outcome[]) => void outcomes.push(...some)
  const ended = await putAll({ call: call as unknown as Client['call'] }, entries, {
    ...{ inFlight, told, signal },
  }).catch((error: Error) => error.message)
  const results = outcomes.map((each) =>
    'EventId' in each ? each.EventId : `${each.line} ${each.ErrorCode}`,
  )
  return { results, requests, most, ended }
}

const taken: Answer = async (entries) => entries.map(({ Source }) => ({ EventId: `id-${Source}` }))
const ids = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => `id-${from + at}`)

test('entries go ten a request, some at a time, and are told in their order', async () => {
  const third = Promise.withResolvers<void>()
  const { results, requests, most } = await put(numbered(95), async (entries, number) => {
    if (number === 3) third.resolve()
    await third.promise
    return taken(entries, number)
  })
  assert.deepEqual(results, ids(1, 95))
  assert.deepEqual(
    requests.map(({ length }) => length),
    [...Array(9).fill(10), 5],
  )
  assert.equal(most, 3)
})

test('entries of more than 1 MB together are not in one request', async () => {
  const Detail = `{"x":"${'x'.repeat(400_000)}"}`
  const { requests } = await put(
    numbered(5, () => ({ Detail })),
    taken,
  )
  assert.deepEqual(
    requests.map(({ length }) => length),
    [2, 2, 1],
  )
})

test('a broken line is told in its place and keeps nobody else back', async () => {
  const { results, requests } = await put(
    numbered(4, (line) => (line === 2 ? null : {})),
    taken,
  )
  assert.deepEqual(results, ['id-1', '2 InvalidLine', 'id-3', 'id-4'])
  assert.equal(requests.length, 1)
})

test('of a request that is refused as a whole only those are failed that are wrong alone', async () => {
  const { results, requests, ended } = await put(numbered(12), async (entries, number) => {
    if (entries.some(({ Source }) => Source === '4'))
      throw failed('Wrong name. (ValidationException)', { code: 'ValidationException' })
    return taken(entries, number)
  })
  assert.deepEqual(results, [...ids(1, 3), '4 ValidationException', ...ids(5, 12)])
  assert.equal(requests.length, 1 + 10 + 1)
  assert.equal(ended, undefined)
})

test('what comes slowly is sent without waiting for ten', async () => {
  const seen = Promise.withResolvers<void>()
  async function* slowly() {
    yield* numbered(1)
    await seen.promise
    yield* numbered(1)
  }
  const { requests } = await put(slowly(), async (entries, number) => {
    seen.resolve()
    return taken(entries, number)
  })
  assert.deepEqual(
    requests.map(({ length }) => length),
    [1, 1],
  )
})

test('when the bus is gone what was under way is told as unknown, and where the rest begins', async () => {
  const lost: Answer = async (entries, number) => {
    if (number === 2) throw failed('The connection broke off.', { code: 'Unreachable' })
    return taken(entries, number)
  }
  const { results, requests, ended } = await put(numbered(1_000), lost, 1)
  assert.deepEqual(results.slice(0, 10), ids(1, 10))
  assert.deepEqual(
    results.slice(10),
    Array.from({ length: 10 }, (_, at) => `${at + 11} Unknown`),
  )
  assert.equal(requests.length, 2)
  assert.equal(ended, 'The connection broke off. Nothing was sent from x:21 on.')
})

test('what was read before the input failed is put and told', async () => {
  async function* broken() {
    yield* numbered(3)
    throw failed('x:4: it is not UTF-8.')
  }
  const { results, ended } = await put(broken(), taken)
  assert.deepEqual(results, ids(1, 3))
  assert.equal(ended, 'x:4: it is not UTF-8.')
})
