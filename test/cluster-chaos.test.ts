/**
 * All at once, for as long as one likes: nodes are killed, stopped, cut off from their database half or
 * altogether, added and taken away; PostgreSQL is killed; somebody's transaction stays open; rules come and go.
 * The ledger is kept outside. What was acknowledged comes to everybody whom it is for, what keeps an order
 * keeps it, no schedule is fired twice, and the stream of changes has each of them once.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { commitLog, placeEvents } from '../event-bus/adapters/postgres/commit-log.ts'
import { type Database, openDatabase } from '../event-bus/adapters/postgres/database.ts'
import { postgresStore } from '../event-bus/adapters/postgres/store.ts'
import { packaged, startServer } from '../event-bus/adapters/postgres/testing.ts'
import type { EventLog } from '../event-bus/ports.ts'
import { chaos } from './faults/chaos.ts'
import { assertRun, type Change, type Found, toldBy } from './faults/chaos-ledger.ts'
import { aFolder } from './faults/folder.ts'
import { until } from './faults/nodes.ts'
import { entry, expected } from './faults/orders.ts'
import { settings } from './settings.ts'

const items = 8
const schedules = ['tick', 'tock']
/** Of the clock by which schedules fire: their shortest period is a minute. */
const haste = 12
const minuteMs = 60_000
const drainMs = 30_000
const all = [10_000_000, 2 ** 40] as const

/** Reads on from where it is, through all that happens to the database. */
function follower(log: EventLog, from: string) {
  const told: Change[] = []
  let cursor = from
  async function read(): Promise<number> {
    const events = await log.after(cursor, 100)
    assert.ok(events, `${cursor} is known, and what comes next is there`)
    for (const { id, detail } of events) {
      cursor = id
      told.push(detail as Change)
    }
    return events.length
  }
  let isOver = false
  const reading = (async () => {
    while (!isOver) {
      await read().catch((error) => {
        if (error instanceof assert.AssertionError) throw error
      })
      await pause(10)
    }
    while ((await read()) > 0);
  })()
  reading.catch(() => {}) // told where it is awaited
  return {
    async end(): Promise<readonly Change[]> {
      isOver = true
      await reading
      return told
    },
  }
}

type Logged = {
  readonly id: string
  readonly source: string
  readonly time: string
  readonly resources: readonly string[]
}
/** Scheduled events, of the texts of a log. */
const firedIn = (texts: readonly string[]): Found['fired'] =>
  texts
    .map((text) => JSON.parse(text) as Logged)
    .filter(({ source }) => source === 'aws.events')
    .map(({ id, time, resources }) => ({
      ...{ id, time: Date.parse(time) },
      rule: resources[0]?.split('/').at(-1) ?? '',
    }))

/** Resolves when nothing waits any more, who is gone has been noticed, and what was due has been fired. */
async function untilSettled(
  database: Database,
  nodes: () => number,
  firedUntil: number,
  removed: readonly string[],
) {
  const ask = async (text: string) => (await database.pool.query(text)).rows
  /** What comes for a rule that is gone is deleted a minute later. */
  const left = `where target <> all ('{${removed.map((name) => `default/${name}/receive`)}}')`
  const state = async () => {
    const [counts] = await ask(`select (select count(*) from plan)::integer as plans,
      (select count(*) from delivery ${left})::integer as waiting, (select count(*) from node)::integer as nodes,
      (select count(*) from departed)::integer as departed`)
    const fired = firedIn(
      (await ask(`select text from event where bus = 'default' order by id desc limit 100`)).map(
        ({ text }) => text,
      ),
    )
    const late = schedules.filter(
      (name) => !fired.some(({ rule, time }) => rule === name && time > firedUntil - minuteMs),
    )
    return { ...(counts as Record<string, number>), late: late.length }
  }
  let last: Awaited<ReturnType<typeof state>> | null = null
  let some: unknown = null
  await until(
    async () => {
      last = await state()
      some = await ask(`select * from delivery ${left} limit 3`)
      const { nodes: known, ...waiting } = last as Record<string, number>
      return known === nodes() && Object.values(waiting).every((each) => each === 0)
    },
    () => `all to come to its end: ${JSON.stringify([last, some])}`,
    drainMs,
  )
}

