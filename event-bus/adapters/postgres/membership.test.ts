/** What a node that decides for itself meanwhile makes of what it hears, with a server that answers by hand. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SettingRow } from '../../ports.ts'
import type { Database } from './database.ts'
import { join } from './membership.ts'

test('a node is not told what is older than its own decision, and is told the rest with the next beat', async () => {
  let beat = Promise.withResolvers<{ readonly version: number; readonly name: string }>()
  const known: unknown[] = []
  const client = {
    async query(text: string, values: readonly unknown[]) {
      if (text.includes('join_1')) return { rows: [{ epoch: 1, number: 0 }] }
      if (!text.includes('beat_1')) return { rows: [] }
      known.push(values[1])
      const { version, name } = await beat.promise
      const settings = [{ kind: 'schedule', name, text: '{}' }]
      const heard = { nodes: [[1, 1, 0, '']], departed: false, notes: null, mark: 0 }
      return { rows: [{ heard: { ...heard, version, settings } }] }
    },
    async end() {},
  }
  const database = { answerMs: 60_000, connect: async () => client } as unknown as Database
  const told: string[] = []
  const node = await join({ database, beatMs: 60_000, deadMs: 600_000 })
  node.follow({
    ...{ plans() {}, due() {}, nodes() {}, ended() {}, mark: () => 0 },
    settings: (rows: readonly SettingRow[]) => told.push(...rows.map(({ name }) => name)),
  })
  node.knows(10)

  const hearing = node.hear()
  node.knows(11)
  beat.resolve({ version: 11, name: 'older' })
  await hearing
  assert.deepEqual([told, node.version], [[], 11])

  beat = Promise.withResolvers()
  beat.resolve({ version: 12, name: 'newer' })
  await node.hear()
  assert.deepEqual([told, node.version, known], [['newer'], 12, [10, 11]])
  await node.close()
})
