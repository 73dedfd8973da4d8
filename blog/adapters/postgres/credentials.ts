/** What lets authors in, in PostgreSQL, for all nodes of a cluster. */
import type { Engine } from '@busbar/event-bus'
import type { Database } from '@busbar/event-bus/adapters/postgres/database'
import { claim, patiently } from '@busbar/event-bus/adapters/postgres/patience'
import { numbered, questions } from '@busbar/event-bus/adapters/postgres/questions'
import type { PostgresTx } from '@busbar/event-bus/adapters/postgres/store'
import type { Credential } from '../../credential.ts'
import { credentialOf, credentialStatements, credentialValues } from '../../credential-rows.ts'
import type { Credentials } from '../../ports.ts'

const { insert, ...shared } = numbered(credentialStatements)
const statements = {
  ...shared,
  insert: `${insert} returning hash`,
  forget: `delete from credential where hash in (
    select hash from credential where expires_at <= $1 order by expires_at limit 10
      for update skip locked)`,
} as const

/** Its events go to the stream `<name>.outbox`. */
export function postgresCredentials(
  { pool }: Pick<Database, 'pool'>,
  engine: Pick<Engine<PostgresTx>, 'transact'>,
  name: string,
): Credentials {
  const { ask, askIn } = questions(pool, 'credential', statements)
  /** One at a time for an author, and for a secret. */
  const transact = <T>(
    claims: readonly string[],
    work: Parameters<typeof engine.transact<T>>[0],
  ): Promise<T> =>
    patiently(() =>
      engine.transact<T>(async (tx, append) => {
        for (const each of claims) await claim(tx, `credential ${each}`)
        return work(tx, append)
      }),
    )

  return {
    keep: (credential, announce, most) =>
      transact([credential.author, credential.hash], async (tx, append) => {
        const { author, kind, createdAt } = credential
        await askIn(tx, 'forget', createdAt)
        const known = most === undefined ? [] : await askIn(tx, 'of', author, kind, createdAt)
        if (most !== undefined && known.length >= most) return false
        const { length } = await askIn(tx, 'insert', ...credentialValues(credential))
        if (length === 0) return false
        for (const entry of announce) append(`${name}.outbox`, entry)
        return true
      }),
    find: async (kind, hash, now) => credentialOf((await ask('find', hash, kind, iso(now)))[0]),
    take: (kind, hash, now) =>
      transact([hash], async (tx) =>
        credentialOf((await askIn(tx, 'take', hash, kind, iso(now)))[0]),
      ),
    async of(author, kind, now) {
      const rows = await ask('of', author, kind, iso(now))
      return rows.map((row) => credentialOf(row) as Credential)
    },
    remove: (author, kind, hash) =>
      transact([author, hash], async (tx) => void (await askIn(tx, 'remove', author, kind, hash))),
    removeAll: (author, kind) =>
      transact([author], async (tx) => void (await askIn(tx, 'removeAll', author, kind))),
  }
}

const iso = (now: Date): string => now.toISOString()
