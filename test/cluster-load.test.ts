/**
 * What an operator does to a cluster while it has load: an old transaction stays open, rules are put and
 * deleted, nodes come and go. Deliveries go on and nothing is lost; rules hold everywhere a second later.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { packaged, type Server, startServer } from '../event-bus/adapters/postgres/testing.ts'
import { percentiles } from './bench-lines.ts'
import { aFolder } from './faults/folder.ts'
import { assertKept, together } from './faults/ledger.ts'
import { keptAt, type Node, ready, startNode, until } from './faults/nodes.ts'
import type { Command } from './faults/ruled-node.ts'
import { settings } from './settings.ts'

const ruledNode = fileURLToPath(new URL('./faults/ruled-node.ts', import.meta.url))
const perLife = 1_000_000
const limitMs = 30_000
const microseconds = 1_000
const now = () => Number(process.hrtime.bigint() / 1_000n)

describe('under load', {
  skip: packaged().programs === null,
  timeout: 120_000 + settings.loadSeconds * 5_000,
}, () => {
  let server: Server
  const folder = aFolder()
  before(async () => {
    server = await startServer(packaged())
  })
  after(async () => {
    await server?.stop()
    folder.remove()
  })

  async function connected(database = 'postgres'): Promise<Client> {
    const client = new Client({ connectionString: server.url(database) })
    await client.connect()
    return client
  }
  /** Nodes on a database of their own. */
  async function cluster(name: string, program?: string) {
    const client = await connected()
    await client.query(`create database ${client.escapeIdentifier(name)}`)
    await client.end()
    const options = { url: server.url(name), beatMs: 200, deadMs: 5_000 }
    const lives: Node[] = []
    return {
      options,
      lives,
      async start(orders = perLife): Promise<Node> {
        const receipts = join(folder.path, `${name}.${lives.length}`)
        const from = lives.length * perLife
        const put = { from, orders, callers: 4, mostEntries: 5, receipts }
        lives.push(startNode({ ...options, ...put }, program))
        const life = lives.at(-1) as Node
        await ready(life)
        return life
      },
      ledger: () => together(lives.map((life, at) => life.ledger(at))),
    }
  }
  async function end(lives: readonly Node[]): Promise<void> {
    for (const life of lives) life.kill('SIGTERM')
    for (const life of lives) assert.equal(await life.ended, 0, life.output())
  }

  test('a transaction that stays open keeps nothing from being delivered', async (t) => {
    t.diagnostic(`BUSBAR_LOAD_SECONDS=${settings.loadSeconds}`)
    const { options, lives, start, ledger } = await cluster('snapshot')
    await Promise.all([start(), start()])
    const old = await connected('snapshot')
    await old.query('begin isolation level repeatable read')
    const eventsSeen = async () =>
      Number((await old.query('select count(*) as n from event')).rows[0].n)
    const seen = await eventsSeen()
    const since = now()

    await pause(settings.loadSeconds * 1_000)

    assert.equal(await eventsSeen(), seen, 'its snapshot is as old as it is')
    const { rows } = await old.query(
      `select pid, age(backend_xmin) as age from pg_stat_activity where pid = pg_backend_pid()`,
    )
    assert.ok(rows[0].age > 10, `transactions have gone by: ${rows[0].age}`)
    await end(lives)
    const last = await start(0)
    const kept = await keptAt(options)
    await end([last])
    await old.query('rollback')
    await old.end()
    const found = assertKept(ledger(), kept)
    const { puts, receipts } = ledger()
    const meanwhile = new Map(puts.filter((put) => put.putAt > since).map((put) => [put.id, put]))
    assert.ok(meanwhile.size > 100, `${meanwhile.size} were put meanwhile`)
    const took = receipts
      .filter(({ what, id }) => what === 'orders/all/book' && meanwhile.has(id))
      .map(({ id, at }) => (at - (meanwhile.get(id)?.putAt ?? at)) / microseconds)
    t.diagnostic(JSON.stringify({ ...found, transactions: rows[0].age, ms: percentiles(took) }))
  })

  test('rules hold on all nodes a second later, while nodes come and go', async (t) => {
    const { options, lives, start, ledger } = await cluster('rules', ruledNode)
    const [one, two] = await Promise.all([start(), start()])
    const asked = async (node: Node, command: Command) => {
      const line = JSON.stringify(command)
      const askedAt = now()
      node.say(line)
      await until(
        () => node.said().includes(`,${line}`),
        () => `${line}: ${node.output()}`,
        limitMs,
      )
      assert.ok(node.said().includes(`obeyed,${line}\n`), node.said().slice(-500))
      return { askedAt, doneAt: now() }
    }
    type Moments = Awaited<ReturnType<typeof asked>>
    const rules: { name: string; put: Moments; removed?: Moments }[] = []
    const put = async (node: Node, name: string) => {
      const rule = { name, put: await asked(node, { put: name }) }
      rules.push(rule)
      return rule as (typeof rules)[number]
    }
    const share = (settings.loadSeconds * 1_000) / 3
    await put(one, 'always')
    const first = await put(one, 'first')
    const three = await start()
    await pause(1_000 + share)
    const second = await put(three, 'second')
    first.removed = await asked(two, { remove: 'first' })
    await end([one])
    await pause(1_000 + share)
    await start()
    second.removed = await asked(two, { remove: 'second' })
    await put(two, 'third')
    await pause(1_000 + share)
    await end(lives.filter((life) => !life.isOver()))
    const last = await start(0)
    await keptAt(options)
    await end([last])

    const came = new Map<string, number>()
    const { puts, receipts } = ledger()
    for (const { what, id } of receipts)
      came.set(`${what} ${id}`, (came.get(`${what} ${id}`) ?? 0) + 1)
    const answered = new Map(
      lives.flatMap((life) =>
        [...life.said().matchAll(/^put,\d+,([^,]+),\d+,(\d+)$/gm)].map(
          ([, id = '', at]) => [id, Number(at)] as const,
        ),
      ),
    )
    const aSecond = 1_000 * microseconds
    const counts = { puts: puts.length, must: 0, mustNot: 0, lost: 0, unexpected: 0, copies: 0 }
    for (const { id, putAt } of puts)
      for (const rule of rules) {
        const copies = came.get(`${rule.name} ${id}`) ?? 0
        counts.copies += Math.max(0, copies - 1)
        const answeredAt = answered.get(id) ?? Number.POSITIVE_INFINITY
        const isBeforeEnd = answeredAt < (rule.removed?.askedAt ?? Number.POSITIVE_INFINITY)
        if (putAt > rule.put.doneAt + aSecond && isBeforeEnd) {
          counts.must++
          if (copies === 0) counts.lost++
        } else if (
          answeredAt < rule.put.askedAt ||
          putAt > (rule.removed?.doneAt ?? Number.POSITIVE_INFINITY) + aSecond
        ) {
          counts.mustNot++
          if (copies > 0) counts.unexpected++
        }
      }
    t.diagnostic(JSON.stringify(counts))
    assert.ok(counts.must > 100 && counts.mustNot > 100, 'enough was put for each')
    assert.deepEqual([counts.lost, counts.unexpected], [0, 0])
  })
})
