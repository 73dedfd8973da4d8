/** What is left of a bus after a crash, held against what had been told before it. */
import assert from 'node:assert/strict'
import { handClock } from '../../event-bus/testing.ts'
import { integrity, openBus } from './bus.ts'
import { circuit } from './circuit.ts'
import { assertCopies, assertKept, type Ledger, type Receipt, together } from './ledger.ts'

const hour = 3_600_000

/** Opens the file, an hour later, and lets everything come to its end. All of `before` is of life 0. */
export async function assertNothingLost(file: string, before: Ledger) {
  const receipts: Receipt[] = []
  const after = circuit((what, n, id) => receipts.push({ what, n, id, at: 2 ** 52, life: 1 }), {
    haste: true,
  })
  const clock = handClock(new Date(Date.now() + hour).toISOString())
  const bus = await openBus(file, after, { clock, patience: 0 })
  await clock.move(10_000)
  await bus.settled()
  const kept = await bus.kept()
  await bus.close()

  const ledger = together([before, { puts: [], receipts }])
  const found = assertKept(ledger, kept)
  const { copies } = assertCopies(ledger, [])
  assert.equal(integrity(file), 'ok')
  return { ...found, copies }
}
