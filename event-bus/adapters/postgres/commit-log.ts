/**
 * The log of a bus in the order in which its events were committed, whichever node put them. Ids do not
 * tell that order: clocks differ, and the event with the lower id may be committed later, when a reader has
 * gone past it. Here an event is given its place at the end of its transaction, under a lock that is let go
 * when it can be read: behind a place that can be read there is none that cannot, and what was written
 * under the lock of a row stands in the order in which that row was written.
 */
import type { Pool } from 'pg'
import { suffixOf } from '../../engine/event-id.ts'
import type { EventBridgeEvent } from '../../event.ts'
import type { EventLog } from '../../ports.ts'
import { type Database, migrate } from './database.ts'
import { patiently } from './patience.ts'
import { asked } from './questions.ts'
import { stored } from './texts.ts'

/**
 * The trigger waits for the commit and not for the insert: a process that is stopped inside its transaction
 * holds up nobody. Places have no holes, so a reader sees by itself that something is gone.
 */
const tables = `
  create table place (
    bus text collate "C" not null, place bigint not null, event bigint not null, primary key (bus, place)
  );
  create index place_event on place (event);
  create function place_event_1() returns trigger language plpgsql as $$
  begin
    perform pg_advisory_xact_lock(hashtextextended('place ' || tg_table_schema, 2));
    insert into place (bus, place, event) select new.bus, coalesce(
      (select place from place where bus = new.bus order by place desc limit 1), 0) + 1, new.id;
    return null;
  end $$;
  -- With the event goes its place, but never the last one: the next goes on from there.
  create function forget_place_1() returns trigger language plpgsql as $$
  begin
    delete from place where event = old.id and place < (
      select place from place where bus = old.bus order by place desc limit 1);
    return null;
  end $$;
`

/** Events of the bus have places from here on. Several nodes may do so at the same time. */
export async function placeEvents(database: Pick<Database, 'connect'>, bus: string): Promise<void> {
  await migrate(database, 'commit-log', [tables])
  await patiently(async () => {
    const client = await database.connect()
    try {
      await client.query('begin')
      // Whose tables are made in the meantime locks the same ones in another order.
      await client.query(
        `select pg_advisory_xact_lock(hashtextextended('busbar days ' || current_schema(), 0))`,
      )
      const name = `place_${stored(bus)}`
      const { rows } = await client.query(
        `select from pg_trigger where tgname = $1 and tgrelid = 'event'::regclass`,
        [name],
      )
      if (rows.length === 0)
        await client.query(
          triggers(client.escapeIdentifier, client.escapeLiteral(stored(bus)), name),
        )
      await client.query('commit')
    } finally {
      await client.end()
    }
  })
}

const triggers = (quoted: (name: string) => string, bus: string, name: string): string => `
  create constraint trigger ${quoted(name)} after insert on event deferrable initially deferred
    for each row when (new.bus = ${bus}) execute function place_event_1();
  create trigger ${quoted(`forget_${name}`)} after delete on event
    for each row when (old.bus = ${bus}) execute function forget_place_1();`

const statements = {
  head: 'select place from place where bus = $1 order by place desc limit 1',
  after: `
    select place, text from (
      select place, event from place where bus = $1 and place > $2 order by place limit $3) next
      left join event on id = event order by place`,
  tail: `
    select place, text from (
      select place, text, sum(length(text)) over (order by place desc) - length(text) as before from (
        select place, event from place where bus = $1 order by place desc limit $2) newest
        join event on id = event) each
      where before < $3 order by place desc`,
} as const

/** Wide enough for any place, so that cursors sort as their places do. */
const digits = 16

/** The log of a bus whose events have places. Its cursors, and so its ids, are places on all nodes. */
export function commitLog(pool: Pool, bus: string, secret: string): EventLog {
  const suffix = suffixOf(secret)
  const cursorOf = (place: number): string => `${String(place).padStart(digits, '0')}-${suffix}`
  const form = new RegExp(`^(\\d{${digits}})-${suffix}$`)
  const placeOf = (cursor: string): number => Number(form.exec(cursor)?.[1] ?? Number.NaN)
  const key = stored(bus)

  async function ask(name: keyof typeof statements, ...values: readonly unknown[]) {
    const query = { name: `log_${name}`, text: statements[name], values: [key, ...values] }
    const { rows } = await asked(
      pool.query<{ readonly place: string; readonly text: string | null }>(query),
    )
    return rows.map(({ place, text }) => ({ place: Number(place), text }))
  }
  const head = async (): Promise<number> => (await ask('head'))[0]?.place ?? 0
  const eventOf = (place: number, text: string): EventBridgeEvent => ({
    ...JSON.parse(text),
    id: cursorOf(place),
  })

  return {
    head: async () => cursorOf(await head()),
    async after(cursor, limit) {
      const place = placeOf(cursor)
      if (Number.isNaN(place)) return null
      const rows = await ask('after', place, limit)
      // Where nothing comes next, the place may be of a time before the database was restored.
      if (rows.length === 0) return place <= (await head()) ? [] : null
      const events: EventBridgeEvent[] = []
      for (const [at, row] of rows.entries()) {
        if (row.place !== place + 1 + at || row.text === null) return null
        events.push(eventOf(row.place, row.text))
      }
      return events
    },
    async tail(limit, bytes) {
      const events: EventBridgeEvent[] = []
      let last: number | null = null
      for (const { place, text } of await ask('tail', limit, bytes)) {
        if (text === null || (last !== null && place !== last - 1)) break
        last = place
        events.push(eventOf(place, text))
      }
      return events.reverse()
    },
  }
}
