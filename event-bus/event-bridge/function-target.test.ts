import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeliveryRefused } from '../errors.ts'
import type { Invocation } from '../target.ts'
import { type FunctionTarget, functionTarget, type SentFor } from './function-target.ts'

const invocation = (order: number): Invocation => ({
  event: { detail: { order } } as never,
  text: String(order),
  item: '',
  progress: undefined,
  signal: new AbortController().signal,
})
const [first, second, third] = [invocation(1), invocation(2), invocation(3)]
/** Sends nothing for the second. */
const sent: SentFor = ({ text }) => {
  if (text === '2') throw new DeliveryRefused('nothing to send', { code: 'INVALID_PARAMETER' })
  return text
}
const batch = { size: 10, windowMs: 0 }

/** Keeps what it is called with; fails with what is thrown or answered. */
function called(answer: () => ReadonlyMap<number, unknown> = () => new Map()) {
  const calls: unknown[] = []
  const target: FunctionTarget = {
    async invoke(input) {
      calls.push(input)
    },
    async invokeBatch(inputs) {
      calls.push(inputs)
      return answer()
    },
  }
  return { calls, target }
}

test('those of a batch that have no input fail alone', async () => {
  const { calls, target } = called()

  const failures = await functionTarget(target, sent, batch).batch?.invoke([first, second, third])

  assert.deepEqual(calls, [[1, 3]])
  assert.deepEqual(
    [...(failures ?? [])].map(([at]) => at),
    [1],
  )
})

test('what a function answers to have failed is told by its place in the whole batch', async () => {
  const error = new Error('not this one')
  const { target } = called(() => new Map([[1, error]]))

  const failures = await functionTarget(target, sent, batch).batch?.invoke([first, second, third])

  assert.deepEqual([...(failures ?? [])].map(([at]) => at).sort(), [1, 2])
  assert.equal(failures?.get(2), error)
})

test('when the function throws, all that it was given has failed with that', async () => {
  const error = new Error('out of petrol')
  const { target } = called(() => {
    throw error
  })

  const failures = await functionTarget(target, undefined, batch).batch?.invoke([first, third])

  assert.deepEqual(
    [...(failures ?? [])],
    [
      [0, error],
      [1, error],
    ],
  )
})

test('a function is not called when nothing of a batch has an input', async () => {
  const { calls, target } = called()

  await functionTarget(target, sent, batch).batch?.invoke([second])

  assert.deepEqual(calls, [])
})

test('a function without batches has none, and has its own time', () => {
  const { invoke } = called().target

  assert.deepEqual(Object.keys(functionTarget({ invoke }, sent, batch)), ['invoke'])
  assert.equal(functionTarget({ invoke, timeoutMs: 5 }, sent, batch).timeoutMs, 5)
  assert.ok(!functionTarget(called().target, sent, undefined).batch)
})
