import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { schedule } from './schedule.ts'

const at = (iso: string) => Date.parse(`${iso.padEnd(16, 'T00:00').slice(0, 16)}:00Z`)

/** The due times after a time, to the minute, as many as asked for. */
function due(expression: string, after: string, count = 3): readonly string[] {
  const { next } = schedule(expression, at('2026-01-01'))
  const times: string[] = []
  for (let time = next(at(after)); time !== null && times.length < count; time = next(time))
    times.push(new Date(time).toISOString().slice(0, 16))
  return times
}
const days = (expression: string, after: string, count?: number) =>
  due(expression, after, count).map((time) => time.slice(0, 10))

const isRefused = (expression: string) =>
  assert.throws(() => schedule(expression, 0), {
    code: 'ValidationException',
    message: 'Parameter ScheduleExpression is not valid.',
  })

describe('a rate', () => {
  const createdAt = Date.parse('2026-01-01T12:34:56.789Z')

  test('is due one period after its creation, and then each period', () => {
    const { next } = schedule('rate(5 minutes)', createdAt)
    assert.equal(next(0), createdAt + 300_000)
    assert.equal(next(createdAt), createdAt + 300_000)
    assert.equal(next(createdAt + 299_999), createdAt + 300_000)
    assert.equal(next(createdAt + 300_000), createdAt + 600_000)
    assert.equal(next(createdAt + 10 * 300_000 + 1), createdAt + 11 * 300_000)
  })

  for (const [expression, period] of [
    ['rate(1 minute)', 60_000],
    ['rate(2 minutes)', 120_000],
    ['rate(1 hour)', 3_600_000],
    ['rate(36 hours)', 129_600_000],
    ['rate(1 day)', 86_400_000],
    ['rate(10 days)', 864_000_000],
    ['rate(01 minute)', 60_000],
    ['rate(007 minutes)', 420_000],
  ] as const)
    test(`of ${expression} is ${period} ms long`, () => {
      assert.equal(schedule(expression, 7).next(7), 7 + period)
    })

  test('that ends behind the end of time is never due', () => {
    assert.equal(schedule(`rate(${'9'.repeat(200)} days)`, createdAt).next(createdAt), null)
  })

  for (const expression of [
    'rate(10 seconds)',
    'rate(10 years)',
    'rate(1 minutes)',
    'rate(1 hours)',
    'rate(1 days)',
    'rate(10 minute)',
    'rate(10 hour)',
    'rate(10 day)',
    'rate()',
    'rate(10)',
    'rate(10 minutess)',
    'rate(foo minutes)',
    'rate(0 minutes)',
    'rate(-10 minutes)',
    'rate(1.5 hours)',
    'rate(10 MINUTES)',
    'RATE(10 minutes)',
    'rate( 10 minutes )',
    ' rate(10 minutes)',
    'rate(10  minutes)',
    'rate(10 minutes) ',
    'rate(3hours)',
    'rate(10\tminutes)',
    'rate(+10 minutes)',
    'rate(01 minutes)',
    'rate(02 minute)',
    'rate(00 minutes)',
    '',
  ])
    test(`is not “${expression}”`, () => {
      isRefused(expression)
    })
})

describe('a cron expression', () => {
  for (const [expression, after, expected] of [
    [
      'cron(0 10 * * ? *)',
      '2026-01-01T10:00',
      ['2026-01-02T10:00', '2026-01-03T10:00', '2026-01-04T10:00'],
    ],
    [
      'cron(15 12 * * ? *)',
      '2026-12-31T12:14',
      ['2026-12-31T12:15', '2027-01-01T12:15', '2027-01-02T12:15'],
    ],
    [
      'cron(0/15 * * * ? *)',
      '2026-01-01T23:44',
      ['2026-01-01T23:45', '2026-01-02T00:00', '2026-01-02T00:15'],
    ],
    [
      'cron(*/25 9 * * ? *)',
      '2026-01-01',
      ['2026-01-01T09:00', '2026-01-01T09:25', '2026-01-01T09:50'],
    ],
    [
      'cron(1/10 0 * * ? *)',
      '2026-01-01T00:40',
      ['2026-01-01T00:41', '2026-01-01T00:51', '2026-01-02T00:01'],
    ],
    [
      'cron(5,35 14 * * ? *)',
      '2026-01-01',
      ['2026-01-01T14:05', '2026-01-01T14:35', '2026-01-02T14:05'],
    ],
    [
      'cron(0/5 8-17 ? * MON-FRI *)',
      '2026-01-02T17:50',
      ['2026-01-02T17:55', '2026-01-05T08:00', '2026-01-05T08:05'],
    ],
    [
      'cron(15/65 10 * * ? *)',
      '2026-01-01',
      ['2026-01-01T10:15', '2026-01-02T10:15', '2026-01-03T10:15'],
    ],
    [
      'cron(0 1-7/3,23 * * ? *)',
      '2026-01-01T04:00',
      ['2026-01-01T07:00', '2026-01-01T23:00', '2026-01-02T01:00'],
    ],
    [
      'cron(0 22-2/2 * * ? *)',
      '2026-01-01T02:00',
      ['2026-01-01T22:00', '2026-01-02T00:00', '2026-01-02T02:00'],
    ],
    ['cron(00 07 01 02 ? 2026)', '2026-01-01', ['2026-02-01T07:00']],
    [
      'cron(30/0 8 1 * ? *)',
      '2026-01-31',
      ['2026-02-01T08:30', '2026-03-01T08:30', '2026-04-01T08:30'],
    ],
  ] as const)
    test(`is due at ${expected[0]} and so on: ${expression}`, () => {
      assert.deepEqual(due(expression, after), expected)
    })

  test('is due when a minute begins, and never at the time asked for', () => {
    const { next } = schedule('cron(* * * * ? *)', 0)
    const minute = at('2026-01-01T12:00')
    assert.equal(next(minute - 1), minute)
    assert.equal(next(minute), minute + 60_000)
    assert.equal(next(minute + 59_999), minute + 60_000)
  })

  test('knows 29 February, and that 2100 has none', () => {
    assert.deepEqual(days('cron(0 0 29 2 ? *)', '2026-01-01'), [
      '2028-02-29',
      '2032-02-29',
      '2036-02-29',
    ])
    assert.deepEqual(days('cron(0 0 29 2 ? *)', '2096-03-01', 1), ['2104-02-29'])
    assert.deepEqual(days('cron(0 0 29 FEB ? 2100)', '2026-01-01'), [])
  })

  test('is never due on a day that its months do not have', () => {
    assert.deepEqual(due('cron(0 0 31 4,6,9,11 ? *)', '2026-01-01'), [])
    assert.deepEqual(due('cron(0 0 30 2 ? *)', '1970-01-01'), [])
  })
})

