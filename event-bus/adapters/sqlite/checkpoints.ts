/**
 * When the log of SQLite is carried over into the database. SQLite does so within the commit that has
 * filled 10,000 pages, and everybody waits for as long as the disk takes: 80 ms where events come fast.
 * Done by bytes, between commits and when those are acknowledged, it takes 10 ms at a time and the
 * same share of it all: 0.18 of the time for each 10,000 pages, 0.23 for each 1,000.
 */
import type { DatabaseSync } from 'node:sqlite'

/** Bytes of events, about 1,000 pages. Where commits are small, the same few pages fill the log first. */
const bytesBetween = 4_194_304

/** Told after each commit how many bytes of events it has written. */
export function checkpoints(db: DatabaseSync): (bytes: number) => void {
  const checkpoint = db.prepare('pragma wal_checkpoint(passive)')
  let written = 0
  let isAhead = false

  function carryOver(): void {
    isAhead = false
    if (!db.isOpen || db.isTransaction) return
    written = 0
    try {
      checkpoint.get()
    } catch {
      // A full disk: what was acknowledged stands in the log, and the next one tries again.
    }
  }

  return (bytes) => {
    written += bytes
    if (written < bytesBetween || isAhead) return
    isAhead = true
    setImmediate(carryOver)
  }
}
