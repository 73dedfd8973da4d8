/** What PostgreSQL tells of itself to anybody: dead rows, the oldest transaction, what is overdue, who is there. */
import type { Pool } from 'pg'
import type { Health } from '../../health.ts'
import type { Membership } from './membership.ts'
import { told } from './texts.ts'

/** Whose sessions they are is seen of the same role only, unless it is a member of pg_monitor. */
const health = `
  select now_ms_1() as now, (select min(event) from delivery) as oldest,
    (select json_agg(json_build_array(target, due)) from next_of_each_1() where due <= $1) as overdue,
    (select json_build_object('name', name, 'ms', ms) from (
      select 'pid ' || pid || coalesce(' (' || nullif(application_name, '') || ')', '') as name, xact_start as since
        from pg_stat_activity
        where backend_type = 'client backend' and datname = current_database() and xact_start is not null
          and pid <> pg_backend_pid() and (backend_xid is not null or backend_xmin is not null)
      union all
      select 'prepared ' || gid, prepared from pg_prepared_xacts where database = current_database()
    ) each cross join lateral (
      select floor(extract(epoch from clock_timestamp() - since) * 1000)::bigint as ms) age
      order by ms desc limit 1) as transaction,
    (select json_agg(json_build_object('name', name, 'bytes', bytes, 'rows', live, 'deadRows', dead)) from (
      select relname as name, pg_total_relation_size(relid) as bytes, n_live_tup as live, n_dead_tup as dead
        from pg_stat_user_tables
        where schemaname = current_schema()
          and relname in ('delivery', 'plan', 'dead_letter', 'setting', 'fence', 'node')
      union all
      select 'event', coalesce(sum(pg_total_relation_size(relid)), 0), coalesce(sum(n_live_tup), 0),
          coalesce(sum(n_dead_tup), 0)
        from pg_inherits join pg_stat_user_tables on relid = inhrelid
        where inhparent = 'event'::regclass
      order by name) each) as parts`

export async function healthOf(
  pool: Pick<Pool, 'query'>,
  membership: Pick<Membership, 'node' | 'nodes' | 'deadMs' | 'silentMs'>,
  now: number,
): Promise<Health> {
  const { rows } = await pool.query({ name: 'health', text: health, values: [now] })
  const [row] = rows
  const overdue: [target: string, due: number][] = row.overdue ?? []
  return {
    parts: row.parts,
    oldestEvent: row.oldest === null ? null : Number(row.oldest),
    overdue: overdue.map(([target, due]) => [told(target), due]),
    oldestTransaction: row.transaction,
    cluster: {
      now: Number(row.now),
      deadMs: membership.deadMs,
      nodes: membership.nodes.map(({ epoch, number, address }) => ({
        ...{ epoch, number, address, silentMs: membership.silentMs(epoch) },
        isThis: epoch === membership.node.epoch,
      })),
    },
  }
}
