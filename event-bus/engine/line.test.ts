/** Who is next: as they came, one of each lane, so many together, replays when nothing else waits. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { replayItem } from '../delivery.ts'
import { aWaitingDelivery } from '../testing.ts'
import { type Line, line } from './line.ts'
import type { Delivery } from './plan.ts'

const aDelivery = (event: number, lane?: string, item = ''): Delivery => ({
  ...aWaitingDelivery({ event, item, ...(lane !== undefined && { lane }) }),
  ...{ text: '{}', envelope: null, plan: null },
})
const ids = (deliveries: readonly Delivery[]) => deliveries.map(({ event }) => event)

/** With these in it, all of them since moment 0. */
function lineOf(deliveries: readonly Delivery[], batch?: { size: number; windowMs: number }): Line {
  const made = line(() => batch && { ...batch, invoke: async () => new Map() })
  for (const each of deliveries) made.add(each, () => 0)
  return made
}

/** All that can be taken now, one attempt after the other, none of which ends. */
function rest(from: Line): readonly (readonly number[])[] {
  const taken: (readonly number[])[] = []
  while (from.wait(() => 0) === undefined) taken.push(ids(from.take()))
  return taken
}

describe('what stands in line', () => {
  test('is taken in the order in which it came, however many there are', () => {
    const many = Array.from({ length: 2_500 }, (_, event) => aDelivery(event))

    assert.deepEqual(rest(lineOf(many)).flat(), ids(many))
  })

  test('has an end', () => {
    const one = lineOf([aDelivery(1)])
    one.take()

    assert.equal(
      one.wait(() => 0),
      Number.POSITIVE_INFINITY,
    )
    assert.deepEqual(one.take(), [])
    one.add(aDelivery(2), () => 0)
    assert.deepEqual(ids(one.take()), [2])
  })

  test('comes before what was replayed, which is taken when there is nothing else', () => {
    const mixed = lineOf([aDelivery(1, undefined, replayItem('r')), aDelivery(2), aDelivery(3)])

    assert.deepEqual(rest(mixed), [[2], [3], [1]])
  })

  test('is given up without what is under way', () => {
    const first = aDelivery(1, 'a')
    const some = lineOf([
      first,
      aDelivery(2, 'a'),
      aDelivery(3, 'b'),
      aDelivery(4, undefined, replayItem('r')),
    ])
    some.take()
    some.wait(() => 0)

    assert.deepEqual(new Set(ids(some.clear())), new Set([2, 3, 4]))
    assert.deepEqual(some.settled(first, true), [])
    assert.deepEqual(rest(some), [])
  })
})

describe('what stands in a lane', () => {
  const [a1, a2, b3, a4, c5] = [
    ...[aDelivery(1, 'a'), aDelivery(2, 'a'), aDelivery(3, 'b')],
    ...[aDelivery(4, 'a'), aDelivery(5)],
  ] as const

  test('is taken one at a time, and the others pass by', () => {
    assert.deepEqual(rest(lineOf([a1, a2, b3, a4, c5])), [[1], [3], [5]])
  })

  test('is taken next when the one before it is done, ahead of what came later', () => {
    const some = lineOf([a1, a2, a4])
    rest(some)
    some.add(c5, () => 0)

    assert.deepEqual(some.settled(a1, false), [])
    assert.deepEqual(rest(some), [[2], [5]])
    some.settled(a2, false)
    assert.deepEqual(rest(some), [[4]])
  })

  test('leaves with the one before it when that is tried again, also those not looked at yet', () => {
    const some = lineOf([a1, a2, b3, a4, c5])
    some.take()
    some.take() // 2 was passed by, 4 was not

    assert.deepEqual(ids(some.settled(a1, true)), [2, 4])
    assert.deepEqual(rest(some), [[5]])
  })

  test('is held up by none but the one that was taken of it', () => {
    const some = lineOf([a1, a2])
    some.take()

    assert.deepEqual(some.settled(aDelivery(1, 'a'), false), [])
    assert.deepEqual(some.settled(b3, true), [])
    assert.deepEqual(rest(some), [])
  })

  test('keeps its order when some of it was replayed', () => {
    const replayed = aDelivery(9, 'a', replayItem('r'))
    const some = lineOf([a1, replayed, a2])
    some.take()

    assert.deepEqual(rest(some), [])
    some.settled(a1, false)
    assert.equal(rest(some).length, 1)
  })
})
