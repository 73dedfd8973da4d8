/** What a disk, or somebody, does to the files of a bus while it does not run, and to which part of them. */
import { DatabaseSync } from 'node:sqlite'
import type { Random } from '../random.ts'

/** A part of a file: its first byte, and the one behind its last. */
export type Range = readonly [number, number]

export const kinds = ['bit', 'byte', 'sector', 'block'] as const
export type Kind = (typeof kinds)[number]

/** The content with something wrong that begins in one of the ranges and ends with it; never as it was. */
export function damaged(
  content: Buffer,
  ranges: readonly Range[],
  kind: Kind,
  { int, pick }: Random,
): { readonly content: Buffer; readonly at: number } {
  let left = int(0, ranges.reduce((sum, [from, to]) => sum + to - from, 0) - 1)
  let at = 0
  let end = 0
  for (const [from, to] of ranges) {
    if (end === 0 && left < to - from) [at, end] = [from + left, to]
    left -= to - from
  }
  const copy = Buffer.from(content)
  if (kind === 'bit') copy[at] = (copy[at] as number) ^ (1 << int(0, 7))
  else if (kind === 'byte') copy[at] = (copy[at] as number) ^ int(1, 255)
  else {
    const length = kind === 'sector' ? 512 : 4_096
    const start = Math.max(
      at - (at % length),
      ...ranges.filter(([from]) => from <= at).map(([from]) => from),
    )
    const noise = pick([() => 0, () => int(0, 255)])
    for (let each = start; each < Math.min(end, at - (at % length) + length); each++)
      copy[each] = noise()
    if (copy.equals(content)) copy[at] = (copy[at] as number) ^ 0xff
  }
  return { content: copy, at }
}

export type Region = 'header' | 'trees' | 'events' | 'free' | 'rows'

const pageBytes = 4_096

/**
 * Where in a file its header is, what holds its trees together, the rows of the log, pages that are free,
 * and the rows of other tables. What lies unused within a page belongs to its rows.
 */
export function regions(path: string): Readonly<Record<Region, readonly Range[]>> {
  const db = new DatabaseSync(path, { readOnly: true })
  const pages = db
    .prepare('select name, pageno, pagetype, ncell from dbstat order by pageno')
    .all()
    .map((row) => ({ ...row, number: Number(row.pageno), cells: Number(row.ncell) }))
  const count = Number(db.prepare('pragma page_count').get()?.page_count)
  const events = new Set(
    pages.filter((page) => 'name' in page && page.name === 'event').map(({ number }) => number),
  )
  const overflow = new Set(
    pages
      .filter((page) => 'pagetype' in page && page.pagetype === 'overflow')
      .map(({ number }) => number),
  )
  db.close()
  const found: Record<Region, Range[]> = {
    header: [[0, 100]],
    trees: [],
    events: [],
    free: [],
    rows: [],
  }
  const used = new Map(pages.map((page) => [page.number, page]))
  for (let number = 1; number <= count; number++) {
    const page = used.get(number)
    const from = (number - 1) * pageBytes
    const to = from + pageBytes
    if (!page) {
      found.free.push([from, to])
      continue
    }
    // The head of a page and the places of its cells; of an overflow page, where the next one is.
    const start = from + (number === 1 ? 100 : 0)
    const structure = overflow.has(number) ? 4 : 12 + 2 * page.cells
    found.trees.push([start, start + structure])
    found[events.has(number) ? 'events' : 'rows'].push([start + structure, to])
  }
  return found
}
