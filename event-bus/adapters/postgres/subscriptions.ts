/** The subscriptions of topics in PostgreSQL, one table for all nodes. */
import { compile } from '@busbar/event-pattern'
import type { Engine } from '../../engine/engine.ts'
import type { Subscriptions } from '../../ports.ts'
import { oneEndpoint, type Subscription } from '../../subscription.ts'
import {
  changeOf,
  subscriptionOf as subscription,
  subscriptionStatements,
} from '../../subscription-statements.ts'
import { type Database, migrate } from './database.ts'
import { claim, patiently } from './patience.ts'
import { numbered, questions, type Row } from './questions.ts'
import type { PostgresTx } from './writer.ts'

const minute = 60_000
const confirmWithin = 48 * 60 * minute
const mostPending = 5

/** Policies are found by a hash: an index takes no text of more than 2,700 bytes. */
const migrations = [
  `
  create table subscription (
    id text collate "C" primary key, topic text collate "C" not null, protocol text collate "C" not null,
    endpoint text collate "C" not null, filter_policy text collate "C" not null,
    status text collate "C" not null, requested_at text collate "C" not null,
    confirm_token text collate "C" not null unique, unsubscribe_token text collate "C" not null unique
  );
  create index subscription_endpoint on subscription (protocol, md5(lower(endpoint)));
  create index subscription_confirmed on subscription (topic, protocol, md5(filter_policy), id)
    where status = 'confirmed';
  create index subscription_pending on subscription (requested_at) where status = 'pending';
  `,
  `
  alter table subscription add column key_version integer, add column key_rotated_at text collate "C",
    add column reminded_at text collate "C";
  create table suppressed_endpoint (
    protocol text collate "C", endpoint text collate "C", primary key (protocol, endpoint)
  );
  `,
]

/** The collation "C" knows no letters but those of ASCII. */
const ofEndpoint = 'protocol = $1 and md5(lower(endpoint)) = md5(lower($2 collate "C"))'
const confirmedOf = `topic = $1 and protocol = $2 and status = 'confirmed'`
const { byConfirmToken, byUnsubscribeToken, byId, ...shared } = numbered(subscriptionStatements)
const statements = {
  ...{ ...shared, byConfirmToken, byUnsubscribeToken, byId },
  toConfirm: `${byConfirmToken} for update nowait`,
  toUnsubscribe: `${byUnsubscribeToken} for update nowait`,
  toChange: `${byId} for update nowait`,
  ofEndpoint: `select * from subscription where ${ofEndpoint} order by id`,
  toEnd: `select * from subscription where ${ofEndpoint} order by id for update nowait`,
  suppress: `insert into suppressed_endpoint (protocol, endpoint)
    values ($1, lower($2 collate "C")) on conflict do nothing`,
  suppressed: `select 1 from suppressed_endpoint
    where protocol = $1 and endpoint = lower($2 collate "C")`,
  release: `delete from suppressed_endpoint
    where protocol = $1 and endpoint = lower($2 collate "C")`,
  same: `select * from subscription
    where ${ofEndpoint} and endpoint = $2 and topic = $3 and filter_policy = $4`,
  pending: `select count(*) as count from subscription
    where ${ofEndpoint} and status = 'pending' and requested_at >= $3`,
  forget: `delete from subscription where id in (
    select id from subscription where status = 'pending' and requested_at < $1
      order by requested_at limit 10 for update skip locked)`,
  // A step of the index for each policy, however many readers have it.
  policies: `
    with recursive policy (hash, filter_policy) as (
      (select md5(filter_policy), filter_policy from subscription where ${confirmedOf}
        order by md5(filter_policy) limit 1)
      union all
      select next.* from policy cross join lateral (
        select md5(s.filter_policy), s.filter_policy from subscription s
          where ${confirmedOf} and md5(s.filter_policy) > policy.hash
          order by md5(s.filter_policy) limit 1) next)
    select filter_policy from policy`,
  withPolicy: `select id from subscription
    where ${confirmedOf} and md5(filter_policy) = md5($3) and filter_policy = $3 and id > $4
    order by id limit $5`,
  count: `select count(*) as count from subscription
    where ${confirmedOf} and md5(filter_policy) = md5($3) and filter_policy = $3`,
} as const

