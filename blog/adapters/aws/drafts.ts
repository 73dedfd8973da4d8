/**
 * Drafts in DynamoDB. A write holds only if the row is still the one that was read. Lists and what is due
 * come from indexes, which may be a moment behind.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { draftNotFound, placeOf, type SavedDraft, sameDraft } from '../../draft.ts'
import type { Drafts } from '../../ports.ts'
import { dynamoTable, type Item, isConditionFailed, type Key, type Write } from './table.ts'

/** Reads of a row that somebody else changes each time before it is written. */
const attempts = 50
const daySeconds = 86_400

/** Those that can be published, by place, in `gsi1`; those with a time, by that, in `gsi2`. */
const listed = 'drafts'
const timed = 'due'

const rowKey = (id: SavedDraft['id']): Key => ({ pk: `row#${id}`, sk: 'row' })

export function dynamoDrafts(client: DynamoDBClient, options: { readonly table: string }): Drafts {
  const table = dynamoTable(client, options.table)
  const find = async (id: SavedDraft['id']) => savedDraft(await table.get(rowKey(id)))

  return {
    async create(draft) {
      try {
        await table.write([{ put: item(draft), when: 'attribute_not_exists(pk)' }])
        return draft
      } catch (error) {
        const known = isConditionFailed(error) && savedDraft(error.found[0] ?? null)
        if (known) return sameDraft(known, draft)
        throw error
      }
    },
    async change(id, next) {
      for (let attempt = 1; ; attempt++) {
        const found = await find(id)
        if (!found) throw draftNotFound(id)
        const after = next(found)
        if (after === found) return after
        const unchanged = { when: '#revision = :was', values: { was: found.revision } }
        const row: Write = after
          ? { put: item(after), ...unchanged }
          : { delete: rowKey(id), ...unchanged }
        try {
          await table.write([row])
          return after
        } catch (error) {
          if (!isConditionFailed(error) || attempt === attempts) throw error
        }
      }
    },
    find,
    async list({ before, limit }) {
      const items = await table.query({
        ...{ index: 'gsi1', pk: listed, order: 'descending', limit },
        ...(before !== undefined && { before }),
      })
      return items.map((each) => savedDraft(each) as SavedDraft)
    },
    async due(now, limit) {
      // Behind the time stands an id, and what is due this very millisecond is due.
      const before = `${now.toISOString()}~`
      const items = await table.query({ index: 'gsi2', pk: timed, before, limit })
      return items.map((each) => savedDraft(each) as SavedDraft)
    },
  }
}

function item(draft: SavedDraft): Item & Key {
  const place = placeOf(draft)
  const { id, publishAt, savedAt, status } = draft
  return {
    ...rowKey(id),
    ...draft,
    ...(place !== null && { gsi1pk: listed, gsi1sk: place }),
    ...(publishAt !== null && { gsi2pk: timed, gsi2sk: `${publishAt}_${id}` }),
    ...(status === 'published' && {
      expiresAt: Math.ceil(Date.parse(savedAt) / 1_000) + daySeconds,
    }),
  }
}

function savedDraft(item: Item | null): SavedDraft | null {
  if (!item) return null
  return {
    ...{ id: String(item.id), author: String(item.author), title: String(item.title) },
    ...{ body: String(item.body), topic: String(item.topic) },
    publishAt: (item.publishAt as string | null) ?? null,
    ...{ savedAt: String(item.savedAt), revision: Number(item.revision) },
    status: item.status as SavedDraft['status'],
    postId: (item.postId as string | null) ?? null,
  }
}
