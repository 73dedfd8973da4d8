/**
 * What the flow has done with each post, in DynamoDB: an item for each step and reader, written together
 * with a count of its like. Nobody reads 5,000 items to tell how many there are.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Progress } from '../../ports.ts'
import {
  type Failure,
  keptMs,
  mostFailures,
  type Note,
  noteAfter,
  type Outcome,
  type Step,
  type StepCount,
} from '../../progress.ts'
import { dynamoTable, type Item, isConditionFailed, type Key, type Write } from './table.ts'

/** Reads of a row that somebody else changes each time before it is written. */
const attempts = 50

const postKey = (postId: string): string => `of#${postId}`
const announced = 'announcement'
const counted = 'count#'
const failedIndex = (postId: string): string => `failed#${postId}`
const rowKey = ({ postId, step, subscriptionId }: Note): Key => ({
  pk: `row#${postId}#${step}#${subscriptionId}`,
  sk: 'row',
})
const expiry = (at: string): number => Math.ceil((Date.parse(at) + keptMs) / 1_000)

export function dynamoProgress(
  client: DynamoDBClient,
  options: { readonly table: string },
): Progress {
  const table = dynamoTable(client, options.table)

  return {
    async announce({ postId, at, readers }) {
      const put = { pk: postKey(postId), sk: announced, at, ...readers, expiresAt: expiry(at) }
      try {
        await table.write([{ put, when: 'attribute_not_exists(pk)' }])
      } catch (error) {
        if (!isConditionFailed(error)) throw error
      }
    },

    async note(note) {
      let before: Row | null = null
      for (let attempt = 1; ; attempt++) {
        const after = noteAfter(before, note)
        if (!after) return
        try {
          await table.write([written(note, before, after), ...counting(note, before, after)])
          return
        } catch (error) {
          if (!isConditionFailed(error) || attempt === attempts) throw error
          before = rowOf(error.found[0] ?? null)
        }
      }
    },

    async of(postId) {
      const items = await table.query({ pk: postKey(postId) })
      const announcement = items.find(({ sk }) => sk === announced)
      const counts = added(items.filter(({ sk }) => String(sk).startsWith(counted)))
      const hasFailed = counts.some(({ failed, dead }) => failed + dead > 0)
      const failures = hasFailed
        ? await table.query({
            ...{ index: 'gsi1', pk: failedIndex(postId), order: 'descending', limit: mostFailures },
          })
        : []
      return {
        announcement: announcement
          ? {
              ...{ postId, at: String(announcement.at) },
              readers: { email: Number(announcement.email), https: Number(announcement.https) },
            }
          : null,
        counts,
        failures: failures.map((item) => ({
          ...{ step: item.step as Step, outcome: item.outcome as Failure['outcome'] },
          ...{ attempts: Number(item.attempts), reason: String(item.reason), at: String(item.at) },
        })),
      }
    },
  }
}

interface Row {
  readonly outcome: Outcome
  readonly attempts: number
}

const rowOf = (item: Item | null): Row | null =>
  item && { outcome: item.outcome as Outcome, attempts: Number(item.attempts) }

function written(note: Note, before: Row | null, after: Row): Write {
  const { postId, step, subscriptionId, reason, at } = note
  const isFailure = after.outcome === 'failed' || after.outcome === 'dead'
  return {
    put: {
      ...{ ...rowKey(note), step, ...after, at, expiresAt: expiry(at) },
      ...(isFailure && {
        reason: reason ?? '',
        ...{ gsi1pk: failedIndex(postId), gsi1sk: `${at}#${step}#${subscriptionId}` },
      }),
    },
    when: before ? '#outcome = :outcome AND #attempts = :attempts' : 'attribute_not_exists(pk)',
    values: { outcome: before?.outcome, attempts: before?.attempts },
  }
}

/** In sixteen parts by the reader, so that those who are told at the same time seldom meet. */
function counting(note: Note, before: Row | null, after: Row): readonly Write[] {
  const { postId, step, subscriptionId, at } = note
  if (before?.outcome === after.outcome) return []
  const last = after.outcome === 'done' ? ', #at = :at' : ''
  const less = before ? `, #${before.outcome} :less` : ''
  return [
    {
      update: { pk: postKey(postId), sk: `${counted}${step}#${subscriptionId.slice(-1)}` },
      set: `SET #step = :step, expiresAt = :expiresAt${last} ADD #${after.outcome} :more${less}`,
      values: { step, expiresAt: expiry(at), at, more: 1, less: -1 },
    },
  ]
}

/** The parts of each step's count together. */
function added(parts: readonly Item[]): readonly StepCount[] {
  const steps = new Map<Step, StepCount>()
  for (const part of parts) {
    const step = part.step as Step
    const none = { step, done: 0, skipped: 0, failed: 0, dead: 0, at: null }
    const { done, skipped, failed, dead, at } = steps.get(step) ?? none
    const plus = (sum: number, outcome: Outcome) => sum + Number(part[outcome] ?? 0)
    const latest = part.at === undefined ? at : String(part.at)
    steps.set(step, {
      ...{ step, done: plus(done, 'done'), skipped: plus(skipped, 'skipped') },
      ...{ failed: plus(failed, 'failed'), dead: plus(dead, 'dead') },
      at: at !== null && latest !== null && at > latest ? at : latest,
    })
  }
  return [...steps.values()]
}
