/** What lets authors in, in SQLite. */
import type { Engine } from '@busbar/event-bus'
import type { SqliteTx } from '@busbar/event-bus/adapters/sqlite/store'
import type { Credential } from '../../credential.ts'
import {
  credentialOf,
  credentialValues,
  credentialStatements as statements,
} from '../../credential-rows.ts'
import type { Credentials } from '../../ports.ts'

/** Its events go to the stream `<name>.outbox`. */
export function sqliteCredentials(
  db: SqliteTx,
  { transact }: Pick<Engine<SqliteTx>, 'transact'>,
  name: string,
): Credentials {
  const insert = db.prepare(statements.insert)
  const find = db.prepare(statements.find)
  const take = db.prepare(statements.take)
  const of = db.prepare(statements.of)
  const remove = db.prepare(statements.remove)
  const removeAll = db.prepare(statements.removeAll)
  const forget = db.prepare(`
    delete from credential where hash in (
      select hash from credential where expires_at <= ? order by expires_at limit 10)`)

  return {
    keep: (credential, announce, most) =>
      transact((_tx, append) => {
        const { author, kind, createdAt } = credential
        forget.run(createdAt)
        if (most !== undefined && of.all(author, kind, createdAt).length >= most) return false
        if (insert.run(...credentialValues(credential)).changes === 0) return false
        for (const entry of announce) append(`${name}.outbox`, entry)
        return true
      }),
    async find(kind, hash, now) {
      return credentialOf(find.get(hash, kind, now.toISOString()))
    },
    take: (kind, hash, now) =>
      transact(() => credentialOf(take.get(hash, kind, now.toISOString()))),
    async of(author, kind, now) {
      return of.all(author, kind, now.toISOString()).map((row) => credentialOf(row) as Credential)
    },
    remove: (author, kind, hash) => transact(() => void remove.run(author, kind, hash)),
    removeAll: (author, kind) => transact(() => void removeAll.run(author, kind)),
  }
}
