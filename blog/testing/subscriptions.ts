/** The table of subscriptions in memory. */
import type { PutEventsRequestEntry, Subscription, Subscriptions } from '@busbar/event-bus'
import { compile } from '@busbar/event-pattern'
import { taken } from './taken.ts'

export interface MemorySubscriptions extends Subscriptions {
  readonly all: () => readonly Subscription[]
  readonly outbox: readonly PutEventsRequestEntry[]
}

const minute = 60_000
const confirmWithin = 48 * 60 * minute
const mostPending = 5

export function memorySubscriptions(
  ...subscriptions: readonly Subscription[]
): MemorySubscriptions {
  const rows = new Map(subscriptions.map((one) => [one.id, one]))
  const outbox: PutEventsRequestEntry[] = []
  const all = () => [...rows.values()]
  const key = ({ topic, protocol, endpoint, filterPolicy }: Subscription) =>
    JSON.stringify([topic, protocol, endpoint, filterPolicy])
  const address = ({ protocol, endpoint }: Subscription) =>
    `${protocol} ${endpoint.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())}`
  const age = ({ requestedAt }: Subscription, at: number) => at - Date.parse(requestedAt)
  const confirmed = (topic: string, protocol: string) =>
    all().filter(
      (one) => one.topic === topic && one.protocol === protocol && one.status === 'confirmed',
    )

  return {
    all,
    outbox,
    async subscribe(wanted, announce) {
      compile(wanted.filterPolicy)
      const at = Date.parse(wanted.requestedAt)
      for (const one of all())
        if (one.status === 'pending' && age(one, at) > confirmWithin) rows.delete(one.id)
      const known = all().find((one) => key(one) === key(wanted))
      if (known && (known.status === 'confirmed' || age(known, at) < minute)) return
      const waiting = all().filter(
        (one) => one.status === 'pending' && address(one) === address(wanted),
      )
      if (!known && waiting.length >= mostPending) return
      const { requestedAt, confirmToken } = wanted
      const kept = { ...(known ?? wanted), status: 'pending', requestedAt, confirmToken } as const
      const announced = taken(announce(kept.id))
      rows.set(kept.id, kept)
      outbox.push(...announced)
    },
    async confirm(token, now) {
      const found = all().find(({ confirmToken }) => confirmToken === token)
      if (!found) return null
      if (found.status === 'pending' && age(found, now.getTime()) > confirmWithin) return null
      const done: Subscription = { ...found, status: 'confirmed' }
      rows.set(found.id, done)
      return done
    },
    async unsubscribe(token) {
      const found = all().find(({ unsubscribeToken }) => unsubscribeToken === token) ?? null
      if (found) rows.delete(found.id)
      return found
    },
    async find(id) {
      return rows.get(id) ?? null
    },
    async findByUnsubscribeToken(token) {
      return all().find(({ unsubscribeToken }) => unsubscribeToken === token) ?? null
    },
    async filterPolicies(topic, protocol) {
      const texts = confirmed(topic, protocol).map(({ filterPolicy }) =>
        JSON.stringify(filterPolicy),
      )
      return [...new Set(texts)].map((text) => JSON.parse(text))
    },
    async withFilterPolicy(topic, protocol, policy, after, limit) {
      return confirmed(topic, protocol)
        .filter(({ filterPolicy }) => JSON.stringify(filterPolicy) === JSON.stringify(policy))
        .map(({ id }) => id)
        .filter((id) => id > after)
        .sort()
        .slice(0, limit)
    },
  }
}
