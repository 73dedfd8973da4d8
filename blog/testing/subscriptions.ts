/** The table of subscriptions in memory. */
import {
  oneEndpoint,
  type PutEventsRequestEntry,
  type Subscription,
  type Subscriptions,
} from '@busbar/event-bus'
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
  const address = ({ protocol, endpoint }: Pick<Subscription, 'protocol' | 'endpoint'>) =>
    `${protocol} ${endpoint.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())}`
  const suppressed = new Set<string>()
  const ofEndpoint = (protocol: Subscription['protocol'], endpoint: string) =>
    all()
      .filter((one) => one.protocol === protocol)
      .filter((one) => oneEndpoint(protocol, one.endpoint) === oneEndpoint(protocol, endpoint))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
  const endAll = (protocol: Subscription['protocol'], endpoint: string) => {
    for (const { id } of ofEndpoint(protocol, endpoint)) rows.delete(id)
  }
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
      if (suppressed.has(address(wanted))) return
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
      const subscription: Subscription = { ...found, status: 'confirmed' }
      rows.set(found.id, subscription)
      return { subscription, isNew: found.status === 'pending' }
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
    async ofEndpoint(protocol, endpoint) {
      return ofEndpoint(protocol, endpoint)
    },
    async change(id, changed, announce) {
      const found = rows.get(id) ?? null
      const changes = found && changed(found)
      if (!changes) return found
      const announced = taken(announce)
      const one = { ...found, ...changes }
      rows.set(id, one)
      outbox.push(...announced)
      return one
    },
    async suppress(protocol, endpoint) {
      endAll(protocol, endpoint)
      suppressed.add(address({ protocol, endpoint }))
    },
    async isSuppressed(protocol, endpoint) {
      return suppressed.has(address({ protocol, endpoint }))
    },
    async erase(protocol, endpoint) {
      endAll(protocol, endpoint)
      suppressed.delete(address({ protocol, endpoint }))
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
    async count(topic, protocol, policy) {
      return confirmed(topic, protocol).filter(
        ({ filterPolicy }) => JSON.stringify(filterPolicy) === JSON.stringify(policy),
      ).length
    },
  }
}