describe('the day of month', () => {
  for (const [day, after, expected] of [
    ['L', '2027-12-30', ['2027-12-31', '2028-01-31', '2028-02-29']],
    ['L-2', '2026-01-30', ['2026-02-26', '2026-03-29', '2026-04-28']],
    ['L-30', '2026-01-02', ['2026-03-01', '2026-05-01', '2026-07-01']],
    ['1,L', '2026-02-01', ['2026-02-28', '2026-03-01', '2026-03-31']],
    // 31 January 2026 is a Saturday, 28 February too, 31 May a Sunday.
    ['LW', '2026-01-01', ['2026-01-30', '2026-02-27', '2026-03-31']],
    ['LW', '2026-05-01', ['2026-05-29', '2026-06-30', '2026-07-31']],
    // 1 August 2026 is a Saturday, 1 November a Sunday, 1 September a Tuesday.
    ['1W', '2026-07-31', ['2026-08-03', '2026-09-01', '2026-10-01']],
    ['1W', '2026-10-31', ['2026-11-02', '2026-12-01', '2027-01-01']],
    ['15W', '2026-01-31', ['2026-02-16', '2026-03-16', '2026-04-15']],
    ['15w', '2026-07-31', ['2026-08-14', '2026-09-15', '2026-10-15']],
    ['31W', '2026-03-31', ['2026-05-29', '2026-07-31', '2026-08-31']],
    ['30W', '2026-01-31', ['2026-03-30', '2026-04-30', '2026-05-29']],
    ['28W', '2026-02-01', ['2026-02-27', '2026-03-27', '2026-04-28']],
    // 1 and 2 August 2026 are a weekend.
    ['1-3W', '2026-08-01', ['2026-08-03', '2026-09-01', '2026-09-02']],
    ['29-2', '2026-01-30', ['2026-01-31', '2026-02-01', '2026-02-02']],
    ['*/10', '2026-01-20', ['2026-01-21', '2026-01-31', '2026-02-01']],
    ['1W,15W', '2026-08-01', ['2026-08-03', '2026-08-14', '2026-09-01']],
  ] as const)
    test(`${day} is ${expected[0]} and so on`, () => {
      assert.deepEqual(days(`cron(0 0 ${day} * ? *)`, `${after}T00:00`), expected)
    })
})

describe('the day of week', () => {
  for (const [weekday, after, expected] of [
    ['1', '2026-01-01', ['2026-01-04', '2026-01-11', '2026-01-18']],
    ['7', '2026-01-01', ['2026-01-03', '2026-01-10', '2026-01-17']],
    ['L', '2026-01-01', ['2026-01-03', '2026-01-10', '2026-01-17']],
    ['Wed', '2026-01-01', ['2026-01-07', '2026-01-14', '2026-01-21']],
    ['Thursday', '2026-01-01', ['2026-01-08', '2026-01-15', '2026-01-22']],
    ['FRI-MON', '2026-01-02', ['2026-01-03', '2026-01-04', '2026-01-05']],
    ['2-6/2', '2026-01-01', ['2026-01-02', '2026-01-05', '2026-01-07']],
    ['6L', '2026-01-01', ['2026-01-30', '2026-02-27', '2026-03-27']],
    ['friL', '2026-01-01', ['2026-01-30', '2026-02-27', '2026-03-27']],
    ['MON,FRIL', '2026-01-20', ['2026-01-26', '2026-01-30', '2026-02-02']],
    ['SAT#3', '2026-01-01', ['2026-01-17', '2026-02-21', '2026-03-21']],
    ['2#1', '2026-01-05', ['2026-02-02', '2026-03-02', '2026-04-06']],
    // Months with five Sundays only.
    ['1#5', '2026-01-01', ['2026-03-29', '2026-05-31', '2026-08-30']],
  ] as const)
    test(`${weekday} is ${expected[0]} and so on`, () => {
      assert.deepEqual(days(`cron(0 0 ? * ${weekday} *)`, `${after}T00:00`), expected)
    })
})

