import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { identified, prepare, textOf } from './event.ts'
import { type Rule, routing, targetKey } from './rule.ts'
import { anEntry, aRule, handClock, recordingTarget } from './testing.ts'

const clock = handClock()
const ship = recordingTarget(clock)
const bill = recordingTarget(clock, { id: 'bill' })
const event = textOf('1', prepare(anEntry(), { account: '', region: '' }, clock.now()))
const keysOf = ({ bus, name, targets }: Rule) =>
  targets.map((each) => targetKey({ bus, name }, each))
function routed(rules: readonly Rule[]) {
  const made = routing()
  for (const rule of rules) made.set(rule.bus, rule.name, rule.eventPattern, keysOf(rule))
  return made
}

describe('a routing', () => {
  test('names the targets of all rules that match, in the order in which they were added', () => {
    const { route } = routed([
      aRule({ name: 'first', targets: [ship, bill] }),
      aRule({ name: 'other', eventPattern: { source: ['elsewhere'] }, targets: [ship] }),
      aRule({ name: 'last', targets: [bill] }),
    ])

    assert.deepEqual(route('orders', event), [
      'orders/first/ship',
      'orders/first/bill',
      'orders/last/bill',
    ])
    assert.deepEqual(route('orders', event, null, new Set(['last', 'other'])), ['orders/last/bill'])
  })

  test('asks the rules of that bus alone, whatever a bus is called', () => {
    const names = ['orders', '__proto__', 'constructor', '']
    const { route } = routed(names.map((bus) => aRule({ bus, targets: [ship] })))

    for (const bus of names) assert.deepEqual(route(bus, event), [`${bus}/placed/ship`])
    for (const bus of ['toString', 'order', 'Orders']) assert.deepEqual(route(bus, event), [])
  })

  test('goes by the pattern and the targets that a rule was given last, and by none that was deleted', () => {
    const made = routed([aRule({ targets: [ship] }), aRule({ name: 'last', targets: [ship] })])

    made.set('orders', 'placed', '{"source": ["shop"]}', ['orders/placed/bill'])
    assert.deepEqual(made.route('orders', event), ['orders/placed/bill', 'orders/last/ship'])
    made.set('orders', 'placed', { source: ['elsewhere'] }, ['orders/placed/bill'])
    assert.deepEqual(made.route('orders', event), ['orders/last/ship'])
    made.delete('orders', 'last')
    made.delete('orders', 'last')
    assert.deepEqual(made.route('orders', event), [])
  })

  test('refuses a pattern that EventBridge would refuse, and keeps the one that it had', () => {
    const made = routed([aRule({ targets: [ship] })])
    const eventPattern = JSON.parse('{"source": "not-a-list"}')

    assert.throws(() => made.set('orders', 'placed', eventPattern, []), {
      code: 'InvalidEventPatternException',
    })
    assert.deepEqual(made.route('orders', event), ['orders/placed/ship'])
  })
})

test('a routing asks the text where a rule looks into the detail, whatever the object says', () => {
  const detail = '{"n": 1, "n": 2}'
  const prepared = prepare(anEntry({ Detail: detail }), { account: '', region: '' }, clock.now())
  const [text, object] = [textOf('1', prepared), identified(prepared, '1')]
  const made = routed([aRule({ targets: [ship] })])
  assert.deepEqual(made.route('orders', text, object), ['orders/placed/ship'])

  made.set('orders', 'first', { detail: { n: [1] } }, ['orders/first/bill'])
  assert.deepEqual(made.route('orders', text, object), ['orders/placed/ship', 'orders/first/bill'])
  made.set('orders', 'first', { 'detail.n': [1] }, ['orders/first/bill'])
  assert.deepEqual(made.route('orders', text, object), ['orders/placed/ship', 'orders/first/bill'])
})

test('a routing that remembers whom a kind of event is for forgets it when a rule changes', () => {
  const made = routed([aRule({ targets: [ship] })])
  const object = (fields = {}) =>
    identified(prepare(anEntry(fields), { account: '', region: '' }, clock.now()), '1')
  const route = (fields = {}) => made.route('orders', '{}', object(fields))
  for (let times = 0; times < 3; times++) {
    assert.deepEqual(route(), ['orders/placed/ship'])
    assert.deepEqual(route({ Source: 'elsewhere' }), [])
  }

  made.set('orders', 'other', { 'detail-type': ['OrderPlaced'] }, ['orders/other/bill'])
  assert.deepEqual(route(), ['orders/placed/ship', 'orders/other/bill'])
  assert.deepEqual(route({ Source: 'elsewhere' }), ['orders/other/bill'])
  assert.deepEqual(route({ Source: 'elsewhere', DetailType: 'x' }), [])
  made.delete('orders', 'placed')
  assert.deepEqual(route(), ['orders/other/bill'])
  made.set('orders', 'other', { resources: ['a'] }, ['orders/other/bill'])
  assert.deepEqual(route(), [])
  assert.deepEqual(route({ Resources: ['a'] }), ['orders/other/bill'])

  for (let kind = 0; kind < 3_000; kind++)
    assert.deepEqual(route({ DetailType: `${kind}`, Resources: ['a'] }), ['orders/other/bill'])
})

test('a target is named by its bus, its rule and itself', () => {
  assert.equal(targetKey({ bus: 'orders', name: 'placed' }, { id: 'ship' }), 'orders/placed/ship')
})
