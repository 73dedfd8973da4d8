/** What it takes to take rules out of a set again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RuleSet } from './index.ts'
import { addItem, removeItem } from './items.ts'

/** Rules that hang in one list, each kind in another sort of it. */
const alike: Record<string, (id: number) => object> = {
  'an exact value': () => ({ a: ['x'] }),
  'a pair of values': () => ({ a: ['x'], b: ['y'] }),
  'a value and a prefix': () => ({ a: ['x'], b: [{ prefix: 'y' }] }),
  'a value and a range': () => ({ a: ['x'], b: [{ numeric: ['>', 1] }] }),
  'a value, each with a field of its own': (id) => ({ a: ['x'], [`b${id}`]: ['y'] }),
  'a prefix': () => ({ a: [{ prefix: 'x' }] }),
  'a suffix': () => ({ a: [{ suffix: 'x' }] }),
  'a text in any case': () => ({ a: [{ 'equals-ignore-case': 'x' }] }),
  'a piece of a wildcard': () => ({ a: [{ wildcard: '*xyz*' }] }),
  'a piece of wildcards that are not the same': (id) => ({ a: [{ wildcard: `*xy*z${id}*` }] }),
  'an interval': () => ({ a: [{ numeric: ['>', 1, '<', 5] }] }),
  'a block of addresses': () => ({ a: [{ cidr: '10.0.0.0/8' }] }),
  'the same excluded value': () => ({ a: [{ 'anything-but': ['x'] }] }),
  'an excluded value among others': (id) => ({ a: [{ 'anything-but': ['x', `x${id}`] }] }),
  'any value': () => ({ a: [{ exists: true }] }),
  'no value': () => ({ a: [{ exists: false }] }),
}

for (const [what, pattern] of Object.entries(alike))
  test(`of rules that hang on ${what}, each is taken out without looking through the others`, () => {
    const size = 2_000
    const rules = new RuleSet<number>()
    for (let id = 0; id < size; id++) rules.add(id, pattern(id))
    const looked = countingSearches(() => {
      for (let id = 0; id < size; id++) rules.add((id * 7) % size, pattern(id))
      for (let id = 0; id < size; id++) rules.delete((id * 11) % size)
    })
    assert.equal(rules.size, 0)
    assert.ok(looked < 2 * size * 100, `${looked} were looked at`)
    assert.deepEqual(rules.match({ a: 'x', b: 'y' }), [])
  })

/** The lengths of all arrays that are searched or cut meanwhile. */
function countingSearches(work: () => void): number {
  const { indexOf, splice } = Array.prototype
  let looked = 0
  const replace = (name: string, method: (...args: never[]) => unknown) =>
    Object.defineProperty(Array.prototype, name, {
      value(this: unknown[], ...args: never[]) {
        looked += this.length
        return method.apply(this, args)
      },
      configurable: true,
      writable: true,
    })
  replace('indexOf', indexOf)
  replace('splice', splice)
  try {
    work()
  } finally {
    Object.defineProperty(Array.prototype, 'indexOf', { value: indexOf })
    Object.defineProperty(Array.prototype, 'splice', { value: splice })
  }
  return looked
}

test('what is left of a long list after some were taken out is found', () => {
  for (const [what, pattern] of Object.entries(alike)) {
    const rules = new RuleSet<number>()
    const left = new Set<number>()
    for (let id = 0; id < 200; id++) rules.add(id, pattern(7))
    for (let id = 0; id < 200; id++)
      if (id % 3 === 0) rules.delete(id)
      else left.add(id)
    for (let id = 0; id < 200; id += 9) rules.add(id, pattern(7))
    for (let id = 0; id < 200; id += 9) left.add(id)
    const match = (event: object) => rules.match(event).toSorted((a, b) => a - b)
    const all = [...left].sort((a, b) => a - b)
    const events = [
      { a: ['x', 'vxyz', 'xyz7'], b: ['y', 2], b7: 'y' },
      { a: [3, '10.0.0.1'], b: 'y' },
      {},
    ]
    const found = events.map(match).filter((ids) => ids.length > 0)
    assert.ok(found.length > 0, what)
    for (const ids of found) assert.deepEqual(ids, all, what)
  }
})

test('a rule that names a value twice is taken out as one that names it once', () => {
  const twice = ['x', { exactly: 'x' }]
  for (const pattern of [
    { a: twice },
    { a: twice, b: twice },
    { a: twice, b: [{ prefix: 'x' }, { prefix: 'x' }] },
    { a: twice, b: [{ numeric: ['>', 1] }, { numeric: ['>', 1] }] },
    { a: [{ 'anything-but': 'y' }, { 'anything-but': 'y' }, { exists: true }, { prefix: '' }] },
  ]) {
    const rules = new RuleSet<number>()
    const event = { a: 'x', b: ['x', 2] }
    for (let id = 0; id < 3; id++) rules.add(id, pattern)
    assert.deepEqual(rules.match(event), [0, 1, 2])
    rules.delete(1)
    assert.deepEqual(rules.match(event), [0, 2])
    for (const id of [0, 2]) rules.delete(id)
    assert.deepEqual(rules.match(event), [])
    rules.add(1, pattern)
    assert.deepEqual(rules.match(event), [1])
  }
})

test('a long list is read a few times for each item that is taken out', () => {
  let reads = 0
  const items = new Proxy<object[]>([], {
    get(target, key) {
      reads++
      return Reflect.get(target, key)
    },
  })
  const all = Array.from({ length: 10_000 }, (_, id) => ({ id }))
  for (const item of all) addItem(items, item)
  reads = 0
  for (const item of all) removeItem(items, item)
  assert.equal(items.length, 0)
  assert.ok(reads < 20 * all.length, `${reads} reads`)
})
