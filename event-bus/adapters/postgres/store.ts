/** The bus's log, plans, deliveries and dead letters in PostgreSQL, for one node of a cluster. */
import { keyOf, type StoredDelivery, type WaitingDelivery } from '../../delivery.ts'
import type { EventRow, LogRow, Store } from '../../ports.ts'
import { behindAnother, type Row, storedRowStatements } from '../../stored-rows.ts'
import { type DatabaseOptions, migrate, openDatabase } from './database.ts'
import { deadLetters } from './dead-letters.ts'
import { healthOf } from './health.ts'
import { join, type MembershipOptions, type Node } from './membership.ts'
import { migrations, mostNodes } from './migrations.ts'
import { numbered } from './questions.ts'
import { counts, eventRow, logRow, planRow, settingRow, waiting } from './rows.ts'
import { stored } from './texts.ts'
import { type PostgresTx, writer } from './writer.ts'

export type { PostgresTx }

export interface PostgresStore extends Store<PostgresTx> {
  /** Those that live, as they were heard last. */
  nodes(): readonly Node[]
}

export type PostgresStoreOptions = DatabaseOptions & Omit<MembershipOptions, 'database'>

/**
 * Connects, brings the tables up to date, and joins the cluster. Rejects, saying what to do, when the server
 * is not there, may not be trusted, or has tables of a newer program.
 */
export async function postgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const database = await openDatabase(options)
  try {
    await migrate(database, 'event-bus', migrations)
    return await opened(options, database)
  } catch (error) {
    await database.close()
    throw error
  }
}

/** `owner <> 0` lets the planner see that an index of those serves, whatever the parameter is. */
const statements = {
  ...numbered(storedRowStatements),
  own: `select event, item, due from delivery where owner = $1 and owner <> 0 and target = $2 and due <= $3
    order by due, event, item`,
  claim: `
    with alive as materialized (select epoch from node where epoch = $1 for key share),
    free as (
      select target, event, item from delivery where owner = 0 and target = $2 and due <= $3
        and exists (select from alive)
        order by due, event, item limit $4 for update skip locked)
    update delivery d set owner = $1 from free
      where d.target = free.target and d.event = free.event and d.item = free.item
      returning d.*`,
  these: `
    select d.* from unnest($2::bigint[], $3::text[]) as key (event, item)
      join delivery d on d.target = $1 and d.event = key.event and d.item = key.item`,
  texts: `
    select id, text from (
      select id, text, sum(length(text)) over (order by at) - length(text) as before
        from unnest($1::bigint[]) with ordinality as key (event, at) join event on id = event) each
      where before < $2`,
  nextDue: `select least(
    (select min(due) from delivery where owner = 0 and target = $2 and due > $3 and due < $4),
    (select min(due) from delivery
      where owner = $1 and owner <> 0 and target = $2 and due > $3 and due < $4)) as due`,
  completeUpTo: 'select complete_up_to_1() as id',
  // Both of one snapshot: what is complete in it is there.
  events: `
    select id, text from event where bus = $1 and id > $2 and id <= (select complete_up_to_1())
      order by id limit $3`,
  tail: `
    select id, text from (
      select id, text, sum(length(text)) over (order by id desc) - length(text) as before
        from (select id, text from event where bus = $1 order by id desc limit $2) newest) each
      where before < $3 order by id`,
  oldest: `
    select id, bus, text, exists (select from delivery where event = id) as owed from (
      select id, bus, text, sum(length(text)) over (order by id) - length(text) as before
        from (select id, bus, text from event where id > $1 and id < $2 order by id limit $3) old) each
      where before < $4 order by id`,
  size: 'select sum(bytes) as bytes from fence',
  lastEvent: 'select greatest((select max(id) from event), marks_1()) as id',
  plans: 'select first, text from plan where owner = $1 order by first',
  settings: 'select kind, name, text from setting where text is not null',
  version: 'select version from settings_version',
} as const

