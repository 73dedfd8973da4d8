import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkOutcome, retryAfterMs } from './http-outcome.ts'

const now = new Date('2026-01-01T12:00:00Z')
const outcome = (status: number, headers: Readonly<Record<string, string>> = {}) =>
  checkOutcome({ status, headers }, 'The API destination', now)

describe('an answer', () => {
  test('of 2xx is a success', () => {
    for (const status of [200, 201, 202, 204, 299]) outcome(status, { 'retry-after': '5' })
  })

  for (const [status, code] of Object.entries({
    401: 'NO_PERMISSIONS',
    407: 'NO_PERMISSIONS',
    409: 'ERROR_FROM_TARGET',
    429: 'THROTTLING',
    500: 'ERROR_FROM_TARGET',
    503: 'ERROR_FROM_TARGET',
    599: 'ERROR_FROM_TARGET',
  }))
    test(`of ${status} is tried again`, () => {
      assert.throws(() => outcome(Number(status)), {
        name: 'DeliveryFailed',
        code,
        retryAfterMs: undefined,
        message: `The API destination answered ${status}.`,
      })
    })

  for (const [status, code] of Object.entries({
    101: 'ERROR_FROM_TARGET',
    301: 'ERROR_FROM_TARGET',
    304: 'ERROR_FROM_TARGET',
    400: 'ERROR_FROM_TARGET',
    403: 'NO_PERMISSIONS',
    404: 'NO_RESOURCE',
    408: 'ERROR_FROM_TARGET',
    410: 'NO_RESOURCE',
    422: 'ERROR_FROM_TARGET',
  }))
    test(`of ${status} is not tried again, whatever it says of later`, () => {
      assert.throws(() => outcome(Number(status), { 'retry-after': '5' }), {
        name: 'DeliveryRefused',
        code,
      })
    })

  test('that asks for it is left alone for so long', () => {
    assert.throws(() => outcome(429, { 'retry-after': '7' }), { retryAfterMs: 7_000 })
  })

  test('with a negative Retry-After ends the retries', () => {
    assert.throws(() => outcome(503, { 'retry-after': '-1' }), {
      name: 'DeliveryRefused',
      code: 'ERROR_FROM_TARGET',
      message: 'The API destination answered 503. It asked not to be tried again (Retry-After).',
    })
  })
})

describe('Retry-After', () => {
  for (const [text, ms] of [
    ['0', 0],
    ['120', 120_000],
    [' 1.5 ', 1_500],
    ['-1', -1_000],
    ['Thu, 01 Jan 2026 12:01:00 GMT', 60_000],
    ['Thursday, 01-Jan-26 12:01:00 GMT', 60_000],
    ['Thu, 01 Jan 2026 11:59:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    ['1e9', undefined],
    ['Monkey', undefined],
    ['99999999999999999999', undefined],
  ] as const)
    test(`“${text}” is ${ms} ms`, () => {
      assert.equal(retryAfterMs(text, now), ms)
    })

  test('is of Greenwich, wherever this machine is', (t) => {
    const { TZ } = process.env
    t.after(() => {
      if (TZ === undefined) delete process.env.TZ
      else process.env.TZ = TZ
    })
    process.env.TZ = 'Asia/Tokyo'

    assert.equal(retryAfterMs('Thu Jan  1 12:01:00 2026', now), 60_000)
  })

  test('that is not there says nothing', () => {
    assert.equal(retryAfterMs(undefined, now), undefined)
  })
})