test(`${settings.chaosSeconds} seconds of all faults at once lose nothing, double nothing that is once, and keep every order`, {
  timeout: 240_000 + settings.chaosSeconds * 2_000,
}, async (t) => {
  const { chaosSeconds, seed } = settings
  t.diagnostic(`BUSBAR_CHAOS_SECONDS=${chaosSeconds} BUSBAR_SEED=${seed}`)
  const server = await startServer(packaged())
  const folder = aFolder()
  const url = server.url()
  const [beatMs, deadMs, answerMs] = [200, 2_000, 1_500]
  const hasteSince = Date.now()
  const first = await postgresStore({ url })
  await first.close()
  const database = await openDatabase({ url })
  await placeEvents(database, 'websocket')
  await database.pool.query(`create table item (key integer primary key, version integer not null)`)
  await database.pool.query(
    `insert into item select each - 1, 0 from generate_series(1, $1) each`,
    [items],
  )
  const log = commitLog(database.pool, 'websocket', first.secret)
  const begin = await log.head()
  const live = follower(log, begin)
  const { begin: start, ...cluster } = chaos({
    ...{ server, folder: folder.path, seed, items },
    ...{ beatMs, deadMs, answerMs, hasteSince, haste },
  })
  t.after(async () => {
    await cluster.close()
    await live.end().catch(() => {})
    await database.close()
    await server.stop()
    folder.remove()
  })

  await start(schedules)
  await cluster.rage(chaosSeconds)
  const restedAt = performance.now()
  await cluster.rest()
  const firedUntil = hasteSince + (Date.now() - hasteSince) * haste
  await untilSettled(
    ...([database, () => cluster.running().length, firedUntil] as const),
    cluster.rules.filter(({ removed }) => removed).map(({ name }) => name),
  )
  const settledMs = Math.round(performance.now() - restedAt)
  const counts = await cluster.end()

  const store = await postgresStore({ url })
  const texts = async (bus: string) => (await store.tail(bus, ...all)).map(({ text }) => text)
  const letters = await store.deadLetters({}, 'oldest', ...all)
  const changes = await live.end()
  const { rows } = await database.pool.query('select key, version from item')
  const found: Found = {
    kept: {
      ...{
        events: [...(await texts('orders')), ...(await texts('stock'))],
        replays: [],
        waiting: 0,
      },
      deadLetters: letters.map(({ target, item, exhaustedRetryCondition, ...letter }) => ({
        ...letter,
        what: item === '' ? target : `${target} ${item}`,
        reason: exhaustedRetryCondition ?? null,
      })),
    },
    steps: (await texts('lanes')).map((text) => {
      const { id, detail } = JSON.parse(text)
      return { ...detail, id }
    }),
    ...{ changes, versions: new Map((rows as Change[]).map(({ key, version }) => [key, version])) },
    ...{ fired: firedIn(await texts('default')), firedUntil, rules: cluster.rules },
  }
  await store.close()
  const again = follower(log, begin)
  assert.deepEqual(await again.end(), changes, 'who reads it all again is told the same')
  const was = assertRun(toldBy(cluster.told()), found)
  t.diagnostic(JSON.stringify({ lives: cluster.lives.length, ...counts, settledMs }))
  t.diagnostic(JSON.stringify(was))
  assert.ok(was.acknowledged > chaosSeconds && was.steps > chaosSeconds, 'enough happened')
  assert.ok(was.changes > chaosSeconds && was.must > 0 && was.fired > 0, 'and of everything')
})

