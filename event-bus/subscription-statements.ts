/**
 * What is asked of subscriptions in SQLite and PostgreSQL in the same words, and how a row is read.
 * `?` is the next value.
 */
import type { Subscription } from './subscription.ts'

export const subscriptionStatements = {
  insert: `
    insert into subscription (id, topic, protocol, endpoint, filter_policy, status, requested_at,
      confirm_token, unsubscribe_token)
    values (?, ?, ?, ?, ?, 'pending', ?, ?, ?)`,
  renew: 'update subscription set requested_at = ?, confirm_token = ? where id = ?',
  byConfirmToken: 'select * from subscription where confirm_token = ?',
  byUnsubscribeToken: 'select * from subscription where unsubscribe_token = ?',
  byId: 'select * from subscription where id = ?',
  confirm: `update subscription set status = 'confirmed' where id = ?`,
  change: `
    update subscription set key_version = ?, key_rotated_at = ?, reminded_at = ? where id = ?`,
  remove: 'delete from subscription where id = ?',
} as const

/** The values of `change`. */
export const changeOf = ({ id, key, remindedAt }: Subscription) =>
  [key?.version ?? null, key?.rotatedAt ?? null, remindedAt ?? null, id] as const

export function subscriptionOf(
  row: Readonly<Record<string, unknown>> | undefined,
): Subscription | null {
  if (!row) return null
  const { key_version: version, key_rotated_at: rotatedAt, reminded_at: remindedAt } = row
  return {
    id: String(row.id),
    topic: String(row.topic),
    protocol: row.protocol as Subscription['protocol'],
    endpoint: String(row.endpoint),
    filterPolicy: JSON.parse(String(row.filter_policy)),
    status: row.status as Subscription['status'],
    requestedAt: String(row.requested_at),
    confirmToken: String(row.confirm_token),
    unsubscribeToken: String(row.unsubscribe_token),
    ...(version !== null && { key: { version: Number(version), rotatedAt: String(rotatedAt) } }),
    ...(remindedAt !== null && { remindedAt: String(remindedAt) }),
  }
}
