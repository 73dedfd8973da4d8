/**
 * A ledger for tests that make a bus suffer: it watches every commit from outside, knows at any moment
 * what is owed to whom, and throws when something is lost, done twice over or out of its order.
 */
import assert from 'node:assert/strict'
import type { DeliveryKey } from '../delivery.ts'
import { deliveriesOf } from '../engine/plan.ts'
import type { EventRow, Rows } from '../ports.ts'

export const nameOf = ({ target, event, item }: DeliveryKey) => `${target} ${event} ${item}`

interface Expectations {
  /** The lane of an event for this target; null when it keeps no order. */
  readonly laneOf?: (target: string, text: string) => string | null
  /** What is owed to this target may be dropped: it comes and goes. */
  readonly mayDrop?: (target: string) => boolean
}

export type Ledger = ReturnType<typeof ledger>

/** What the disk holds, and what has become of what it held. */
export function ledger({ laneOf = () => null, mayDrop = () => false }: Expectations = {}) {
  const plans = new Map<number, readonly DeliveryKey[]>()
  const rows = new Map<string, DeliveryKey>()
  /** How many plans and rows owe it. */
  const owed = new Map<string, number>()
  const delivered = new Set<string>()
  const done = new Set<string>()
  const dropped = new Set<string>()
  const dead = new Set<string>()
  const stored = new Map<number, EventRow>()
  /** Ids of the events that are owed to a target in a lane. */
  const lanes = new Map<string, Set<number>>()
  /** The last event that was delivered in a lane. */
  const last = new Map<string, number>()

  function laneKey({ target, event }: DeliveryKey): string | null {
    const lane = laneOf(target, stored.get(event)?.text ?? '')
    return lane === null ? null : `${target} ${lane}`
  }
  const inLane = (lane: string) => {
    const ids = lanes.get(lane) ?? new Set<number>()
    lanes.set(lane, ids)
    return ids
  }

  /** Changes how often it is owed, and notes how it was before. */
  function count(key: DeliveryKey, by: 1 | -1, before: Map<string, [DeliveryKey, boolean]>): void {
    const name = nameOf(key)
    if (!before.has(name)) before.set(name, [key, owed.has(name)])
    const now = (owed.get(name) ?? 0) + by
    if (now === 0) owed.delete(name)
    else owed.set(name, now)
    const lane = laneKey(key)
    if (lane === null) return
    if (now === 0) inLane(lane).delete(key.event)
    else inLane(lane).add(key.event)
  }

  function written(commit: Rows): void {
    const before = new Map<string, [DeliveryKey, boolean]>()
    for (const event of commit.events) stored.set(event.id, event)
    for (const { first, text } of commit.plans) {
      for (const key of plans.get(first) ?? []) count(key, -1, before)
      const keys = text === null ? [] : deliveriesOf(text, 0)
      for (const key of keys) count(key, 1, before)
      plans.set(first, keys)
    }
    for (const key of [...commit.deliveries, ...commit.inHand])
      if (!rows.has(nameOf(key))) {
        rows.set(nameOf(key), key)
        count(key, 1, before)
      }
    for (const key of commit.finished) if (rows.delete(nameOf(key))) count(key, -1, before)

    const letters = new Set<string>()
    for (const { errorCode, error, ...key } of commit.deadLetters) {
      const name = nameOf(key)
      letters.add(name)
      assert.ok(!error.startsWith('The log does not keep'), `${name} has lost its event`)
      if (errorCode === 'THIRD_ACCOUNT_HOP_DETECTED') dead.add(name)
      else assert.ok(before.get(name)?.[1], `${name} died and was not owed`)
    }
    for (const [name, [{ target }, wasOwed]] of before) {
      if (owed.has(name)) {
        assert.ok(!done.has(name) && !dead.has(name), `${name} is owed again after its end`)
        assert.ok(!letters.has(name), `${name} died and is owed still`)
      } else if (letters.has(name)) dead.add(name)
      else if (wasOwed && delivered.has(name)) done.add(name)
      else if (wasOwed) {
        assert.ok(mayDrop(target), `${name} is noted as done and was never delivered`)
        dropped.add(name)
      }
    }
    const planned = new Set([...plans.values()].flatMap((keys) => keys.map(({ event }) => event)))
    for (const id of commit.expired) assert.ok(!planned.has(id), `${id} is forgotten and owed`)
  }

  return {
    ...{ owed, delivered, done, dead, dropped, stored, written },

    /** After a commit that abandoned a target: what is left of its rows. */
    abandoned(target: string, left: readonly DeliveryKey[]): void {
      const names = new Set(left.map(nameOf))
      for (const [name, key] of rows)
        if (key.target === target && !names.has(name)) {
          rows.delete(name)
          dropped.add(name)
          count(key, -1, new Map())
        }
    },

    /** An attempt begins. */
    attempted(key: DeliveryKey): void {
      const name = nameOf(key)
      assert.ok(owed.has(name), `${name} is delivered and is not owed`)
      const lane = laneKey(key)
      if (lane === null) return
      for (const older of inLane(lane))
        assert.ok(older >= key.event, `${name} passes ${older}, which is neither done nor dead`)
    },

    /** It has succeeded. */
    succeeded(key: DeliveryKey): void {
      delivered.add(nameOf(key))
      const lane = laneKey(key)
      if (lane === null) return
      assert.ok((last.get(lane) ?? 0) <= key.event, `${nameOf(key)} comes after what is newer`)
      last.set(lane, key.event)
    },
  }
}
