/**
 * PostgreSQL for the bus and for the tables of the application beside it: what a connection is set to, what a
 * server must not be set to, and how tables come up to date.
 */
import process from 'node:process'
import { Client, type ClientBase, type ClientConfig, Pool } from 'pg'

export interface DatabaseOptions {
  /** `postgres://user:password@host:5432/database`; what it leaves out comes from PGHOST and the like. */
  readonly url: string
  /** Where the tables are; made when it is not there. */
  readonly schema?: string
  /** Refuses to start where the loss of one machine of the database may lose what was acknowledged. */
  readonly requireStandby?: boolean
  /** How long an answer of the server may take before the connection is taken for dead. */
  readonly answerMs?: number
}

export interface Database {
  /** For what is asked: a few connections, one for each question. */
  readonly pool: Pool
  /**
   * Another connection, for whoever needs one of its own. Rejects when none can be had now. What is asked over
   * it fails when no answer has come in twice `answerMs`, unless whoever asks is patient.
   */
  connect(options?: { readonly isPatient?: boolean }): Promise<Client>
  readonly answerMs: number
  close(): Promise<void>
}

const readers = 4
const connectMs = 5_000
/** Nothing that the bus does waits longer for a lock. */
const lockMs = 10_000
/** Or keeps one without doing anything: a node that was stopped within a commit lets go of what it held. */
const idleInTransactionMs = 5_000
/** How long a connection that is given up may take to end: the other end may be gone, and nobody has said so. */
const endMs = 1_000

class EndingClient extends Client {
  override end(): Promise<void>
  override end(ended: (error: Error) => void): void
  override end(ended?: (error: Error) => void): Promise<void> | undefined {
    const late = setTimeout(() => this.connection.stream.destroy(), endMs)
    this.once('end', () => clearTimeout(late))
    late.unref()
    return ended ? void super.end(ended) : super.end()
  }
}

/**
 * Connects. Rejects, saying what to do, when the server is not there or is set so that it loses what it
 * has acknowledged.
 */
export async function openDatabase({
  url,
  schema = 'public',
  requireStandby = false,
  answerMs = 10_000,
}: DatabaseOptions): Promise<Database> {
  const config: ClientConfig = {
    connectionString: url,
    application_name: `busbar ${process.pid}`,
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
  }
  const first = new EndingClient({ ...config, query_timeout: answerMs })
  first.on('error', ignore)
  try {
    await first.connect()
    await refuseForgetful(first, requireStandby)
    await createSchema(first, schema)
  } catch (cause) {
    throw unreachable(url, cause)
  } finally {
    await first.end().catch(ignore)
  }
  const settings = `
    set search_path = ${first.escapeIdentifier(schema)};
    set synchronous_commit = on;
    set lock_timeout = ${lockMs};
    set idle_in_transaction_session_timeout = ${idleInTransactionMs};
    set tcp_keepalives_idle = 10;
    set tcp_keepalives_interval = 5;
    set tcp_keepalives_count = 3;
    set tcp_user_timeout = '30s';
    set enable_seqscan = off;
    set enable_bitmapscan = off;
    set plan_cache_mode = force_generic_plan;
    set jit = off;
    set client_min_messages = warning;
    set timezone = 'UTC';`
  // The server lets go of a node that is cut off, with its locks and its place among max_connections.
  // Sequential scans are off because of what was measured: while an old snapshot was held open, rows that
  // were deleted stayed, the planner came to prefer the scan, and a cycle of 3 ms took 106. Bitmaps are off
  // because nothing here reads more than a page in the order of an index: of a million rows that wait, a
  // bitmap has all looked at (65 ms and not 4).
  const asked = { text: settings, query_timeout: answerMs }
  const set = async (client: ClientBase): Promise<void> => void (await client.query(asked))

  const pool = new Pool({
    ...{ ...config, max: readers, idleTimeoutMillis: 60_000, query_timeout: answerMs },
    onConnect: set,
    Client: EndingClient,
  })
  pool.on('error', ignore) // of a connection that nobody uses: the next question opens another
  return {
    pool,
    answerMs,
    async connect({ isPatient = false } = {}) {
      const client = new EndingClient({
        ...config,
        ...(!isPatient && { query_timeout: 2 * answerMs }),
      })
      client.on('error', ignore) // whoever waits for an answer is told
      try {
        await client.connect()
        await set(client)
        return client
      } catch (error) {
        void client.end().catch(ignore)
        throw error
      }
    },
    close: () => pool.end(),
  }
}

