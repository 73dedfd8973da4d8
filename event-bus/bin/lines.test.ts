import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Line, lines } from './lines.ts'

async function* chunks(...parts: readonly (string | Uint8Array)[]) {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part
}

async function read(bytes: AsyncIterable<Uint8Array>, options = {}): Promise<Line[]> {
  const found: Line[] = []
  for await (const line of lines(bytes, options)) found.push(line)
  return found
}
const textsOf = (found: readonly Line[]) => found.map(({ number, text }) => `${number} ${text}`)

test('lines come whole wherever the chunks are cut, be it inside a character', async () => {
  const bytes = Buffer.from('eins\nzwölf\n\ndrei')
  for (let at = 0; at <= bytes.length; at++) {
    const cut = chunks(bytes.subarray(0, at), bytes.subarray(at))
    assert.deepEqual(textsOf(await read(cut)), ['1 eins', '2 zwölf', '4 drei'])
  }
})

test('the end of a Windows line and a byte order mark belong to no line', async () => {
  assert.deepEqual(textsOf(await read(chunks('\ufeff{}\r\n\r\n{"a":1}\r\n'))), [
    '1 {}',
    '3 {"a":1}',
  ])
})

test('blank lines come too when they are wanted', async () => {
  const found = await read(chunks('a\n\n\nb\n'), { blank: true })
  assert.deepEqual(textsOf(found), ['1 a', '2 ', '3 ', '4 b'])
})

test('what is not UTF-8 is refused with its line, behind those before it', async () => {
  const reading = lines(chunks('{}\n', new Uint8Array([0xff, 0xfe]), '\n'), { name: 'a.ndjson' })
  assert.equal((await reading.next()).value?.text, '{}')
  await assert.rejects(reading.next(), { message: 'a.ndjson:2: it is not UTF-8.', exitCode: 1 })
})

test('a line without an end is refused before it fills the memory', async () => {
  async function* endless() {
    for (;;) yield Buffer.alloc(1_048_576, 0x61)
  }
  await assert.rejects(read(endless()), { message: /^line 1: the line is longer than 16 MB/ })
})
