import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { identified, prepare, textOf } from './event.ts'
import { anEntry } from './testing.ts'

const place = { account: '000000000000', region: 'us-east-1' }
const received = new Date('2026-01-01T12:00:00.999Z')
function envelopeOf(fields: Parameters<typeof anEntry>[0]) {
  const prepared = prepare(anEntry(fields), place, received)
  return { envelope: identified(prepared, 'id-1'), text: textOf('id-1', prepared) }
}

describe('an envelope', () => {
  test("has EventBridge's nine fields, in its order", () => {
    assert.deepEqual(Object.entries(envelopeOf({}).envelope), [
      ['version', '0'],
      ['id', 'id-1'],
      ['detail-type', 'OrderPlaced'],
      ['source', 'shop'],
      ['account', '000000000000'],
      ['time', '2026-01-01T12:00:00Z'],
      ['region', 'us-east-1'],
      ['resources', []],
      ['detail', { order: 1 }],
    ])
  })

  test('is the same as text and as an object, whatever its fields hold', () => {
    const { envelope, text } = envelopeOf({
      Source: 'a "quoted" \\ source\n\u2028',
      DetailType: '</script>',
      Detail: ' {"nested": {"list": [1, null, "é"]}, "__proto__": {"admin": true}} ',
      Resources: ['arn:aws:s3:::"bucket"'],
    })

    assert.deepEqual(JSON.parse(text), envelope)
    assert.equal((envelope.detail as { admin?: boolean }).admin, undefined)
  })

  test('keeps the detail as it was written: the spelling of numbers, twin keys, space', () => {
    const Detail = '{ "price": 1.10, "big": 12345678901234567890, "e": 1E2, "twin": 1, "twin": 2 }'

    assert.ok(envelopeOf({ Detail }).text.endsWith(`,"detail":${Detail}}`))
  })

  test('has the time of its entry if that has one, else of its coming, in whole seconds', () => {
    const Time = new Date('2025-12-31T23:59:59.999Z')

    assert.equal(envelopeOf({ Time }).envelope.time, '2025-12-31T23:59:59Z')
    assert.equal(envelopeOf({}).envelope.time, '2026-01-01T12:00:00Z')
  })

  test('is made around an object only', () => {
    for (const Detail of ['', ' ', '{', '{}}', '{} {}', '{},"id":"mine"', '1', 'null', '""', '[]'])
      assert.throws(() => envelopeOf({ Detail }), SyntaxError, Detail)
    assert.throws(() => envelopeOf({ Time: new Date(Number.NaN) }), RangeError)
  })
})

test('an envelope has a time with a year of four digits, or is none', () => {
  const at = (iso: string) => envelopeOf({ Time: new Date(iso) }).envelope.time
  assert.equal(at('9999-12-31T23:59:59.999Z'), '9999-12-31T23:59:59Z')
  assert.equal(at('0000-01-01T00:00:00.000Z'), '0000-01-01T00:00:00Z')
  for (const time of ['+010000-01-01T00:00:00.000Z', '-000001-12-31T23:59:59.999Z'])
    assert.throws(() => at(time), RangeError)
})

test('an envelope says what its own entry says, whatever others have said before', () => {
  const texts = ['a', 'b', '"', 'a"'].flatMap((Source) =>
    ['a', 'b'].flatMap((DetailType) =>
      ['1', '2'].flatMap((account) =>
        ['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z'].map((time) => ({
          entry: anEntry({ Source, DetailType, Time: new Date(time) }),
          ...{ account, time },
        })),
      ),
    ),
  )
  for (const { entry, account, time } of [...texts, ...texts.toReversed()]) {
    const prepared = prepare(entry, { account, region: 'r' }, received)
    const object = JSON.parse(textOf('1', prepared))
    assert.deepEqual(object, identified(prepared, '1'))
    assert.deepEqual(
      [object.source, object['detail-type'], object.account, object.time],
      [entry.Source, entry.DetailType, account, time],
    )
  }
})