/** Nodes that start together may make it together, of which PostgreSQL tells all but one. */
async function createSchema(client: Client, name: string): Promise<void> {
  try {
    await client.query(`create schema if not exists ${client.escapeIdentifier(name)}`)
  } catch (error) {
    if ((error as { code?: string }).code !== '23505') throw error
  }
}

export const ignore = (): void => {}

/**
 * Ends what the server does for connections that were given up, by process id: it may not have noticed, and
 * holds locks for them.
 */
export async function endLost(client: Client, lost: Set<number>): Promise<void> {
  if (lost.size === 0) return
  const text = `select pg_terminate_backend(pid) from pg_stat_activity
    where pid = any ($1::integer[]) and usename = current_user and application_name like 'busbar %'`
  await client.query(text, [[...lost]])
  lost.clear()
}
/** To be noted when a connection is given up. */
export function noteLost(client: Client, lost: Set<number>): void {
  const { processID } = client as { processID?: number | null }
  if (processID) lost.add(processID)
}

function unreachable(url: string, cause: unknown): Error {
  if (cause instanceof Refused) return cause
  const why = cause instanceof Error ? cause.message : String(cause)
  return new Error(
    `PostgreSQL at ${withoutPassword(url)} cannot be used (${why || 'no answer'}). Start it, or set DATABASE_URL to one that runs.`,
    { cause },
  )
}

/** For messages. */
function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url)
    return `${parsed.protocol}//${parsed.host}${parsed.pathname}`
  } catch {
    return 'DATABASE_URL'
  }
}

class Refused extends Error {}

const oldestVersion = 150_000

async function refuseForgetful(client: Client, requireStandby: boolean): Promise<void> {
  const { rows } = await client.query(`
    select current_setting('server_version_num')::int as number, current_setting('server_version') as version,
      current_setting('fsync') as fsync, current_setting('full_page_writes') as pages,
      current_setting('synchronous_commit') as commit, current_setting('synchronous_standby_names') as standbys,
      current_setting('server_encoding') as encoding, pg_is_in_recovery() as standby`)
  const server = rows[0] as Record<string, string> & { number: number; standby: boolean }
  const refuse = (why: string): never => {
    throw new Refused(`DATABASE_URL: ${why}`)
  }
  if (server.number < oldestVersion)
    refuse(`the server is PostgreSQL ${server.version}. Busbar needs 15 or newer: update it.`)
  if (server.standby)
    refuse('the server is a standby and takes no writes. Name the primary, or promote this one.')
  if (server.encoding !== 'UTF8')
    refuse(`the database is encoded in ${server.encoding}. Create one with ENCODING 'UTF8'.`)
  for (const [name, value] of [
    ['fsync', server.fsync],
    ['full_page_writes', server.pages],
  ])
    if (value !== 'on')
      refuse(
        `the server has ${name} = ${value}: a power cut may lose or damage all of it. Set ${name} = on in postgresql.conf and reload it.`,
      )
  if (server.commit === 'off')
    refuse(
      'the server has synchronous_commit = off: it acknowledges what a crash loses. Set synchronous_commit = on for this server, database and role.',
    )
  if (requireStandby && (server.standbys === '' || server.commit !== 'on'))
    refuse(
      `a synchronous standby is required and the server has synchronous_standby_names = '${server.standbys}', synchronous_commit = ${server.commit}: a failover may lose what was acknowledged. Set synchronous_standby_names = 'ANY 1 (…)' and synchronous_commit = on, or require none.`,
    )
}

/**
 * Brings the tables of a package up to date, step by step, each in a transaction of its own; one node
 * does so while the others wait. A step that has been released is never changed; the next one mends it.
 */
export async function migrate(
  database: Pick<Database, 'connect'>,
  name: string,
  steps: readonly string[],
): Promise<void> {
  const client = await database.connect({ isPatient: true })
  try {
    await client.query('set lock_timeout = 0')
    await client.query(
      `select pg_advisory_lock(hashtextextended('busbar ' || current_schema(), 0))`,
    )
    await client.query(`create table if not exists migration (
      package text not null, number integer not null, primary key (package, number))`)
    const { rows } = await client.query(
      'select coalesce(max(number), 0) as number from migration where package = $1',
      [name],
    )
    const done = Number(rows[0].number)
    if (done > steps.length)
      throw new Error(
        `The database's tables of ${name} are of version ${done}, this program knows ${steps.length}. Update the program, or set DATABASE_URL to another database.`,
      )
    for (const [index, step] of steps.entries()) {
      if (index < done) continue
      await client.query('begin')
      await client.query(step)
      await client.query('insert into migration (package, number) values ($1, $2)', [
        name,
        index + 1,
      ])
      await client.query('commit')
    }
  } finally {
    await client.end().catch(ignore) // which also lets go of the lock
  }
}
