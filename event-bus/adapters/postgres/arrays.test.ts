import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Client } from 'pg'
import { int8Array, textArray } from './arrays.ts'
import { packaged, type Server, startServer } from './testing.ts'
import { stored, told } from './texts.ts'

let server: Server
let client: Client
before(async () => {
  server = await startServer(packaged())
  client = new Client({ connectionString: server.url() })
  await client.connect()
})
after(async () => {
  await client.end()
  await server.stop()
})

test('PostgreSQL reads the numbers that were written, up to the greatest', async () => {
  const numbers = [0, 1, 255, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 52 + 3, Number.MAX_SAFE_INTEGER]

  const { rows } = await client.query('select unnest($1::bigint[]) as number', [int8Array(numbers)])

  assert.deepEqual(
    rows.map(({ number }) => Number(number)),
    numbers,
  )
})

test('PostgreSQL reads the texts that were written, of whatever characters', async () => {
  const texts = ['', 'a', 'é😀', 'NULL', '{"a":"b"}', '\\', "'", 'x'.repeat(300_000), '\u0001']

  const { rows } = await client.query('select unnest($1::text[]) as text', [textArray(texts)])

  assert.deepEqual(
    rows.map(({ text }) => text),
    texts,
  )
})

test('PostgreSQL reads arrays of nothing', async () => {
  const { rows } = await client.query(
    'select cardinality($1::bigint[]) as numbers, cardinality($2::text[]) as texts',
    [int8Array([]), textArray([])],
  )

  assert.deepEqual(rows, [{ numbers: 0, texts: 0 }])
})

test('a text with a zero comes back as it was, and one with half a character with a whole one', () => {
  for (const text of ['\u0000', 'a\u0000b\u0000', '\ue000', '\ue0000', '\ue000\u00001', 'plain'])
    assert.equal(told(stored(text)), text)
  assert.equal(stored('a\u0000').includes('\u0000'), false)
  assert.equal(told(stored('a\ud800b')), 'a\ufffdb')
})
