import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeliveryFailed, DeliveryRefused } from '@busbar/event-bus'
import { anId, blogPorts } from '../testing.ts'
import { noted } from './noted.ts'

const step = { postId: anId(1), step: 'mailed', subscriptionId: anId(101) } as const
const failing = (error: unknown) => async () => {
  throw error
}

test('what a step comes to is noted with its time', async () => {
  for (const outcome of ['done', 'skipped'] as const) {
    const { progress, clock } = blogPorts()
    await noted(step, async () => outcome, { progress, clock })
    const at = clock.now().toISOString()
    assert.deepEqual(progress.all(), [{ ...step, outcome, reason: null, at, attempts: 0 }])
  }
})

test('a failure is noted and thrown, and one that is refused is dead', async () => {
  for (const [error, outcome] of [
    [new DeliveryFailed('The webhook answered 500.'), 'failed'],
    [new DeliveryRefused('The mail server refused the mail: 550'), 'dead'],
    [new Error('The mail server h:25 did not answer in time'), 'failed'],
  ] as const) {
    const { progress, clock } = blogPorts()
    await assert.rejects(noted(step, failing(error), { progress, clock }), error)
    const [row] = progress.all()
    assert.deepEqual([row?.outcome, row?.reason, row?.attempts], [outcome, error.message, 1])
  }
})

test('a reason holds no address and nothing that others quote', async () => {
  const sqlite = Object.assign(new Error('near "a secret"'), { code: 'ERR_SQLITE_ERROR' })
  for (const [error, reason] of [
    [new Error('No such <reader@example.org> at\nhttps://hook.example/x?y'), 'No such <…> at …'],
    [sqlite, 'ERR_SQLITE_ERROR'],
    [new SyntaxError('Unexpected token in "Dear reader"'), 'SyntaxError'],
    ['a string', 'Error'],
    [null, 'Error'],
    [Object.assign(new Error('x'), { code: 'a b' }), 'Error'],
    [new Error('x'.repeat(1_000)), 'x'.repeat(200)],
  ] as const) {
    const { progress, clock } = blogPorts()
    await noted(step, failing(error), { progress, clock }).catch(() => {})
    assert.equal(progress.all()[0]?.reason, reason)
  }
})

test('a note that cannot be made neither fails a step nor hides why it failed', async () => {
  const { clock, progress: kept } = blogPorts()
  const progress = { ...kept, note: () => Promise.reject(new Error('The disk is full')) }
  await noted(step, async () => 'done', { progress, clock })
  await assert.rejects(noted(step, failing(new Error('450')), { progress, clock }), /^Error: 450$/)
})
