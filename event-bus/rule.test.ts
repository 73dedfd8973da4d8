import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { envelope } from './event.ts'
import { routing, targetKey } from './rule.ts'
import { anEntry, aRule, handClock, recordingTarget } from './testing.ts'

const clock = handClock()
const ship = recordingTarget(clock)
const bill = recordingTarget(clock, { id: 'bill' })
const event = envelope('1', anEntry(), { account: '', region: '' }, clock.now()).envelope

describe('a routing', () => {
  test('names the targets of all rules that match, in the order in which they are written', () => {
    const route = routing([
      aRule({ name: 'first', targets: [ship, bill] }),
      aRule({ name: 'other', eventPattern: { source: ['elsewhere'] }, targets: [ship] }),
      aRule({ name: 'last', targets: [bill] }),
    ])

    assert.deepEqual(route('orders', event), [
      'orders/first/ship',
      'orders/first/bill',
      'orders/last/bill',
    ])
  })

  test('asks the rules of that bus alone, whatever a bus is called', () => {
    const names = ['orders', '__proto__', 'constructor', '']
    const route = routing(names.map((bus) => aRule({ bus, targets: [ship] })))

    for (const bus of names) assert.deepEqual(route(bus, event), [`${bus}/placed/ship`])
    for (const bus of ['toString', 'order', 'Orders']) assert.deepEqual(route(bus, event), [])
  })

  test('refuses a pattern that EventBridge would refuse', () => {
    const eventPattern = JSON.parse('{"source": "not-a-list"}')

    assert.throws(() => routing([aRule({ eventPattern })]), {
      code: 'InvalidEventPatternException',
    })
  })
})

test('a target is named by its bus, its rule and itself', () => {
  assert.equal(targetKey({ bus: 'orders', name: 'placed' }, { id: 'ship' }), 'orders/placed/ship')
})
