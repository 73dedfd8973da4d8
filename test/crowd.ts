/** So many readers of one topic that nobody would let each confirm a mail, and how far a post is among them. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import type { PostProgress } from '../blog/progress.ts'
import { call } from './http.ts'

export const addressOf = (reader: number): string => `reader-${reader}@example.org`

/** They have confirmed. The blog that the directory is of has ended, and not by a kill. */
export function gather(dataDir: string, topic: string, readers: number): void {
  const db = new DatabaseSync(join(dataDir, 'busbar.db'))
  const policy = JSON.stringify({ detail: { topic: [topic] } })
  const insert = db.prepare(`
    insert into subscription (id, topic, protocol, endpoint, filter_policy, status, requested_at,
      confirm_token, unsubscribe_token)
    values (?, 'new-posts', 'email', ?, ?, 'confirmed', '2026-01-01T12:00:00.000Z', ?, ?)`)
  db.exec('begin')
  for (let reader = 0; reader < readers; reader++) {
    const id = `01900000-0000-7000-8000-${reader.toString(16).padStart(12, '0')}`
    insert.run(
      id,
      addressOf(reader),
      policy,
      `confirm-of-reader-${reader}`,
      `end-of-reader-${reader}`,
    )
  }
  db.exec('commit')
  db.close()
}

export async function progressOf(url: string, postId: string): Promise<PostProgress> {
  const answer = await call(`${url}/api/posts/${postId}/progress`)
  assert.equal(answer.status, 200, answer.text)
  return answer.json<PostProgress>()
}

const apartMs = 50

/** Asks until `holds`, and answers all that was told on the way. */
export async function progressUntil(
  url: string,
  postId: string,
  holds: (progress: PostProgress) => boolean,
  limitMs: number,
): Promise<readonly PostProgress[]> {
  const told: PostProgress[] = []
  const giveUp = performance.now() + limitMs
  for (;;) {
    const progress = await progressOf(url, postId)
    told.push(progress)
    if (holds(progress)) return told
    assert.ok(performance.now() < giveUp, `it got as far as ${JSON.stringify(progress)}`)
    await pause(apartMs)
  }
}