async function opened(
  options: PostgresStoreOptions,
  database: Awaited<ReturnType<typeof openDatabase>>,
): Promise<PostgresStore> {
  const { pool } = database
  const secret = String(
    (await pool.query(`select value from meta where key = 'secret'`)).rows[0]?.value,
  )
  const { address, beatMs, deadMs } = options
  const membership = await join({
    database,
    ...(address !== undefined && { address }),
    ...(beatMs !== undefined && { beatMs }),
    ...(deadMs !== undefined && { deadMs }),
  })
  const { epoch, number } = membership.node
  const writes = writer(database, membership)

  async function ask(name: keyof typeof statements, ...values: unknown[]): Promise<readonly Row[]> {
    if (membership.ended) throw membership.ended
    return (await pool.query({ name, text: statements[name], values })).rows
  }

  /** What this node has in hand already and nobody attempts, and what it takes now. */
  async function claimed(
    target: string,
    now: number,
    limit: number,
    except: { has(key: number | string): boolean },
  ): Promise<readonly WaitingDelivery[]> {
    const key = stored(target)
    const [own, taken] = await Promise.all([
      ask('own', epoch, key, now),
      ask('claim', epoch, key, now, limit),
    ])
    const rows = taken.map(waiting)
    const known = new Set(rows.map(keyOf))
    const idle = own
      .map((row) => waiting({ ...nothingElse, ...row, target }))
      .filter((row) => !except.has(keyOf(row)) && !known.has(keyOf(row)))
      .slice(0, limit)
    if (idle.length > 0) {
      const events = idle.map(({ event }) => event)
      const items = idle.map(({ item }) => stored(item))
      rows.push(...(await ask('these', key, events, items)).map(waiting))
    }
    return rows
      .filter((row) => !except.has(keyOf(row)))
      .sort((a, b) => a.due - b.due || a.event - b.event || (a.item < b.item ? -1 : 1))
      .slice(0, limit)
  }

  return {
    secret,
    node: { number, of: mostNodes },
    nodes: () => membership.nodes,
    follow: membership.follow,
    commit: writes.commit,

    async recover() {
      const left = await membership.takeUp()
      const [last] = await ask('lastEvent')
      // Settings that are written meanwhile are heard of after that.
      const [version] = await ask('version')
      const settings = await ask('settings')
      membership.knows(Number(version?.version))
      const own = new Map((await ask('plans', epoch)).map(planRow).map((row) => [row.first, row]))
      for (const plan of left) own.set(plan.first, plan)
      return {
        lastEventId: Number(last?.id ?? 0),
        plans: [...own.values()],
        settings: settings.map(settingRow),
      }
    },

    async due(target, now, limit, bytes, except) {
      const rows = await claimed(target, now, limit, except)
      const events = new Set<number>()
      for (const { event, ownText } of rows) if (ownText === undefined) events.add(event)
      const texts = new Map<number, string>()
      if (events.size > 0)
        for (const row of await ask('texts', [...events], bytes)) {
          const { id, text } = logRow(row)
          texts.set(id, text)
        }
      const given: StoredDelivery[] = []
      const counted = new Set<number>()
      let read = 0
      for (const row of rows) {
        if (read >= bytes) break
        const text = row.ownText ?? texts.get(row.event) ?? null
        if (row.ownText !== undefined || !counted.has(row.event)) read += text?.length ?? 0
        if (row.ownText === undefined) counted.add(row.event)
        given.push({ ...row, text })
      }
      return given
    },
    async nextDue(target, now) {
      const [row] = await ask('nextDue', epoch, stored(target), now, behindAnother)
      return row?.due === null || row?.due === undefined ? null : Number(row.due)
    },
    async waits(target, atLeast = 1) {
      return (await ask('waits', stored(target), atLeast - 1)).length > 0
    },
    async completeUpTo() {
      const [row] = await ask('completeUpTo')
      return Number(row?.id ?? 0)
    },
    async events(bus, after, limit) {
      return (await ask('events', stored(bus), after, limit)).map(logRow)
    },
    async tail(bus, limit, bytes) {
      return (await ask('tail', stored(bus), limit, bytes)).map(logRow) as readonly LogRow[]
    },
    async oldest(after, below, limit, bytes) {
      const end = Math.min(below, Number.MAX_SAFE_INTEGER)
      const rows = await ask('oldest', after, end, limit, bytes)
      return rows.map((row) => ({
        ...eventRow(row),
        owed: row.owed === true,
      })) as readonly (EventRow & {
        readonly owed: boolean
      })[]
    },
    async size() {
      const [row] = await ask('size')
      return Number(row?.bytes ?? 0)
    },
    async health(now) {
      if (membership.ended) throw membership.ended
      return healthOf(pool, membership, now)
    },
    counts: async () => counts(await ask('waitingCounts'), await ask('deadCounts')),
    async failing(target, limit) {
      return (await ask('failing', stored(target), limit)).map(waiting)
    },
    ...deadLetters(pool),
    async close() {
      await writes.close()
      await membership.close()
      await database.close()
    },
  }
}

const nothingElse = {
  ...{ attempts: 0, error: null, progress: null, first_at: null, lane: null },
  ...{ own_text: null, since: null },
}
