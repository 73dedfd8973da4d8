import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mostAttempts, type Noted, noteAfter, progressOf, type StepCount } from './progress.ts'
import { anId, aPost } from './testing.ts'

const post = aPost({ createdAt: '2026-01-01T12:00:00.250Z' })
const soon = new Date('2026-01-01T12:00:09Z')
const nextDay = new Date('2026-01-02T12:00:01Z')
const counts = (step: StepCount['step'], fields: Partial<StepCount>): StepCount => ({
  ...{ step, done: 0, skipped: 0, failed: 0, dead: 0, at: null, ...fields },
})
const once = [
  counts('recognised', { done: 1, at: '2026-01-01T12:00:01Z' }),
  counts('pushed', { done: 1, at: '2026-01-01T12:00:02Z' }),
]
const noted = (mailed: Partial<StepCount>, fields: Partial<Noted> = {}): Noted => ({
  announcement: {
    ...{ postId: anId(1), at: '2026-01-01T12:00:00Z', readers: { email: 3, https: 0 } },
  },
  counts: [counts('mailed', mailed), ...once],
  failures: [],
  ...fields,
})

test('it is finished when each reader is told, has gone, or is given up, and nothing else is open', () => {
  for (const [mailed, isFinished] of [
    [{ done: 3 }, true],
    [{ done: 2 }, false],
    [{ done: 1, skipped: 1, dead: 1 }, true],
    [{ done: 2, failed: 1 }, false],
    [{}, false],
  ] as const)
    assert.equal(progressOf(post, noted(mailed), soon).isFinished, isFinished)
  for (const without of ['recognised', 'pushed'])
    assert.equal(
      progressOf(
        post,
        noted(
          {},
          {
            counts: [counts('mailed', { done: 3 }), ...once].filter(({ step }) => step !== without),
          },
        ),
        soon,
      ).isFinished,
      false,
      without,
    )
  assert.equal(progressOf(post, noted({}, { announcement: null }), soon).isFinished, false)
})

test('who has gone is not waited for, and who came after the count is told too', () => {
  const { of } = progressOf(post, noted({ done: 1, skipped: 2 }), soon).mailed
  assert.equal(of, 1)
  assert.equal(progressOf(post, noted({ done: 4, failed: 1 }), soon).mailed.of, 5)
})

test('what has failed for a day is given up', () => {
  const failure = { step: 'mailed', attempts: 9, reason: 'No', at: post.createdAt } as const
  const failing = noted({ done: 2, failed: 1 }, { failures: [{ ...failure, outcome: 'failed' }] })

  const { mailed, failures, isFinished } = progressOf(post, failing, soon)
  assert.deepEqual([mailed.failed, mailed.dead, isFinished], [1, 0, false])
  assert.deepEqual(failures, [{ ...failure, isTriedAgain: true }])

  const later = progressOf(post, failing, nextDay)
  assert.deepEqual([later.mailed.failed, later.mailed.dead, later.isFinished], [0, 1, true])
  assert.deepEqual(later.failures, [{ ...failure, isTriedAgain: false }])
})

test('an announcement of whole seconds is not before the post', () => {
  const { announced } = progressOf(post, noted({}), soon)
  assert.equal(announced, post.createdAt)
  const announcement = { ...noted({}).announcement, at: '2026-01-01T12:00:04Z' }
  const later = noted({}, { announcement: announcement as Noted['announcement'] })
  assert.equal(progressOf(post, later, soon).announced, '2026-01-01T12:00:04.000Z')
})

test('a failure counts an attempt, and the last that is allowed is a death', () => {
  const failed = { outcome: 'failed', attempts: mostAttempts - 2 } as const
  const again = noteAfter(failed, { outcome: 'failed' })
  assert.deepEqual(again, { outcome: 'failed', attempts: mostAttempts - 1 })
  assert.deepEqual(noteAfter(again, { outcome: 'failed' }), {
    ...{ outcome: 'dead', attempts: mostAttempts },
  })
  assert.deepEqual(noteAfter(again, { outcome: 'done' }), {
    ...{ outcome: 'done', attempts: mostAttempts - 1 },
  })
  assert.equal(noteAfter({ outcome: 'done', attempts: 0 }, { outcome: 'failed' }), null)
})
