/** The newest changes, for those who were away for a moment; the oldest make room. */
import type { Change } from '../../change.ts'

export interface ChangeRing {
  /** Its cursor is above all that are in. */
  add(change: Change): void
  has(cursor: string): boolean
  /** Those after a cursor, oldest first; null when one of them has already made room. */
  after(cursor: string): readonly Change[] | null
  readonly oldest: Change | undefined
}

export function changeRing(limits: {
  readonly changes: number
  readonly bytes: number
}): ChangeRing {
  let changes: Change[] = []
  /** Where the ring begins; what lies before it is cut off when it is half of the array. */
  let start = 0
  let bytes = 0
  let lastGone: string | null = null

  /** The index of the first change after a cursor. */
  function indexAfter(cursor: string): number {
    let low = start
    let high = changes.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((changes[middle] as Change).cursor > cursor) high = middle
      else low = middle + 1
    }
    return low
  }

  function makeRoom(): void {
    const oldest = changes[start] as Change
    start++
    bytes -= oldest.frame.length
    lastGone = oldest.cursor
    if (start * 2 > changes.length) {
      changes = changes.slice(start)
      start = 0
    }
  }

  return {
    add(change) {
      changes.push(change)
      bytes += change.frame.length
      while (changes.length - start > limits.changes || bytes > limits.bytes) makeRoom()
    },
    has: (cursor) => {
      const index = indexAfter(cursor) - 1
      return index >= start && changes[index]?.cursor === cursor
    },
    after: (cursor) =>
      lastGone !== null && cursor < lastGone ? null : changes.slice(indexAfter(cursor)),
    get oldest() {
      return changes[start]
    },
  }
}
