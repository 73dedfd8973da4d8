/** Holds what is cut and spliced as text against what JSON.parse sees. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DeliveryRefused } from './errors.ts'
import { inputTransformer } from './input-transformer.ts'
import { jsonCutter, jsonPath } from './json-path.ts'
import { jsonFault, minified } from './json-text.ts'

const context = { ruleArn: 'arn', ruleName: 'rule', ingestionTime: 0 }
const runs = { numRuns: 3_000 }

const key = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', 'x/y', '1')
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(null, true, 0, -1.5e300, '', 'a"b', '\\', '\n<a>', '{"a":[', ' : ,'),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(key, tie('value')), { maxLength: 4 })
      .map((entries) => Object.fromEntries(entries)),
  ),
}))
const indent = fc.constantFrom('', ' ', '\t\n')
const step = fc.oneof(
  key.map((name) => `.${name}`),
  fc.constantFrom('[0]', '[1]', '[*]'),
)
const path = fc.array(step, { maxLength: 4 }).map((steps) => `$${steps.join('')}`)

/** Every value at the path. */
function found(root: unknown, text: string): unknown[] {
  let values = [root]
  for (const [each] of text.matchAll(/\.[^.[]+|\[[^\]]+\]/g))
    values = values.flatMap((inside) => {
      if (typeof inside !== 'object' || inside === null) return []
      if (each === '[*]') return Object.values(inside)
      const isIndex = each.startsWith('[')
      if (Array.isArray(inside) !== isIndex) return []
      const name = isIndex ? each.slice(1, -1) : each.slice(1)
      return Object.hasOwn(inside, name) ? [(inside as Record<string, unknown>)[name]] : []
    })
  return values
}

test('a path cuts out what JSON.parse finds there', () => {
  fc.assert(
    fc.property(value, indent, path, (root, space, text) => {
      const cut = jsonCutter(JSON.stringify(root, null, space))(jsonPath(text) ?? assert.fail())
      const expected = found(root, text)
      const isWild = text.includes('*')
      const sorted = (each: unknown) =>
        Array.isArray(each) ? each.map((one) => JSON.stringify(one)).sort() : each
      if (!isWild && expected.length === 0) assert.equal(cut, undefined)
      else if (isWild)
        // JSON.parse moves the key "1" to the front.
        assert.deepEqual(sorted(JSON.parse(cut ?? '')), sorted(expected))
      else assert.deepEqual(JSON.parse(cut ?? ''), expected[0])
    }),
    runs,
  )
})

test('a text is found to be JSON when JSON.parse takes it, and only then', () => {
  const text = fc.oneof(
    fc.tuple(value, indent).map(([root, space]) => JSON.stringify(root, null, space)),
    fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', '"', '\\', ',', '}', '0', 'e', '-', '\u0000'))
      .map(
        ([json, at, odd]) =>
          json.slice(0, at % json.length) + odd + json.slice((at % json.length) + 1),
      ),
    fc.string({ unit: fc.constantFrom(...'{}[]",:0.e-\\ nul') }),
  )
  fc.assert(
    fc.property(text, (each) => {
      let isJson = true
      try {
        JSON.parse(each)
      } catch {
        isJson = false
      }
      assert.equal(jsonFault(each) === undefined, isJson)
    }),
    { numRuns: 20_000 },
  )
})

test('a minified text says what it said, without a space outside its strings', () => {
  fc.assert(
    fc.property(value, indent, (root, space) => {
      assert.equal(minified(JSON.stringify(root, null, space)), JSON.stringify(root))
    }),
    runs,
  )
})

test('a JSON template makes JSON with these values, or refuses the delivery', () => {
  const piece = fc.constantFrom('<v>', ' x ', '\\"', '\\\\', '<w>', ':', '{', ',')
  const quoted = fc.array(piece, { maxLength: 5 }).map((pieces) => `"${pieces.join('')}"`)
  fc.assert(
    fc.property(value, value, fc.array(quoted), indent, (v, w, strings, space) => {
      const InputTemplate = `{ "v": <v>, "w" :[<w>],\n"s":[${strings.join(' , ')}]}`
      const InputPathsMap = { v: '$.detail.v', w: '$.detail.w' }
      const event = JSON.stringify({ detail: { v, w } }, null, space)
      const isInside = (name: string, one: unknown) =>
        typeof one === 'object' &&
        JSON.stringify(one).includes('"') &&
        strings.some((each) => each.includes(`<${name}>`))
      const isRefused = isInside('v', v) || isInside('w', w)
      try {
        const made = inputTransformer('t', { InputPathsMap, InputTemplate })(event, context)
        assert.ok(!isRefused)
        const spelt = (one: unknown) => (typeof one === 'string' ? one : JSON.stringify(one))
        assert.deepEqual(JSON.parse(made), {
          v,
          w: [w],
          s: strings.map((each) =>
            (JSON.parse(each) as string).replace(/<([vw])>/g, (_, name) =>
              spelt(name === 'v' ? v : w),
            ),
          ),
        })
      } catch (error) {
        if (!(error instanceof DeliveryRefused)) throw error
        assert.ok(isRefused)
      }
    }),
    runs,
  )
})
