/** The subscriptions of topics in SQLite. */
import { compile } from '@busbar/event-pattern'
import type { Engine } from '../../engine/engine.ts'
import type { Subscriptions } from '../../ports.ts'
import { oneEndpoint, type Subscription } from '../../subscription.ts'
import {
  changeOf,
  subscriptionStatements as statements,
  subscriptionOf as subscription,
} from '../../subscription-statements.ts'
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
  const change = db.prepare(statements.change)
  const remove = db.prepare(statements.remove)
  const forget = db.prepare(`
    delete from subscription where id in (
      select id from subscription where status = 'pending' and requested_at < ?
      order by requested_at limit 10)`)
  const ofEndpoint = db.prepare(`
    select * from subscription where protocol = ? and endpoint = ? collate nocase order by id`)
  const suppress = db.prepare(
    'insert or ignore into suppressed_endpoint (protocol, endpoint) values (?, ?)',
  )
  const suppressed = db.prepare(
    'select 1 from suppressed_endpoint where protocol = ? and endpoint = ?',
  )
  const release = db.prepare('delete from suppressed_endpoint where protocol = ? and endpoint = ?')
  const policies = db.prepare(`
    select distinct filter_policy from subscription
    where topic = ? and protocol = ? and status = 'confirmed'`)
  const withPolicy = db.prepare(`
    select id from subscription
    where topic = ? and protocol = ? and filter_policy = ? and id > ? and status = 'confirmed'
    order by id limit ?`)
  const count = db.prepare(`
    select count(*) as count from subscription
    where topic = ? and protocol = ? and filter_policy = ? and status = 'confirmed'`)

  const all = (protocol: Subscription['protocol'], endpoint: string): readonly Subscription[] =>
    ofEndpoint
      .all(protocol, endpoint)
      .map((row) => subscription(row) as Subscription)
      .filter((one) => oneEndpoint(protocol, one.endpoint) === oneEndpoint(protocol, endpoint))

  return {
    async subscribe(wanted, announce) {
      const { id, topic, protocol, endpoint, requestedAt, confirmToken, unsubscribeToken } = wanted
      compile(wanted.filterPolicy) // one that is refused here would stop its topic for everybody
      const policy = JSON.stringify(wanted.filterPolicy)
      const tooOld = new Date(Date.parse(requestedAt) - confirmWithin).toISOString()
      await transact((_tx, append) => {
        forget.run(tooOld) // addresses that nobody confirmed are not kept
        const known = subscription(same.get(topic, protocol, endpoint, policy))
        if (suppressed.get(protocol, endpoint)) return
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
        const isNew = found.status === 'pending'
        if (isNew) confirm.run(found.id)
        return { subscription: { ...found, status: 'confirmed' as const }, isNew }
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
    async ofEndpoint(protocol, endpoint) {
      return all(protocol, endpoint)
    },

    change: (id, changed, announce) =>
      transact((_tx, append) => {
        const found = subscription(byId.get(id))
        const changes = found && changed(found)
        if (!changes) return found
        const one = { ...found, ...changes }
        change.run(...changeOf(one))
        for (const entry of announce) append(`${name}.outbox`, entry)
        return one
      }),

    suppress: (protocol, endpoint) =>
      transact(() => {
        for (const { id } of all(protocol, endpoint)) remove.run(id)
        suppress.run(protocol, endpoint)
      }),
    async isSuppressed(protocol, endpoint) {
      return suppressed.get(protocol, endpoint) !== undefined
    },
    erase: (protocol, endpoint) =>
      transact(() => {
        for (const { id } of all(protocol, endpoint)) remove.run(id)
        release.run(protocol, endpoint)
      }),

    async filterPolicies(topic, protocol) {
      return policies.all(topic, protocol).map((row) => JSON.parse(String(row.filter_policy)))
    },
    async withFilterPolicy(topic, protocol, policy, after, limit) {
      return withPolicy
        .all(topic, protocol, JSON.stringify(policy), after, limit)
        .map(({ id }) => String(id))
    },
    async count(topic, protocol, policy) {
      return Number(count.get(topic, protocol, JSON.stringify(policy))?.count)
    },
  }
}
