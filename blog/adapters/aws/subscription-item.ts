/**
 * A subscription as items of its table: the row, and small ones beside it that make one of each, by what
 * it is for and by its tokens. All that is kept of one nobody has confirmed goes by itself.
 */
import { createHash } from 'node:crypto'
import { oneEndpoint, type Subscription } from '@busbar/event-bus'
import type { Item, Key, Write } from './table.ts'

export const minute = 60_000
export const confirmWithin = 48 * 60 * minute
/** DynamoDB deletes behind this; by then nobody may confirm it any more. */
const keptMs = confirmWithin + 60 * minute

/** Those that wait to be confirmed, by when they were asked for, in `gsi1`. */
export const pendingIndex = 'pending'
/** The confirmed ones of a policy, by their ids, in `gsi1`. */
export const policyIndex = (topic: string, protocol: string, policy: string): string =>
  `policy#${hash(topic, protocol, policy)}`

export const rowKey = (id: Subscription['id']): Key => ({ pk: `row#${id}`, sk: 'row' })
/** Leads to the subscription of the same topic, protocol, endpoint and filter policy. */
export const sameKey = ({ topic, protocol, endpoint, filterPolicy }: Subscription): Key => ({
  pk: `same#${hash(topic, protocol, endpoint, JSON.stringify(filterPolicy))}`,
  sk: 'same',
})
export const confirmKey = (token: string): Key => ({ pk: `confirm#${hash(token)}`, sk: 'confirm' })
export const unsubscribeKey = (token: string): Key => ({
  pk: `unsubscribe#${hash(token)}`,
  sk: 'unsubscribe',
})
/** All of an endpoint, by their ids. */
export const endpointKey = (protocol: string, endpoint: string): string =>
  `endpoint#${hash(protocol, oneEndpoint(protocol, endpoint))}`
/**
 * Has what waits to be confirmed for an endpoint, and whether it is suppressed; upper and lower case of
 * ASCII are one.
 */
export const waitingKey = ({
  protocol,
  endpoint,
}: Pick<Subscription, 'protocol' | 'endpoint'>): Key => {
  const one = endpoint.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
  return { pk: `waiting#${hash(protocol, one)}`, sk: 'waiting' }
}
/** One item for each filter policy, which counts the confirmed. */
export const policiesKey = (topic: string, protocol: string): string =>
  `policies#${JSON.stringify([topic, protocol])}`

/** Of any length and with any letters; and a table's keys, which end up in logs, name nobody. */
function hash(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}

export const expiry = (requestedAt: string): number =>
  Math.ceil((Date.parse(requestedAt) + keptMs) / 1_000)

export function subscriptionItem(one: Subscription): Item & Key {
  const { filterPolicy, ...fields } = one
  const policy = JSON.stringify(filterPolicy)
  return {
    ...rowKey(one.id),
    ...fields,
    filterPolicy: policy,
    ...(one.status === 'pending'
      ? { gsi1pk: pendingIndex, gsi1sk: one.requestedAt, expiresAt: expiry(one.requestedAt) }
      : { gsi1pk: policyIndex(one.topic, one.protocol, policy), gsi1sk: one.id }),
  }
}

export function subscriptionOf(item: Item | null): Subscription | null {
  if (!item) return null
  return {
    id: String(item.id),
    topic: String(item.topic),
    protocol: item.protocol as Subscription['protocol'],
    endpoint: String(item.endpoint),
    filterPolicy: JSON.parse(String(item.filterPolicy)),
    status: item.status as Subscription['status'],
    requestedAt: String(item.requestedAt),
    confirmToken: String(item.confirmToken),
    unsubscribeToken: String(item.unsubscribeToken),
    ...(item.key !== undefined && { key: item.key as NonNullable<Subscription['key']> }),
    ...(item.remindedAt !== undefined && { remindedAt: String(item.remindedAt) }),
  }
}

/** What leads to it, as it is now; written anew with each change, since each part may have expired. */
export function leads(one: Subscription): readonly Write[] {
  const { id, status, requestedAt } = one
  const lead = { id, ...(status === 'pending' && { expiresAt: expiry(requestedAt) }) }
  return leadKeys(one).map((key) => ({ put: { ...key, ...lead } }))
}
export const leadKeys = (one: Subscription): readonly Key[] => [
  sameKey(one),
  confirmKey(one.confirmToken),
  unsubscribeKey(one.unsubscribeToken),
  { pk: endpointKey(one.protocol, one.endpoint), sk: one.id },
]

/** Only as it was read: it may be confirmed, renewed or ended at any moment. */
export const unchanged = ({ status, requestedAt, confirmToken }: Subscription) => ({
  when: '#status = :status AND requestedAt = :requestedAt AND confirmToken = :confirmToken',
  values: { status, requestedAt, confirmToken },
})

/** The same, and nothing of it was changed by `change` either. */
export const asRead = (one: Subscription) => {
  const { when, values } = unchanged(one)
  const { key, remindedAt } = one
  const own = [
    key ? '#key = :key' : 'attribute_not_exists(#key)',
    remindedAt ? 'remindedAt = :remindedAt' : 'attribute_not_exists(remindedAt)',
  ]
  return { when: [when, ...own].join(' AND '), values: { ...values, key, remindedAt } }
}