describe('months and years', () => {
  test('may be names, ranges over the end of the year, and steps', () => {
    assert.deepEqual(days('cron(0 0 1 nov-FEB/2 ? *)', '2026-01-01'), [
      '2026-11-01',
      '2027-01-01',
      '2027-11-01',
    ])
    assert.deepEqual(days('cron(0 0 1 FEB/5 ? *)', '2026-01-01'), [
      '2026-02-01',
      '2026-07-01',
      '2026-12-01',
    ])
    assert.deepEqual(days('cron(0 0 1 1 ? 2030/50)', '2026-01-01', 9), [
      '2030-01-01',
      '2080-01-01',
      '2130-01-01',
      '2180-01-01',
    ])
  })

  test('go from 1970 to 2199', () => {
    assert.deepEqual(due('cron(59 23 L 12 ? *)', '2198-12-31T23:59'), ['2199-12-31T23:59'])
    assert.deepEqual(due('cron(* * * * ? *)', '2199-12-31T23:58'), ['2199-12-31T23:59'])
    assert.equal(schedule('cron(0 0 1 1 ? *)', 0).next(-1e15), 0)
  })

  test('that are past, or beyond 2199, are taken and never due', () => {
    assert.deepEqual(due('cron(15 10 ? * 6L 2002-2005)', '2026-01-01'), [])
    assert.deepEqual(due('cron(0 20 * * ? 2500)', '2026-01-01'), [])
    assert.deepEqual(due('cron(0 20 * * ? 2200-2500)', '2026-01-01'), [])
  })
})

describe('no cron expression', () => {
  for (const expression of [
    'cron()',
    'cron(INVALID)',
    'cron(0 1 * * * *)',
    'cron(0 1 ? * ? *)',
    'cron(0 1 * * ?)',
    'cron(0 1 * * ? * *)',
    'cron(* * * * *)',
    'cron( 0 1 * * ? *)',
    'cron(0 1 * * ? * )',
    'cron(0 1 * * ? *) ',
    'CRON(0 1 * * ? *)',
    'cron(0 1 * * ? *',
    'cron(7 20 ? * NOT *)',
    'cron(0 dummy ? * MON-FRI *)',
    'cron(71 8 1 * ? *)',
    'cron(60 8 1 * ? *)',
    'cron(0 24 1 * ? *)',
    'cron(0 0 0 * ? *)',
    'cron(0 0 32 * ? *)',
    'cron(0 0 1 0 ? *)',
    'cron(0 0 1 13 ? *)',
    'cron(0 0 ? * 0 *)',
    'cron(0 0 ? * 8 *)',
    'cron(0 0 ? * SUNDAYS *)',
    'cron(0 0 1 JANUARY ? *)',
    'cron(0 0 1 MON ? *)',
    'cron(0 20 3#1 * ? *)',
    'cron(0 0 ? * 3#0 *)',
    'cron(0 0 ? * 3#6 *)',
    'cron(0 0 ? * 3#1,6#3 *)',
    'cron(0 0 ? * 3#1,6 *)',
    'cron(0 0 ? * 6W *)',
    'cron(0 0 W * ? *)',
    'cron(0 0 32W * ? *)',
    'cron(0 0 1-32W * ? *)',
    'cron(0 0 3L * ? *)',
    'cron(0 0 L-31 * ? *)',
    'cron(0 0 L+1 * ? *)',
    'cron(0 1  * * ? *)',
    'cron(0\t1 * * ? *)',
    'cron(0 0 ?,1 * ? *)',
    'cron(? 0 1 * ? *)',
    'cron(L 0 1 * ? *)',
    'cron(/5 0 1 * ? *)',
    'cron(*/-5 0 1 * ? *)',
    'cron(1, 0 1 * ? *)',
    'cron(,1 0 1 * ? *)',
    'cron(1,,2 0 1 * ? *)',
    'cron(1-2-3 0 1 * ? *)',
    'cron(*-5 0 1 * ? *)',
    'cron(5-* 0 1 * ? *)',
    'cron(0 0 1 1 ? 26)',
    'cron(0 0 1 1 ? 2030-2026)',
    'cron(0 0 ? * \u017fun *)',
    'at(2026-01-01T00:00:00)',
  ])
    test(`is ${JSON.stringify(expression)}`, () => {
      isRefused(expression)
    })
})
