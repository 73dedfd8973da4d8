/**
 * A connection as items: what it watches and how far it has been told, under a lease, so that of all
 * functions one at a time sends it frames; and for each watch an item under what is watched.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { type Clock, DeliveryFailed } from '@busbar/event-bus'
import type { Subject } from '../../frames.ts'
import { type DynamoTable, type Item, isConditionFailed, type Key, type Write } from './table.ts'

export interface Watch {
  readonly subject: Subject
  /** After this number it has been sent everything, up to the connection's `position`. */
  readonly start: number
}
export interface Connection {
  readonly id: string
  /** All that its watches are for has been sent up to here. */
  readonly position: number
  readonly watches: ReadonlyMap<string, Watch>
}
export interface Lease {
  readonly connection: Connection
  /** False when it is somebody else's by now: nothing more may be sent. */
  renew(): Promise<boolean>
  release(now: Pick<Connection, 'position' | 'watches'>): Promise<void>
}

export interface ConnectionItems {
  open(id: string): Promise<void>
  /**
   * Waits until nobody else has it. None when the connection is gone, or has been told up to `upTo`,
   * maybe by whoever had it.
   */
  lease(id: string, upTo?: number): Promise<Lease | 'gone' | 'told'>
  /** Who watches one of the keys, each once. */
  watching(keys: readonly string[]): Promise<readonly string[]>
  watch(id: string, key: string): Promise<void>
  unwatch(id: string, key: string): Promise<void>
  /** Answers how many there were. */
  fault(id: string): Promise<number>
  forget(id: string, keys?: readonly string[]): Promise<void>
}

/** API Gateway ends a connection after two hours. */
const keptSeconds = 3 * 3_600
/** Longer than the sending of one frame may take; renewed between frames. */
const leaseMs = 6_000
const pauseMs = 20
const longestPauseMs = 200
/** Twice the time in which one that was left behind runs out. */
const mostLooks = (2 * leaseMs) / longestPauseMs + longestPauseMs / pauseMs

const connectionKey = (id: string): Key => ({ pk: `connection#${id}`, sk: 'connection' })
const watchKey = (key: string, id: string): Key => ({ pk: `watch#${key}`, sk: `connection#${id}` })

export function connectionItems(table: DynamoTable, clock: Pick<Clock, 'now'>): ConnectionItems {
  const now = () => clock.now().getTime()
  const expiresAt = () => Math.floor(now() / 1_000) + keptSeconds

  async function take(id: string, upTo?: number): Promise<Lease | 'gone' | 'told' | 'taken'> {
    const lease = randomUUID()
    const isFree = '(attribute_not_exists(leaseUntil) OR leaseUntil < :now)'
    const isBehind = upTo === undefined ? '' : '#position < :upTo AND '
    try {
      const item = await table.update({
        update: connectionKey(id),
        set: 'SET #lease = :lease, leaseUntil = :until',
        when: `attribute_exists(pk) AND ${isBehind}${isFree}`,
        values: { lease, upTo, now: now(), until: now() + leaseMs },
      })
      return leased(connectionOf(item), lease)
    } catch (error) {
      if (!isConditionFailed(error)) throw error
      const [found] = error.found
      if (!found) return 'gone'
      return upTo !== undefined && Number(found.position) >= upTo ? 'told' : 'taken'
    }
  }

  function leased(connection: Connection, lease: string): Lease {
    const update = connectionKey(connection.id)
    const isOurs = { when: '#lease = :lease' }
    let renewedAt = now()
    return {
      connection,
      async renew() {
        if (now() - renewedAt < leaseMs / 3) return true
        renewedAt = now()
        const values = { lease, until: now() + leaseMs }
        return holds({ update, set: 'SET leaseUntil = :until', ...isOurs, values })
      },
      async release({ position, watches }) {
        await holds({
          update,
          set: 'SET #position = :position, #watches = :watches REMOVE #lease, leaseUntil',
          ...isOurs,
          values: { lease, position, watches: Object.fromEntries(watches) },
        })
      },
    }
  }

  async function holds(write: Write): Promise<boolean> {
    try {
      await table.write([write])
      return true
    } catch (error) {
      if (isConditionFailed(error)) return false
      throw error
    }
  }

  const unwatch = (id: string, key: string) => table.write([{ delete: watchKey(key, id) }])

  return {
    open: (id) =>
      table.write([
        { put: { ...connectionKey(id), id, position: 0, watches: {}, expiresAt: expiresAt() } },
      ]),
    async lease(id, upTo) {
      for (let looks = 0; looks < mostLooks; looks++) {
        const lease = await take(id, upTo)
        if (lease !== 'taken') return lease
        await wait(Math.min(longestPauseMs, pauseMs * (looks + 1)) * (0.5 + Math.random()))
      }
      throw new DeliveryFailed('A connection is being told something else all the time')
    },
    async watching(keys) {
      const items = await Promise.all(keys.map((key) => table.query({ pk: `watch#${key}` })))
      return [...new Set(items.flat().map(({ id }) => String(id)))]
    },
    watch: (id, key) =>
      table.write([{ put: { ...watchKey(key, id), id, expiresAt: expiresAt() } }]),
    unwatch,
    async fault(id) {
      try {
        const { faults } = await table.update({
          update: connectionKey(id),
          set: 'ADD faults :one',
          when: 'attribute_exists(pk)',
          values: { one: 1 },
        })
        return Number(faults)
      } catch (error) {
        if (isConditionFailed(error)) return 0
        throw error
      }
    },
    async forget(id, keys = []) {
      const item = await table.get(connectionKey(id))
      const watched = item ? [...connectionOf(item).watches.keys()] : []
      await Promise.all([...new Set([...keys, ...watched])].map((key) => unwatch(id, key)))
      await table.write([{ delete: connectionKey(id) }])
    },
  }
}

const connectionOf = ({ id, position, watches }: Item): Connection => ({
  id: String(id),
  position: Number(position),
  watches: new Map(Object.entries(watches as Readonly<Record<string, Watch>>)),
})
