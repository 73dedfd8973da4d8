/** Drafts in SQLite. */
import type { Engine } from '@busbar/event-bus'
import type { SqliteTx } from '@busbar/event-bus/adapters/sqlite/store'
import { draftNotFound, type SavedDraft, sameDraft } from '../../draft.ts'
import {
  aboveAll,
  forgetBefore,
  insertValues,
  savedDraft,
  draftStatements as statements,
  updateValues,
} from '../../draft-rows.ts'
import type { Drafts } from '../../ports.ts'

export function sqliteDrafts(
  db: SqliteTx,
  { transact }: Pick<Engine<SqliteTx>, 'transact'>,
): Drafts {
  const select = db.prepare(statements.select)
  const insert = db.prepare(statements.insert)
  const update = db.prepare(statements.update)
  const remove = db.prepare(statements.remove)
  const list = db.prepare(statements.list)
  const due = db.prepare(statements.due)
  const forget = db.prepare(`
    delete from draft where id in (
      select id from draft where published <= ? order by published limit 10)`)

  const read = (id: SavedDraft['id']): SavedDraft | null => savedDraft(select.get(id))
  const drafts = (rows: readonly Readonly<Record<string, unknown>>[]) =>
    rows.map((row) => savedDraft(row) as SavedDraft)

  return {
    create: (draft) =>
      transact(() => {
        const found = read(draft.id)
        if (found) return sameDraft(found, draft)
        forget.run(forgetBefore(draft.savedAt))
        insert.run(...insertValues(draft))
        return draft
      }),
    change: (id, next) =>
      transact(() => {
        const found = read(id)
        if (!found) throw draftNotFound(id)
        const after = next(found)
        if (!after) remove.run(id)
        else if (after !== found) update.run(...updateValues(after))
        return after
      }),
    async find(id) {
      return read(id)
    },
    async list({ before = aboveAll, limit }) {
      return drafts(list.all(before, limit))
    },
    async due(now, limit) {
      return drafts(due.all(now.toISOString(), limit))
    },
  }
}
