/**
 * Holds the mails that came against those that were owed. More than one copy is right only where a
 * kill fell between the server's acceptance and the sender's note of it, and is known as a copy.
 */
import assert from 'node:assert/strict'
import type { ReceivedMail } from './mail-server.ts'

/** A kill: when it was sent, and when the process was seen to be gone. */
export interface Kill {
  readonly at: number
  readonly gone: number
}
export interface Owed {
  readonly to: string
  readonly postId: string
}

/** The sender notes an accepted mail with its next commit, so what it took longer ago is not in flight. */
const inFlightMs = 1_000

/** Answers how many copies there were too many, and the longest time from an acceptance to the kill after it. */
export function assertMailed(
  mails: readonly ReceivedMail[],
  owed: readonly Owed[],
  kills: readonly Kill[],
): { readonly copies: number; readonly longestInFlightMs: number } {
  const keyOf = ({ to, postId }: { readonly to: string; readonly postId: string | null }) =>
    `${postId} to ${to}`
  const came = Map.groupBy(mails, keyOf)
  assert.deepEqual([...came.keys()].toSorted(), owed.map(keyOf).toSorted(), 'the mails')
  const ids = new Set(mails.map(({ messageId }) => messageId))
  assert.equal(
    ids.size,
    owed.length,
    'each mail has a Message-ID of its own, the same in each copy',
  )

  let copies = 0
  let longestInFlightMs = 0
  for (const [key, [first, ...rest]] of came) {
    let before = first as ReceivedMail
    for (const copy of rest) {
      assert.equal(copy.messageId, before.messageId, `a copy of ${key} is known by its Message-ID`)
      const { at } = before
      const kill = kills.find(({ gone }) => gone >= at)
      assert.ok(kill && kill.at <= copy.at, `${key} came twice without a kill in between`)
      const inFlight = Math.max(0, kill.at - at)
      assert.ok(inFlight <= inFlightMs, `${key} had come ${inFlight} ms before the kill`)
      longestInFlightMs = Math.max(longestInFlightMs, inFlight)
      copies++
      before = copy
    }
  }
  return { copies, longestInFlightMs: Math.round(longestInFlightMs) }
}
