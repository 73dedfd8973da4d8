import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EventBridgeEvent } from './event.ts'
import { orderKey } from './order-key.ts'

const event = {
  source: 'shop',
  detail: { order: 7, customer: { id: 'ann' }, items: [{ sku: 'x' }], nothing: null },
} as unknown as EventBridgeEvent

test('the key is the value at the path, a text as it is and all else as JSON', () => {
  for (const [path, key] of [
    ['$.source', 'shop'],
    ['$.detail.order', '7'],
    ['$.detail.customer.id', 'ann'],
    ['$.detail.customer', '{"id":"ann"}'],
    ['$.detail.items[0].sku', 'x'],
    ['$.detail.nothing', 'null'],
  ] as const)
    assert.equal(orderKey('ship', path)(event), key)
})

test('what is not there has one key for all', () => {
  for (const path of [
    '$.detail.none',
    '$.detail.order.id',
    '$.detail.items[1]',
    '$.detail.items.length',
    '$.detail.customer[0]',
    '$.detail.toString',
    '$.detail.nothing.id',
  ])
    assert.equal(orderKey('ship', path)(event), '')
})

test('a path to more or less than one value is refused', () => {
  for (const path of ['$', '$.detail.*', '$.detail.items[*]', 'detail', '$..a', ''])
    assert.throws(() => orderKey('ship', path), {
      code: 'ValidationException',
      message: `Parameter BusbarParameters.OrderBy is not valid for target ship. Reason: ${path} is not a JSON path to one value, as $.detail.orderId is.`,
    })
})
