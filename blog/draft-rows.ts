/**
 * How drafts stand in rows: what is asked of SQLite and PostgreSQL in the same words. A row is the draft
 * as JSON, with what it is found by beside it.
 */
import { placeOf, type SavedDraft } from './draft.ts'

export const draftStatements = {
  select: 'select draft from draft where id = ?',
  insert: 'insert into draft (id, place, due, published, draft) values (?, ?, ?, ?, ?)',
  update: 'update draft set place = ?, due = ?, published = ?, draft = ? where id = ?',
  remove: 'delete from draft where id = ?',
  list: 'select draft from draft where place < ? order by place desc limit ?',
  due: 'select draft from draft where due <= ? order by due limit ?',
} as const

/** Above every place: these begin with a year. */
export const aboveAll = '~'

/** How long it is remembered which post a draft has become. */
const dayMs = 86_400_000
export const forgetBefore = (now: string): string => new Date(Date.parse(now) - dayMs).toISOString()

export const insertValues = (draft: SavedDraft) => [draft.id, ...found(draft)] as const
export const updateValues = (draft: SavedDraft) => [...found(draft), draft.id] as const

const found = (draft: SavedDraft) =>
  [
    placeOf(draft),
    draft.publishAt,
    draft.status === 'published' ? draft.savedAt : null,
    JSON.stringify(draft),
  ] as const

export const savedDraft = (
  row: Readonly<Record<string, unknown>> | undefined,
): SavedDraft | null => (row ? JSON.parse(String(row.draft)) : null)
