import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { idAt } from './event-id.ts'
import {
  deliveriesOf,
  encodePlan,
  type OpenPlans,
  type Owed,
  openPlans,
  type Plan,
} from './plan.ts'

const at = Date.parse('2026-01-01T12:00:00.000Z')
const first = idAt(at)
const owed = () =>
  new Set<Owed>([
    { event: first, target: 'orders/placed/ship' },
    { event: first, target: 'orders/placed/bill' },
    { event: first + 1, target: 'orders/placed/bill', lane: 'Müller "&" Sons' },
    { event: first + 2, target: 'a "quoted", [odd] target' },
    { event: first + 2, target: '__proto__', lane: '' },
  ])

describe('a plan as text', () => {
  test('names each target once and is read back as the deliveries that it owes', () => {
    const text = encodePlan(owed())

    assert.equal(text.split('orders/placed/bill').length, 2)
    assert.deepEqual(
      deliveriesOf(text, at).map(({ event, target, lane }) => ({
        event,
        target,
        ...(lane !== undefined && { lane }),
      })),
      [...owed()],
    )
  })

  test('owes each since its event came, and never only in the future', () => {
    const text = encodePlan(owed())

    for (const row of deliveriesOf(text, at + 5_000))
      assert.deepEqual(
        { attempts: row.attempts, due: row.due, item: row.item },
        { attempts: 0, due: at, item: '' },
      )
    for (const { due } of deliveriesOf(text, at - 5_000)) assert.equal(due, at - 5_000)
  })
})

/** What the next commit has to write, when it has no events of its own. */
function written(plans: OpenPlans, now: number) {
  plans.open(new Set(), now)
  return plans.changes(now)
}

/** One that the plan owes, as it knows it. */
function of(plan: Plan, event: number, target: string): Owed {
  const found = [...plan.owed].find((each) => each.event === event && each.target === target)
  return found ?? { event, target }
}

describe('open plans', () => {
  /** With one plan that has been written. */
  function opened() {
    const plans = openPlans()
    const plan = plans.open(owed(), at)
    const initial = plans.changes(at)
    plans.committed()
    assert.ok(plan)
    return { plans, plan, initial }
  }

  test('write a new plan under its first event', () => {
    const { initial, plan } = opened()

    assert.deepEqual(initial.plans, [{ first, text: encodePlan(owed()) }])
    assert.deepEqual(initial.deliveries, [])
    assert.equal(plan.first, first)
  })

  test('write nothing when nothing has changed, and no plan for nothing owed', () => {
    const { plans } = opened()

    assert.deepEqual(written(plans, at), { plans: [], deliveries: [] })
    assert.equal(plans.open(new Set(), at), null)
  })

  test('write what is left of a plan, and delete it with its last delivery', () => {
    const { plans, plan } = opened()
    const all = deliveriesOf(encodePlan(owed()), at)

    assert.equal(plans.strike(plan, of(plan, first, 'orders/placed/ship')), true)
    const [left] = written(plans, at).plans
    plans.committed()
    assert.equal(deliveriesOf(left?.text ?? '', at).length, all.length - 1)

    for (const one of [...plan.owed]) plans.strike(plan, one)
    assert.deepEqual(written(plans, at).plans, [{ first, text: null }])
  })

  test('know that a delivery without a plan has a row', () => {
    const { plans } = opened()

    assert.equal(plans.strike(null, { event: first, target: 'orders/placed/ship' }), false)
  })

  test('give rows to what a plan owes after more than 250 ms, once it is struck from', () => {
    const { plans, plan } = opened()
    plans.strike(plan, of(plan, first, 'orders/placed/ship'))
    assert.deepEqual(written(plans, at + 250).deliveries, [])
    plans.committed()
    plans.strike(plan, of(plan, first + 1, 'orders/placed/bill'))

    const { plans: rows, deliveries } = written(plans, at + 251)
    plans.committed()

    assert.deepEqual(rows, [{ first, text: null }])
    assert.equal(deliveries.length, 3)
    assert.equal(plans.strike(plan, of(plan, first, 'orders/placed/bill')), false)
    assert.deepEqual(written(plans, at + 300), { plans: [], deliveries: [] })
  })

  test('write the same again after a commit that failed', () => {
    const { plans, plan } = opened()
    const shipped = of(plan, first, 'orders/placed/ship')
    plans.strike(plan, shipped)
    const before = written(plans, at + 251)
    plans.failed()

    assert.equal(plans.strike(plan, shipped), true)
    assert.deepEqual(written(plans, at + 251), before)
  })

  test('forget the plan that was new in a commit that failed', () => {
    const plans = openPlans()
    plans.open(owed(), at)
    plans.changes(at)
    plans.failed()

    assert.deepEqual(written(plans, at), { plans: [], deliveries: [] })
  })

  test('tell the oldest event that is owed, until nothing is', () => {
    const { plans, plan } = opened()
    assert.equal(plans.oldest, first)

    for (const one of [...plan.owed]) plans.strike(plan, one)
    assert.equal(plans.oldest, first)
    written(plans, at)
    plans.committed()

    assert.equal(plans.oldest, Number.POSITIVE_INFINITY)
  })
})
