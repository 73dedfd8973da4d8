import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faults } from '../constraints.ts'
import { page, paging } from './paging.ts'

const read = (request: object, options = {}) => {
  const noted = faults()
  const part = paging(noted, { ...request }, options)
  noted.check()
  return part
}
const of = (names: readonly string[], request: object) => page(names, (name) => name, read(request))
const hundred = Array.from({ length: 101 }, (_each, at) => String(at).padStart(3, '0'))

test('a list is in the order of its names, whatever it was', () => {
  assert.deepEqual(of(['b', 'a', 'C'], {}), { items: ['C', 'a', 'b'], next: {} })
})

test('the parts of a list are the whole of it', () => {
  const parts: (readonly string[])[] = []
  let next: { readonly NextToken?: string } = {}
  do {
    const part = of(['d', 'b', 'a', 'c'], { Limit: 2, ...next })
    parts.push(part.items)
    next = part.next
  } while (next.NextToken !== undefined)

  assert.deepEqual(parts, [
    ['a', 'b'],
    ['c', 'd'],
  ])
})

test('what comes and goes between two parts repeats and hides no other', () => {
  const first = of(['a', 'c', 'd'], { Limit: 2 })

  assert.deepEqual(of(['a', 'b', 'd', 'e'], first.next).items, ['d', 'e'])
})

test('a part has at most a hundred', () => {
  assert.equal(of(hundred, {}).items.length, 100)
  assert.equal(of(hundred, of(hundred, {}).next).items.length, 1)
})

test('a token is of its filters, whatever the limit', () => {
  const { next } = of(['a', 'b', 'c'], { NamePrefix: 'x', Limit: 1 })
  const refused = (request: object) =>
    assert.throws(() => read({ ...request, ...next }), {
      code: 'ValidationException',
      message: 'Parameter NextToken is not valid. Reason: Token invalid.',
    })

  assert.deepEqual(of(['a', 'b', 'c'], { Limit: 7, NamePrefix: 'x', ...next }).items, ['b', 'c'])
  refused({})
  refused({ NamePrefix: 'y' })
  refused({ NamePrefix: 'x', State: 'ENABLED' })
})

test('a token of connections and API destinations is malformed, whatever is wrong with it', () => {
  const { next } = of(['a', 'b'], { NamePrefix: 'x', Limit: 1 })

  for (const request of [next, { NextToken: btoa('next') }])
    assert.throws(() => read(request, { asBase64: true }), {
      code: 'ValidationException',
      message: 'Parameter NextToken is not valid. Reason: The request is malformed.',
    })
})

test('rules of a target: a token is told of before the limit, and not why it is none', () => {
  const terse = { isTerse: true }
  for (const NextToken of ['next', btoa('a b')])
    assert.throws(() => read({ NextToken }, terse), {
      message: 'Parameter NextToken is not valid.',
    })
  assert.throws(() => read({ Limit: 0, NextToken: '' }, terse), /'nextToken' .* 'limit' /)
})

const malformed = 'Parameter NextToken is not valid. Reason: Malformed request.'
for (const NextToken of ['$', 'next', btoa('next')])
  test(`“${NextToken}” is no token`, () => {
    assert.throws(() => read({ NextToken }), { code: 'ValidationException', message: malformed })
  })

test('limits and tokens that no list takes are refused', () => {
  const refused = (request: object, message: string, options = {}) =>
    assert.throws(() => read(request, options), { code: 'ValidationException', message })

  refused(
    { Limit: 101 },
    "1 validation error detected: Value '101' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 100",
  )
  refused(
    { Limit: 0, NextToken: '' },
    "2 validation errors detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1; Value '' at 'nextToken' failed to satisfy constraint: Member must have length greater than or equal to 1",
  )
  refused(
    { NextToken: 'no base64' },
    "1 validation error detected: Value 'no base64' at 'nextToken' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(?:[A-Za-z0-9+\\/]{4})*(?:[A-Za-z0-9+\\/]{4}|[A-Za-z0-9+\\/]{3}=|[A-Za-z0-9+\\/]{2}={2})$",
    { asBase64: true },
  )
})
