/** The subscriptions of topics in SQLite. */
import { compile } from '@busbar/event-pattern'
import type { Engine } from '../../engine/engine.ts'
import type { Subscriptions } from '../../ports.ts'
import type { Subscription } from '../../subscription.ts'
import { subscriptionStatements as statements } from '../../subscription-statements.ts'
import type { SqliteTx } from './store.ts'

const minute = 60_000
const confirmWithin = 48 * 60 * minute
const mostPending = 5

/** Its events go to the stream `<name>.outbox`. */
export function sqliteSubscriptions(
  db: SqliteTx,
  { transact }: Pick<Engine<SqliteTx>, 'transact'>,
  name: string,
): Subscriptions {
  const same = db.prepare(`
    select * from subscription
    where topic = ? and protocol = ? and endpoint = ? and filter_policy = ?`)
  // Those that are too old count no more, also before `forget` has come to them.
  const pending = db.prepare(`
    select count(*) as count from subscription
    where protocol = ? and endpoint = ? collate nocase and status = 'pending'
      and requested_at >= ?`)
  const insert = db.prepare(statements.insert)
  const renew = db.prepare(statements.renew)
  const byConfirmToken = db.prepare(statements.byConfirmToken)
  const byUnsubscribeToken = db.prepare(statements.byUnsubscribeToken)
  const byId = db.prepare(statements.byId)
  const confirm = db.prepare(statements.confirm)
  const remove = db.prepare(statements.remove)
  const forget = db.prepare(`
    delete from subscription where id in (
      select id from subscription where status = 'pending' and requested_at < ?
      order by requested_at limit 10)`)
  const policies = db.prepare(`
    select distinct filter_policy from subscription
    where topic = ? and protocol = ? and status = 'confirmed'`)
  const withPolicy = db.prepare(`
    select id from subscription
    where topic = ? and protocol = ? and filter_policy = ? and id > ? and status = 'confirmed'
    order by id limit ?`)

  return {
    async subscribe(wanted, announce) {
      const { id, topic, protocol, endpoint, requestedAt, confirmToken, unsubscribeToken } = wanted
      compile(wanted.filterPolicy) // one that is refused here would stop its topic for everybody
      const policy = JSON.stringify(wanted.filterPolicy)
      const tooOld = new Date(Date.parse(requestedAt) - confirmWithin).toISOString()
      await transact((_tx, append) => {
        forget.run(tooOld) // addresses that nobody confirmed are not kept
        const known = subscription(same.get(topic, protocol, endpoint, policy))
        if (!known) {
          if (Number(pending.get(protocol, endpoint, tooOld)?.count) >= mostPending) return
          insert.run(
            ...([id, topic, protocol, endpoint, policy, requestedAt] as const),
            ...([confirmToken, unsubscribeToken] as const),
          )
        } else if (
          known.status === 'pending' &&
          Date.parse(requestedAt) - Date.parse(known.requestedAt) >= minute
        )
          renew.run(requestedAt, confirmToken, known.id)
        else return
        for (const entry of announce(known?.id ?? id)) append(`${name}.outbox`, entry)
      })
    },

    confirm: (token, now) =>
      transact(() => {
        const found = subscription(byConfirmToken.get(token))
        if (!found) return null
        const age = now.getTime() - Date.parse(found.requestedAt)
        if (found.status === 'pending' && age > confirmWithin) return null
        confirm.run(found.id)
        return { ...found, status: 'confirmed' as const }
      }),

    unsubscribe: (token) =>
      transact(() => {
        const found = subscription(byUnsubscribeToken.get(token))
        if (found) remove.run(found.id)
        return found
      }),

    async find(id) {
      return subscription(byId.get(id))
    },
    async findByUnsubscribeToken(token) {
      return subscription(byUnsubscribeToken.get(token))
    },
    async filterPolicies(topic, protocol) {
      return policies.all(topic, protocol).map((row) => JSON.parse(String(row.filter_policy)))
    },
    async withFilterPolicy(topic, protocol, policy, after, limit) {
      return withPolicy
        .all(topic, protocol, JSON.stringify(policy), after, limit)
        .map(({ id }) => String(id))
    },
  }
}

function subscription(row: Readonly<Record<string, unknown>> | undefined): Subscription | null {
  if (!row) return null
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
  }
}
