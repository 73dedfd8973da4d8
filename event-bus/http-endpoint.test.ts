import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { filledEndpoint } from './http-endpoint.ts'

describe('a path with wildcards', () => {
  for (const [endpoint, values, url] of [
    ['https://e.org/*', ['a'], 'https://e.org/a'],
    ['https://e.org/v1/*/x/*', ['a', 'b'], 'https://e.org/v1/a/x/b'],
    ['https://e.org/v*', ['2'], 'https://e.org/v2'],
    ['https://e.org/*?q=*', ['a'], 'https://e.org/a?q=*'],
    ['https://e.org/*', ['a b/c?d#e'], 'https://e.org/a%20b%2Fc%3Fd%23e'],
    ['https://e.org/*', ['a\\b'], 'https://e.org/a%5Cb'],
    ['https://e.org/*', ['..a'], 'https://e.org/..a'],
    ['https://e.org/*', ['%2e%2e'], 'https://e.org/%252e%252e'],
    ['https://e.org/*', ['a', 'more than it needs'], 'https://e.org/a'],
    ['https://e.org/', [], 'https://e.org/'],
    ['e.org:8443/*', ['a'], 'https://e.org:8443/a'],
  ] as const)
    test(`${endpoint} with ${values.join(' and ')} is ${url}`, () => {
      assert.equal(filledEndpoint(endpoint, values).href, url)
    })

  for (const [endpoint, values] of [
    ['https://e.org/a/*', ['..']],
    ['https://e.org/*', ['..']],
    ['https://e.org/a/*/b', ['.']],
    ['https://e.org/a/.*', ['.']],
    ['https://e.org/a/%2e*', ['.']],
  ] as const)
    test(`${endpoint} never leads elsewhere with ${values}`, () => {
      assert.throws(() => filledEndpoint(endpoint, values), {
        name: 'DeliveryRefused',
        code: 'INVALID_PARAMETER',
        message: /of dots alone/,
      })
    })

  test('is not called while a value is missing', () => {
    assert.throws(() => filledEndpoint('https://e.org/*/*', ['a']), {
      name: 'DeliveryRefused',
      code: 'INVALID_PARAMETER',
      message:
        'Unable to invoke ApiDestination endpoint: its path has 2 wildcards, but PathParameterValues 1.',
    })
  })
})
