/** The subscriptions of topics in DynamoDB. Each change of one is a transaction. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Subscription, Subscriptions } from '@busbar/event-bus'
import { compile } from '@busbar/event-pattern'
import { type OutboxOptions, outbox } from './outbox.ts'
import {
  asRead,
  confirmKey,
  confirmWithin,
  endpointKey,
  expiry,
  leadKeys,
  leads,
  minute,
  pendingIndex,
  policiesKey,
  policyIndex,
  rowKey,
  sameKey,
  subscriptionItem,
  subscriptionOf,
  unchanged,
  unsubscribeKey,
  waitingKey,
} from './subscription-item.ts'
import { dynamoTable, isConditionFailed, type Key, type Write } from './table.ts'

export interface DynamoSubscriptionsOptions extends OutboxOptions {
  /** The table's name. */
  readonly table: string
}

const mostPending = 5
/** Forgotten with each wish, as many as come, so that one never waits for many. */
const forgotten = 10
const attempts = 50

export function dynamoSubscriptions(
  client: DynamoDBClient,
  options: DynamoSubscriptionsOptions,
): Subscriptions {
  const table = dynamoTable(client, options.table)
  const announced = outbox(options)

  const find = async (id: unknown) =>
    typeof id === 'string' ? subscriptionOf(await table.get(rowKey(id))) : null
  const led = async (key: Key) => find((await table.get(key))?.id)
  async function byUnsubscribeToken(token: string): Promise<Subscription | null> {
    const found = await led(unsubscribeKey(token))
    return found?.unsubscribeToken === token ? found : null
  }

  /** Again from the first read, when somebody else has written in between. */
  async function undisturbed<Answer>(attempt: () => Promise<Answer>): Promise<Answer> {
    for (let left = attempts; ; left--)
      try {
        return await attempt()
      } catch (error) {
        if (!isConditionFailed(error) || left === 0) throw error
      }
  }

  /** The ids of those that wait for an endpoint, and how to write them anew. */
  async function waiting(
    one: Pick<Subscription, 'protocol' | 'endpoint' | 'requestedAt'>,
    tooOld = '',
  ) {
    const key = waitingKey(one)
    const item = await table.get(key)
    const isSuppressed = item?.suppressed === true
    const all = Object.entries((item?.waiting ?? {}) as Readonly<Record<string, string>>)
    const ids = new Map(all.filter(([, requestedAt]) => requestedAt >= tooOld))
    const write = (suppressed = isSuppressed): Write => {
      const last = [...ids.values()].sort().at(-1) ?? one.requestedAt
      return {
        put: {
          ...key,
          waiting: Object.fromEntries(ids),
          writes: Number(item?.writes ?? 0) + 1,
          ...(suppressed ? { suppressed } : { expiresAt: expiry(last) }),
        },
        when: item ? '#writes = :writes' : 'attribute_not_exists(pk)',
        values: { writes: item?.writes },
      }
    }
    return { ids, isSuppressed, write }
  }

  /** No longer among those that wait. */
  async function waitsNoMore(one: Subscription): Promise<readonly Write[]> {
    const { ids, write } = await waiting(one)
    return ids.delete(one.id) ? [write()] : []
  }

  const count = ({ topic, protocol, filterPolicy }: Subscription, by: 1 | -1): Write => {
    const policy = JSON.stringify(filterPolicy)
    return {
      update: { pk: policiesKey(topic, protocol), sk: policyIndex(topic, protocol, policy) },
      set: 'SET #policy = :policy ADD #confirmed :by',
      values: { policy, by },
    }
  }

  /** Addresses that nobody confirmed are not kept until DynamoDB comes to them. */
  async function forget(tooOld: string): Promise<void> {
    const old = await table.query({
      ...{ index: 'gsi1', pk: pendingIndex, before: tooOld, limit: forgotten },
    })
    await Promise.all(
      old.map(async (item) => {
        const one = subscriptionOf(item) as Subscription
        const row: Write = { delete: rowKey(one.id), ...unchanged(one) }
        try {
          await table.write([row, ...leadKeys(one).map((key) => ({ delete: key }))])
        } catch (error) {
          if (!isConditionFailed(error)) throw error // renewed, confirmed or forgotten meanwhile
        }
      }),
    )
  }

  const end = (asked: () => Promise<Subscription | null>): Promise<Subscription | null> =>
    undisturbed(async () => {
      const found = await asked()
      if (!found) return null
      await table.write([
        { delete: rowKey(found.id), ...unchanged(found) },
        ...leadKeys(found).map((key) => ({ delete: key })),
        ...(found.status === 'confirmed' ? [count(found, -1)] : await waitsNoMore(found)),
      ])
      return found
    })

  type OfEndpoint = Subscriptions['ofEndpoint']
  const ofEndpoint: OfEndpoint = async (protocol, endpoint) => {
    const led = await table.query({ pk: endpointKey(protocol, endpoint) })
    const found = await Promise.all(led.map(({ id }) => find(id)))
    return found.filter((one) => one !== null)
  }
  /** One after the other: each is a transaction of its own, and most endpoints have few. */
  async function endAll(...[protocol, endpoint]: Parameters<OfEndpoint>): Promise<void> {
    for (const { id } of await ofEndpoint(protocol, endpoint)) await end(() => find(id))
  }

  return {
    async subscribe(wanted, announce) {
      compile(wanted.filterPolicy) // one that is refused here would stop its topic for everybody
      const { requestedAt, confirmToken } = wanted
      const at = Date.parse(requestedAt)
      const tooOld = new Date(at - confirmWithin).toISOString()
      await forget(tooOld)
      await undisturbed(async () => {
        const lead = await table.get(sameKey(wanted))
        const known = await find(lead?.id)
        if (known?.status === 'confirmed') return
        if (known && at - Date.parse(known.requestedAt) < minute) return
        const { ids, isSuppressed, write } = await waiting(wanted, tooOld)
        if (isSuppressed || (!known && ids.size >= mostPending)) return

        const one: Subscription = {
          ...(known ?? wanted),
          ...{ status: 'pending', requestedAt, confirmToken },
        }
        ids.set(one.id, requestedAt)
        const [same, ...tokens] = leads(one) as [Write, ...Write[]]
        const isNew = lead
          ? { when: 'id = :id', values: { id: lead.id } }
          : { when: 'attribute_not_exists(pk)' }
        await table.write([
          {
            put: subscriptionItem(one),
            ...(known ? unchanged(known) : { when: 'attribute_not_exists(pk)' }),
          },
          { ...same, ...isNew },
          ...tokens,
          ...(known && known.confirmToken !== confirmToken
            ? [{ delete: confirmKey(known.confirmToken) }]
            : []),
          write(),
          ...announced(announce(one.id)),
        ])
      })
    },

    confirm: (token, now) =>
      undisturbed(async () => {
        const found = await led(confirmKey(token))
        if (found?.confirmToken !== token) return null
        if (found.status === 'confirmed') return { subscription: found, isNew: false }
        if (now.getTime() - Date.parse(found.requestedAt) > confirmWithin) return null
        const one: Subscription = { ...found, status: 'confirmed' }
        await table.write([
          { put: subscriptionItem(one), ...unchanged(found) },
          ...leads(one),
          ...(await waitsNoMore(one)),
          count(one, 1),
        ])
        return { subscription: one, isNew: true }
      }),

    unsubscribe: (token) => end(() => byUnsubscribeToken(token)),

    find,
    findByUnsubscribeToken: byUnsubscribeToken,

    ofEndpoint,

    change: (id, changed, announce) =>
      undisturbed(async () => {
        const found = await find(id)
        const changes = found && changed(found)
        if (!changes) return found
        const one = { ...found, ...changes }
        await table.write([
          { put: subscriptionItem(one), ...asRead(found) },
          ...announced(announce),
        ])
        return one
      }),

    // First, so that none comes meanwhile: each wish is a write of the same item.
    async suppress(protocol, endpoint) {
      const requestedAt = options.clock.now().toISOString()
      await undisturbed(async () => {
        const { isSuppressed, write } = await waiting({ protocol, endpoint, requestedAt })
        if (!isSuppressed) await table.write([write(true)])
      })
      await endAll(protocol, endpoint)
    },
    async isSuppressed(protocol, endpoint) {
      return (await table.get(waitingKey({ protocol, endpoint })))?.suppressed === true
    },
    async erase(protocol, endpoint) {
      await endAll(protocol, endpoint)
      const requestedAt = options.clock.now().toISOString()
      await undisturbed(async () => {
        const { isSuppressed, write } = await waiting({ protocol, endpoint, requestedAt })
        if (isSuppressed) await table.write([write(false)])
      })
    },

    async filterPolicies(topic, protocol) {
      const counted = await table.query({ pk: policiesKey(topic, protocol) })
      return counted
        .filter(({ confirmed }) => Number(confirmed) > 0)
        .map(({ policy }) => JSON.parse(String(policy)))
    },

    async withFilterPolicy(topic, protocol, policy, after, limit) {
      const readers = await table.query({
        ...{ index: 'gsi1', pk: policyIndex(topic, protocol, JSON.stringify(policy)), limit },
        ...(after !== '' && { after }),
      })
      return readers.map(({ id }) => String(id))
    },

    async count(topic, protocol, policy) {
      const sk = policyIndex(topic, protocol, JSON.stringify(policy))
      const counted = await table.get({ pk: policiesKey(topic, protocol), sk })
      return Number(counted?.confirmed ?? 0)
    },
  }
}
