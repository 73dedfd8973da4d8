import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { httpParameters } from './http-parameters.ts'

describe('a target’s HttpParameters', () => {
  test('are kept as they are, and nothing besides', () => {
    const given = {
      PathParameterValues: ['a/b', ' c '],
      HeaderParameters: { 'X-Tenant': 'a b\tc', 'X-Empty-Looking': ' ' },
      QueryStringParameters: { 'q[]': 'ä\n' },
    }

    assert.deepEqual(httpParameters({ ...given, Extra: 1 }), given)
    assert.deepEqual(httpParameters(undefined), {})
    assert.deepEqual(httpParameters({}), {})
  })

  for (const [given, message] of [
    [
      { PathParameterValues: [' '] },
      /at 'httpParameters\.pathParameterValues\.1\.member' .* pattern/,
    ],
    [{ PathParameterValues: ['a', null] }, /Value null at .*pathParameterValues\.2\.member'/],
    [{ HeaderParameters: { 'X A': 'b' } }, /Value 'X A' at 'httpParameters\.headerParameters'/],
    [{ HeaderParameters: { 'X-A': 'b\r\nX-C: d' } }, /headerParameters\.X-A\.member' .* pattern/],
    [{ HeaderParameters: { 'X-A': 'ä' } }, /headerParameters\.X-A\.member' .* pattern/],
    [{ HeaderParameters: { 'X-A': '' } }, /headerParameters\.X-A\.member' .* pattern/],
    [{ HeaderParameters: { 'X-A': 'x'.repeat(513) } }, /less than or equal to 512$/],
    [{ QueryStringParameters: { '': 'b' } }, /queryStringParameters' .* pattern/],
    [{ QueryStringParameters: { a: '\u0000' } }, /queryStringParameters\.a\.member' .* pattern/],
  ] as const)
    test(`are refused: ${JSON.stringify(given).slice(0, 60)}`, () => {
      assert.throws(() => httpParameters(given), { code: 'ValidationException', message })
    })

  test('are refused when they are of another type', () => {
    for (const given of [{ PathParameterValues: 'a' }, { HeaderParameters: { 'X-A': 5 } }, 'a'])
      assert.throws(() => httpParameters(given), { code: 'SerializationException' })
  })

  test('are told where they stand in the request', () => {
    assert.throws(
      () => httpParameters({ PathParameterValues: [''] }, 'targets.2.member.httpParameters'),
      /at 'targets\.2\.member\.httpParameters\.pathParameterValues\.1\.member'/,
    )
  })

  test('are refused, and the check ends, whatever they are', () => {
    const HeaderParameters = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`X-${index}`, `${' \t'.repeat(255)}\u0001`]),
    )
    // Held by the runner's limit: EventBridge's own expression would take years.

    assert.throws(
      () => httpParameters({ HeaderParameters }),
      /^ValidationException: 100 validation/,
    )
  })
})
