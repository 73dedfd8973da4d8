/** Drafts in PostgreSQL, for all nodes of a cluster. */
import type { Engine } from '@busbar/event-bus'
import type { Database } from '@busbar/event-bus/adapters/postgres/database'
import { claim, patiently } from '@busbar/event-bus/adapters/postgres/patience'
import { numbered, questions, type Row } from '@busbar/event-bus/adapters/postgres/questions'
import type { PostgresTx } from '@busbar/event-bus/adapters/postgres/store'
import { draftNotFound, type SavedDraft, sameDraft } from '../../draft.ts'
import {
  aboveAll,
  draftStatements,
  forgetBefore,
  insertValues,
  savedDraft,
  updateValues,
} from '../../draft-rows.ts'
import type { Drafts } from '../../ports.ts'

const { select, ...shared } = numbered(draftStatements)
const statements = {
  ...{ ...shared, select },
  toWrite: `${select} for update nowait`,
  forget: `delete from draft where id in (
    select id from draft where published <= $1 order by published limit 10
      for update skip locked)`,
} as const

export function postgresDrafts(
  { pool }: Pick<Database, 'pool'>,
  engine: Pick<Engine<PostgresTx>, 'transact'>,
): Drafts {
  const { ask, askIn } = questions(pool, 'draft', statements)
  const transact: Engine<PostgresTx>['transact'] = (work) =>
    patiently(() => engine.transact(async (tx, append) => work(tx, append)))
  const drafts = (rows: readonly Row[]) => rows.map((row) => savedDraft(row) as SavedDraft)

  return {
    create: (draft) =>
      transact(async (tx) => {
        await claim(tx, `draft ${draft.id}`)
        const found = savedDraft((await askIn(tx, 'select', draft.id))[0])
        if (found) return sameDraft(found, draft)
        await askIn(tx, 'forget', forgetBefore(draft.savedAt))
        await askIn(tx, 'insert', ...insertValues(draft))
        return draft
      }),
    change: (id, next) =>
      transact(async (tx) => {
        const found = savedDraft((await askIn(tx, 'toWrite', id))[0])
        if (!found) throw draftNotFound(id)
        const after = next(found)
        if (!after) await askIn(tx, 'remove', id)
        else if (after !== found) await askIn(tx, 'update', ...updateValues(after))
        return after
      }),
    find: async (id) => savedDraft((await ask('select', id))[0]),
    list: async ({ before = aboveAll, limit }) => drafts(await ask('list', before, limit)),
    due: async (now, limit) => drafts(await ask('due', now.toISOString(), limit)),
  }
}
