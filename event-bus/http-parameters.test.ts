import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { httpParameters, shownHttpParameters } from './http-parameters.ts'

describe('a target’s HttpParameters', () => {
  test('are kept as they are, and nothing besides', () => {
    const given = {
      PathParameterValues: ['a/b', ' c '],
      HeaderParameters: { 'X-Tenant': 'a b\tc', 'X-Empty-Looking': ' ', Empty: '' },
      QueryStringParameters: { 'q[]': 'ä\n' },
    }

    assert.deepEqual(httpParameters({ ...given, Extra: 1 }), given)
    assert.deepEqual(httpParameters(undefined), {})
    assert.deepEqual(httpParameters({}), {})
  })

  for (const [given, message] of [
    [
      { PathParameterValues: ['a', ' '] },
      "1 validation error detected: Value '[a,  ]' at 'httpParameters.pathParameterValues' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy regular expression pattern: ^(?!\\s*$).+]",
    ],
    [
      { HeaderParameters: { 'X A': 'b', C: 'd' } },
      "1 validation error detected: Value '{X A=b, C=d}' at 'httpParameters.headerParameters' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 512, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: ^[!#$%&'*+-.^_`|~0-9a-zA-Z]+$]",
    ],
    [
      { HeaderParameters: { 'X-A': 'b\r\nX-C: d' } },
      /headerParameters' .* Map value must satisfy constraint: \[.* pattern/,
    ],
    [{ HeaderParameters: { 'X-A': 'ä' } }, /headerParameters' .* Map value must .* pattern/],
    [{ HeaderParameters: { 'X-A': 'x'.repeat(513) } }, /Map value must .* or equal to 512, /],
    [{ QueryStringParameters: { '': 'b' } }, /queryStringParameters' .* Map keys must .* pattern/],
    [{ QueryStringParameters: { a: '\0' } }, /queryStringParameters' .* Map value must .* pattern/],
  ] as const)
    test(`are refused: ${JSON.stringify(given).slice(0, 60)}`, () => {
      assert.throws(() => httpParameters(given), { code: 'ValidationException', message })
    })

  test('are refused when they are of another type', () => {
    for (const given of [
      { PathParameterValues: 'a' },
      { PathParameterValues: [null] },
      { HeaderParameters: { 'X-A': 5 } },
      'a',
    ])
      assert.throws(() => httpParameters(given), { code: 'SerializationException' })
  })

  test('are told where they stand in the request', () => {
    assert.throws(
      () => httpParameters({ PathParameterValues: [''] }, 'targets.2.member.httpParameters'),
      /at 'targets\.2\.member\.httpParameters\.pathParameterValues' /,
    )
  })

  test('are refused, and the check ends, whatever they are', () => {
    const HeaderParameters = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`X-${index}`, `${' \t'.repeat(255)}\x01`]),
    )
    // Held by the runner's limit: EventBridge's own expression would take years.

    assert.throws(() => httpParameters({ HeaderParameters }), /^ValidationException: 1 validation/)
  })
})

test('of a connection’s parameters the secret ones are shown without their values, and all say which', () => {
  const parameters = [
    { Key: 'a', Value: 'b' },
    { Key: 'c', Value: 'd', IsValueSecret: true },
  ]

  assert.deepEqual(shownHttpParameters({ BodyParameters: parameters }), {
    BodyParameters: [
      { Key: 'a', Value: 'b', IsValueSecret: false },
      { Key: 'c', IsValueSecret: true },
    ],
  })
})
