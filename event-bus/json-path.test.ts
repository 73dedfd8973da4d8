import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { jsonCutter, jsonPath } from './json-path.ts'

const json = `{
  "a": [ {"n": 1.0}, {"n":"x"} , {"m": [ ] }, 7 ],
  "a-b_c/d:é": -0,
  "k\\u0065y": true,
  "twice": 1, "twice": {"in": 2}, "0": "zero", "": null
}`
const cut = (path: string) => {
  const steps = jsonPath(path)
  assert.ok(steps, `${path} is a path`)
  return jsonCutter(json)(steps)
}

describe('a path', () => {
  for (const [path, expected] of [
    ['$', json],
    ['$.a[0].n', '1.0'],
    ['$.a[1]', '{"n":"x"}'],
    ['$.a[2].m', '[ ]'],
    ['$.a[3]', '7'],
    ['$.a[4]', undefined],
    ['$.a.0', undefined],
    ['$.a-b_c/d:é', '-0'],
    ['$.key', 'true'],
    ['$.twice', '{"in": 2}'],
    ['$.twice.in', '2'],
    ['$.0', '"zero"'],
    ['$[0]', undefined],
    ['$.a[3].n', undefined],
    ['$.toString', undefined],
    ['$.a[*]', '[{"n": 1.0},{"n":"x"},{"m": [ ] },7]'],
    ['$.a[*].n', '[1.0,"x"]'],
    ['$.a[*].m[*]', '[]'],
    ['$.nothing[*]', '[]'],
  ] as const)
    test(`cuts ${JSON.stringify(expected?.slice(0, 30))} out at ${path}`, () => {
      assert.equal(cut(path), expected)
    })

  for (const path of [
    '',
    'a',
    '.a',
    '$a',
    '$.',
    '$..a',
    '$.a.',
    "$['a']",
    '$["a"]',
    '$.a[-1]',
    '$.a[0:1]',
    '$.a[0,1]',
    '$.a[?(@.n)]',
    '$.a b',
    '$.a[0',
    '$.a[]',
    '$.a*',
    '$.a.*',
    '$.*.n',
    '$\n',
  ])
    test(`is not ${JSON.stringify(path)}`, () => {
      assert.equal(jsonPath(path), undefined)
    })
})

test('paths that look at too many values end in a refusal, soon', () => {
  const wide = `{"a":[${'{},'.repeat(300_000)}{}]}`
  const cutWide = jsonCutter(wide)
  const paths = Array.from({ length: 100 }, (_, index) => jsonPath(`$.a[*].n${index}`))
  assert.throws(() => paths.map((path) => path && cutWide(path)), {
    name: 'DeliveryRefused',
    code: 'INVALID_PARAMETER',
    message:
      'The JSON paths of the target look at more than 2000000 values of the event. Use fewer wildcards.',
  })
})