/** Its events go to the stream `<name>.outbox`. Brings its table up to date. */
export async function postgresSubscriptions(
  database: Pick<Database, 'pool' | 'connect'>,
  engine: Pick<Engine<PostgresTx>, 'transact'>,
  name: string,
): Promise<Subscriptions> {
  await migrate(database, 'subscriptions', migrations)
  const transact: Engine<PostgresTx>['transact'] = (work) =>
    patiently(() => engine.transact(async (tx, append) => work(tx, append)))
  const { ask, askIn } = questions(database.pool, 'subscription', statements)

  const own = (protocol: Subscription['protocol'], endpoint: string) => (row: Row) => {
    const one = subscription(row) as Subscription
    return oneEndpoint(protocol, one.endpoint) === oneEndpoint(protocol, endpoint) ? [one] : []
  }
  /** What is there already of an endpoint, no other node may change until the commit. */
  const claimed = (tx: PostgresTx, protocol: string, endpoint: string) =>
    claim(tx, `subscription ${protocol} ${endpoint.toLowerCase()}`)
  const end = (
    protocol: Subscription['protocol'],
    endpoint: string,
    then: 'suppress' | 'release',
  ) =>
    transact(async (tx) => {
      await claimed(tx, protocol, endpoint)
      const rows = await askIn(tx, 'toEnd', protocol, endpoint)
      for (const { id } of rows.flatMap(own(protocol, endpoint))) await askIn(tx, 'remove', id)
      await askIn(tx, then, protocol, endpoint)
    })

  return {
    async subscribe(wanted, announce) {
      const { id, topic, protocol, endpoint, requestedAt, confirmToken, unsubscribeToken } = wanted
      compile(wanted.filterPolicy) // one that is refused here would stop its topic for everybody
      const policy = JSON.stringify(wanted.filterPolicy)
      const tooOld = new Date(Date.parse(requestedAt) - confirmWithin).toISOString()
      await transact(async (tx, append) => {
        await claimed(tx, protocol, endpoint)
        await askIn(tx, 'forget', tooOld) // addresses that nobody confirmed are not kept
        const known = subscription((await askIn(tx, 'same', protocol, endpoint, topic, policy))[0])
        if ((await askIn(tx, 'suppressed', protocol, endpoint)).length > 0) return
        if (!known) {
          const [pending] = await askIn(tx, 'pending', protocol, endpoint, tooOld)
          if (Number(pending?.count) >= mostPending) return
          const row = [id, topic, protocol, endpoint, policy, requestedAt]
          await askIn(tx, 'insert', ...row, confirmToken, unsubscribeToken)
        } else if (
          known.status === 'pending' &&
          Date.parse(requestedAt) - Date.parse(known.requestedAt) >= minute
        )
          await askIn(tx, 'renew', requestedAt, confirmToken, known.id)
        else return
        for (const entry of announce(known?.id ?? id)) append(`${name}.outbox`, entry)
      })
    },

    confirm: (token, now) =>
      transact(async (tx) => {
        const found = subscription((await askIn(tx, 'toConfirm', token))[0])
        if (!found) return null
        const age = now.getTime() - Date.parse(found.requestedAt)
        if (found.status === 'pending' && age > confirmWithin) return null
        const isNew = found.status === 'pending'
        if (isNew) await askIn(tx, 'confirm', found.id)
        return { subscription: { ...found, status: 'confirmed' as const }, isNew }
      }),

    unsubscribe: (token) =>
      transact(async (tx) => {
        const found = subscription((await askIn(tx, 'toUnsubscribe', token))[0])
        if (found) await askIn(tx, 'remove', found.id)
        return found
      }),

    find: async (id) => subscription((await ask('byId', id))[0]),
    findByUnsubscribeToken: async (token) =>
      subscription((await ask('byUnsubscribeToken', token))[0]),
    ofEndpoint: async (protocol, endpoint) =>
      (await ask('ofEndpoint', protocol, endpoint)).flatMap(own(protocol, endpoint)),

    change: (id, changed, announce) =>
      transact(async (tx, append) => {
        const found = subscription((await askIn(tx, 'toChange', id))[0])
        const changes = found && changed(found)
        if (!changes) return found
        const one = { ...found, ...changes }
        await askIn(tx, 'change', ...changeOf(one))
        for (const entry of announce) append(`${name}.outbox`, entry)
        return one
      }),

    suppress: (protocol, endpoint) => end(protocol, endpoint, 'suppress'),
    isSuppressed: async (protocol, endpoint) =>
      (await ask('suppressed', protocol, endpoint)).length > 0,
    erase: (protocol, endpoint) => end(protocol, endpoint, 'release'),

    async filterPolicies(topic, protocol) {
      const rows = await ask('policies', topic, protocol)
      return rows.map((row) => JSON.parse(String(row.filter_policy)))
    },
    async withFilterPolicy(topic, protocol, policy, after, limit) {
      const values = [topic, protocol, JSON.stringify(policy), after, limit]
      return (await ask('withPolicy', ...values)).map(({ id }) => String(id))
    },
    async count(topic, protocol, policy) {
      return Number((await ask('count', topic, protocol, JSON.stringify(policy)))[0]?.count)
    },
  }
}
