/** How what lets authors in stands in rows: what is asked of SQLite and PostgreSQL in the same words. */
import type { Credential } from './credential.ts'

export const credentialStatements = {
  insert: `
    insert into credential (hash, kind, author, name, hint, created_at, expires_at)
    values (?, ?, ?, ?, ?, ?, ?) on conflict (hash) do nothing`,
  find: `
    select * from credential where hash = ? and kind = ? and (expires_at is null or expires_at > ?)`,
  take: `
    delete from credential where hash = ? and kind = ? and (expires_at is null or expires_at > ?)
    returning *`,
  of: `
    select * from credential where author = ? and kind = ? and (expires_at is null or expires_at > ?)
    order by created_at desc`,
  remove: 'delete from credential where author = ? and kind = ? and hash = ?',
  removeAll: 'delete from credential where author = ? and kind = ?',
} as const

export const credentialValues = (one: Credential) =>
  [one.hash, one.kind, one.author, one.name, one.hint, one.createdAt, one.expiresAt] as const

export function credentialOf(
  row: Readonly<Record<string, unknown>> | undefined,
): Credential | null {
  if (!row) return null
  return {
    hash: String(row.hash),
    kind: row.kind as Credential['kind'],
    author: String(row.author),
    name: String(row.name),
    hint: String(row.hint),
    createdAt: String(row.created_at),
    expiresAt: row.expires_at === null ? null : String(row.expires_at),
  }
}
