/** The table of drafts in memory. */
import { draftNotFound, placeOf, type SavedDraft, sameDraft } from '../draft.ts'
import type { Drafts } from '../ports.ts'

export interface MemoryDrafts extends Drafts {
  readonly all: () => readonly SavedDraft[]
}

export function memoryDrafts(...drafts: readonly SavedDraft[]): MemoryDrafts {
  const rows = new Map(drafts.map((draft) => [draft.id, draft]))
  const all = () => [...rows.values()]
  return {
    all,
    async create(draft) {
      const found = rows.get(draft.id)
      if (found) return sameDraft(found, draft)
      rows.set(draft.id, draft)
      return draft
    },
    async change(id, next) {
      const found = rows.get(id)
      if (!found) throw draftNotFound(id)
      const after = next(found)
      if (after) rows.set(id, after)
      else rows.delete(id)
      return after
    },
    async find(id) {
      return rows.get(id) ?? null
    },
    async list({ before = '~', limit }) {
      return all()
        .map((draft) => ({ draft, place: placeOf(draft) ?? '~' }))
        .filter(({ place }) => place < before)
        .sort((a, b) => (a.place < b.place ? 1 : -1))
        .slice(0, limit)
        .map(({ draft }) => draft)
    },
    async due(now, limit) {
      return all()
        .filter(({ publishAt }) => publishAt !== null && publishAt <= now.toISOString())
        .sort((a, b) => ((a.publishAt ?? '') < (b.publishAt ?? '') ? -1 : 1))
        .slice(0, limit)
    },
  }
}
