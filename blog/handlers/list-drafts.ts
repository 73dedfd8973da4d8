import { placeOf, type SavedDraft } from '../draft.ts'
import type { Drafts } from '../ports.ts'

export interface ListDrafts {
  readonly limit: number
  /** The `cursor` of the page before. */
  readonly cursor?: string | undefined
}
export interface DraftPage {
  readonly drafts: readonly SavedDraft[]
  /** For the next page; null on the last. */
  readonly cursor: string | null
}

/** Newest saved first. */
export async function listDrafts(
  { limit, cursor }: ListDrafts,
  { drafts }: { drafts: Drafts },
): Promise<DraftPage> {
  const found = await drafts.list({ before: cursor, limit: limit + 1 })
  const page = found.slice(0, limit)
  const last = page.at(-1)
  return { drafts: page, cursor: last && found.length > limit ? placeOf(last) : null }
}
