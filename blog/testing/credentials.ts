/** The table of what lets authors in, in memory. */
import type { PutEventsRequestEntry } from '@busbar/event-bus'
import { type Credential, isAlive } from '../credential.ts'
import type { Credentials } from '../ports.ts'
import { taken } from './taken.ts'

export interface MemoryCredentials extends Credentials {
  readonly all: () => readonly Credential[]
  readonly outbox: readonly PutEventsRequestEntry[]
}

export function memoryCredentials(...credentials: readonly Credential[]): MemoryCredentials {
  const rows = new Map(credentials.map((one) => [one.hash, one]))
  const outbox: PutEventsRequestEntry[] = []
  const all = () => [...rows.values()]
  const alive = (kind: Credential['kind'], hash: string, now: Date) => {
    const found = rows.get(hash)
    return found?.kind === kind && isAlive(found, now) ? found : null
  }
  const of = (author: string, kind: Credential['kind'], now: Date) =>
    all()
      .filter((one) => one.author === author && one.kind === kind && isAlive(one, now))
      .sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))

  return {
    all,
    outbox,
    async keep(credential, announce, most) {
      const now = new Date(credential.createdAt)
      for (const one of all()) if (!isAlive(one, now)) rows.delete(one.hash)
      const { author, kind, hash } = credential
      if (rows.has(hash)) return false
      if (most !== undefined && of(author, kind, now).length >= most) return false
      outbox.push(...taken(announce))
      rows.set(hash, credential)
      return true
    },
    find: async (kind, hash, now) => alive(kind, hash, now),
    async take(kind, hash, now) {
      const found = alive(kind, hash, now)
      if (found) rows.delete(hash)
      return found
    },
    of: async (author, kind, now) => of(author, kind, now),
    async remove(author, kind, hash) {
      const found = rows.get(hash)
      if (found?.author === author && found.kind === kind) rows.delete(hash)
    },
    async removeAll(author, kind) {
      for (const one of all()) if (one.author === author && one.kind === kind) rows.delete(one.hash)
    },
  }
}