describe('a ledger of a run', () => {
  const second = 1_000_000
  const receipt = (what: string, n: number, at: number) => `received,${what},${n},id-${n},${at}\n`
  /** One in which nothing went wrong, as texts and as what is found. */
  function aRun() {
    const numbers = Array.from({ length: 60 }, (_, n) => n)
    const ends = numbers.flatMap((n) => [...expected(n)].map(([what, end]) => ({ n, what, end })))
    const text = (n: number) => `{"id":"id-${n}","detail":${entry(n).Detail}}`
    const lines = [
      ...numbers.map((n) => `put,${n},id-${n},${n}\n`),
      ...ends.flatMap(({ n, what, end }) => (end === 'done' ? receipt(what, n, 100 + n) : [])),
      ...['step,a,1,s1\n', 'step,a,2,s2\n', 'followed,a,1,s1,10\n', 'followed,a,2,s2,20\n'],
      ...['changed,0,1\n', 'changed,0,2\n', 'no-step,a,3\n', 'refused,1000\n'],
      ...['ruled,tick,1,f1,1\n', 'ruled,tick,2,f2,2\n', `ruled-put,7,r1,${60 * second},1\n`],
      'ruled,always,7,r1,5\n',
    ]
    const found: Found = {
      kept: {
        ...{ events: numbers.map(text), replays: [], waiting: 0 },
        deadLetters: ends
          .filter(({ end }) => end !== 'done')
          .map(({ n, what, end }) => ({
            ...{ what, text: text(n), error: '', attempts: end === 'exhausted' ? 3 : 1 },
            reason: end === 'exhausted' ? 'MaximumRetryAttempts' : null,
          })),
      },
      steps: [1, 2].map((seq) => ({ key: 'a', seq, id: `s${seq}` })),
      changes: [1, 2].map((version) => ({ key: 0, version })),
      versions: new Map([[0, 2]]),
      fired: [1, 2].map((at) => ({ rule: 'tick', time: at * minuteMs, id: `f${at}` })),
      firedUntil: 2 * minuteMs,
      rules: [{ name: 'always', put: { askedAt: 0, doneAt: 1 } }],
    }
    return { lines, found }
  }
  const judged = (lines: readonly string[], found: Found) =>
    assertRun(toldBy([lines.join('')]), found)
  const { lines, found } = aRun()
  const without = (part: string) => lines.filter((line) => !line.startsWith(part))
  const [one, two] = found.changes as [Change, Change]
  const [, last] = found.fired as [unknown, Found['fired'][number]]
  const { kept } = found
  const wrong: readonly (readonly [
    what: string,
    lines: readonly string[],
    found: Found,
    RegExp,
  ])[] = [
    [
      'one receipt is missing',
      without('received,orders/all/book,0,'),
      found,
      /1 deliveries are missing/,
    ],
    [
      'one came to somebody else',
      [...lines, receipt('orders/gift/wrap', 9, 1)],
      found,
      /was to receive 9/,
    ],
    [
      ...(['an event is lost', lines] as const),
      { ...found, kept: { ...kept, events: kept.events.slice(1) } },
      /1 of 60 acknowledged events are lost/,
    ],
    ['one was refused and is stored', [...lines, 'refused,5\n'], found, /1 orders were told not/],
    [
      ...(['two steps are swapped', [...without('followed,a,1'), 'followed,a,1,s1,30\n']] as const),
      ...([found, /step 2 of a came before|step 1 of a came|in front of it/] as const),
    ],
    [
      'a step was refused and is stored',
      [...lines, 'no-step,a,2\n'],
      found,
      /step 2 of a was told not/,
    ],
    ['two changes are swapped', lines, { ...found, changes: [two, one] }, /item 0 that comes next/],
    [
      'a change is told twice',
      lines,
      { ...found, changes: [one, one, two] },
      /item 0 that comes next/,
    ],
    ['a change is not told', lines, { ...found, changes: [one] }, /all changes of item 0/],
    ['a change is lost', [...lines, 'changed,0,3\n'], found, /version 3 of item 0 is lost/],
    [
      'a schedule fires twice',
      lines,
      { ...found, fired: [...found.fired, { ...last, id: 'f3' }] },
      /once each minute/,
    ],
    [
      'a schedule misses its time',
      lines,
      { ...found, firedUntil: 3 * minuteMs + 1 },
      /all that was due/,
    ],
    ['what a schedule fired does not come', without('ruled,tick,2'), found, /tick 120000 came/],
    ['a rule does not hold', without('ruled,always'), found, /held for r1/],
    [
      ...(['a rule holds that is gone', lines] as const),
      {
        ...found,
        rules: [
          { name: 'always', put: { askedAt: 0, doneAt: 1 }, removed: { askedAt: 2, doneAt: 3 } },
        ],
      },
      /did not hold for r1/,
    ],
  ]

  test('in which nothing went wrong is taken', () => {
    assert.deepEqual(judged(lines, found).copies, { orders: 0, steps: 0 })
  })
  for (const [what, told, had, message] of wrong)
    test(`is refused when ${what}, so the run before can fail`, () => {
      assert.throws(() => judged(told, had), message)
    })
})
