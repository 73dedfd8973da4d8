import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonical, notJson, parseExactly, same } from './exact-json.ts'

test('numbers that JavaScript would round or spell otherwise stay as they are', () => {
  for (const text of [
    '{"id":12345678901234567890,"price":1.0,"far":1e3,"list":[0.10,-0]}',
    '[1,2.5,"1.0",null,true]',
  ])
    assert.equal(JSON.stringify(parseExactly(text)), text)
})

test('the order of members makes no difference, that of a list does', () => {
  assert.ok(
    same(parseExactly('{"a":1,"b":{"c":1.0,"d":2}}'), parseExactly('{"b":{"d":2,"c":1.0},"a":1}')),
  )
  assert.ok(!same([1, 2], [2, 1]))
  assert.ok(!same({ a: 1 }, { a: 1, b: undefined, c: 2 }))
  assert.equal(canonical({ b: [{ z: 1, a: 2 }], a: null }), '{"a":null,"b":[{"a":2,"z":1}]}')
})

test('JSON that was cut off is told apart from what is none', () => {
  assert.equal(notJson('{"a":', 5), 'the JSON ends too early.')
  assert.equal(notJson('{"a":"b', 5), 'the JSON ends too early.')
  assert.equal(notJson('{"a"', 1), 'the JSON ends too early.')
  assert.equal(notJson('{"a":x}', 5), 'it is not JSON: "x}" is not expected here.')
})
