/** What only a text can say: keys that are written twice, the spelling of numbers, the order of keys. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile, InvalidEvent, RuleSet } from './index.ts'

const cases: [name: string, pattern: string, yes: string[], no: string[]][] = [
  [
    'all values of a key that an event writes twice count',
    '{"a":[1],"b":[{"exists":false}]}',
    ['{"a":2,"a":1}', '{"a":1,"a":2}', '{"a":1,"a":{"c":1}}'],
    ['{"a":2,"a":3}', '{"a":1,"b":{},"b":2}'],
  ],
  [
    'objects of a key that an event writes twice are one',
    '{"a":{"b":[1],"c":[2]}}',
    ['{"a":{"b":1},"a":{"c":2}}', '{"a":{"b":1},"a.c":2}', '{"a":[{"b":1}],"a":[{"c":2}]}'],
    ['{"a":{"b":1},"a":{"b":2}}', '{"a":[{"b":1},{"c":2}],"a":[{"b":3}]}'],
  ],
  [
    'what sits in no array goes with every element, and elements of two arrays go together',
    '{"a":{"b":[1],"c":[2]}}',
    [
      '{"a":[{"b":1},{"c":3}],"a":{"c":2}}',
      '{"a":{"b":1},"a":[{"b":3},{"c":2}]}',
      '{"a":[{"b":1},{"c":3}],"a":[{"b":3},{"c":2}]}',
    ],
    ['{"a":[{"b":1},{"c":2}],"a":{"c":3}}', '{"a":[{"b":1},{"c":2}],"a":[{"b":3},{"c":3}]}'],
  ],
  [
    'of the matchers of a key that a pattern writes twice the last stand',
    '{"a":[1],"a":[2]}',
    ['{"a":2}'],
    ['{"a":1}'],
  ],
  [
    'objects of a key that a pattern writes twice are both asked for',
    '{"a":{"b":[1]},"a":{"c":[2]}}',
    ['{"a":{"b":1,"c":2}}'],
    ['{"a":{"b":1}}', '{"a":{"c":2}}'],
  ],
  [
    'several $or in one object multiply',
    '{"$or":[{"a":[1]},{"b":[1]}],"$or":[{"c":[1]},{"d":[1]}]}',
    ['{"a":1,"d":1}', '{"b":1,"c":1}'],
    ['{"a":1,"b":1}', '{"c":1}'],
  ],
  [
    'a key like an integer stays where the text has it: after $or it replaces',
    '{"$or":[{"1":[2]},{"b":[3]}],"1":[1]}',
    ['{"1":1}'],
    ['{"1":2}', '{"1":2,"b":3}'],
  ],
  [
    'a number matches however it is spelt',
    '{"a":[300,-0.5,1e-7]}',
    ['{"a":3.0e2}', '{"a":300.000}', '{"a":-5E-1}', '{"a":0.0000001}', '{"a":0.00000010}'],
    ['{"a":"300"}', '{"a":300.0000000000000000001}', '{"a":-5e-2}'],
  ],
  ['zero has no sign', '{"a":[0]}', ['{"a":-0}', '{"a":-0.0}', '{"a":0e5}'], ['{"a":1e-400}']],
  [
    'a number that no double holds matches its own spelling only',
    '{"a":[1e400,12345678901234567890]}',
    ['{"a":1e400}', '{"a":[0,12345678901234567890]}'],
    ['{"a":1E400}', '{"a":1e401}', '{"a":12345678901234567000}', '{"a":"1e400"}'],
  ],
  [
    'a number that no double holds is comparable with nothing',
    '{"a":[{"numeric":[">",5]}]}',
    ['{"a":9007199254740992}', '{"a":1e308}'],
    ['{"a":1e400}', '{"a":9007199254740993}', '{"a":12345678901234567890.5}'],
  ],
  [
    'a number that no double holds is anything but another',
    '{"a":[{"anything-but":5}]}',
    ['{"a":9007199254740993}', '{"a":1e400}'],
    ['{"a":5.0}'],
  ],
  ['it exists too', '{"a":[{"exists":true}]}', ['{"a":1e400}'], ['{"a":{}}']],
  [
    'an IPv4 block holds it by its digits',
    '{"a":[{"cidr":"0.0.0.0/0"}]}',
    ['{"a":12345678901234567890}'],
    ['{"a":1e400}'],
  ],
  [
    'escapes stand for what they spell, in keys and in values',
    '{"a\\u002eb":["\\u00fc\\n"],"ü":["\\ud800"]}',
    ['{"\\u0061":{"b":"ü\\n"},"\\u00fc":"\\ud800"}', '{"a.b":"\\u00FC\\u000a","ü":"\ud800"}'],
    ['{"a":{"b":"ü"},"ü":"\\ud800"}', '{"a":{"b":"ü\\n"},"ü":"\\ufffd"}'],
  ],
  [
    'letters of any length move nothing that follows them',
    '{"b":["x😀é"],"c":[-1.5]}',
    [
      '{"a😀":"é€😀😀\ud83d\ude00","b":"x😀é","d":"\ud83d","c":-1.5}',
      '{"c":-1.50,"€":"é","b":"x😀é"}',
    ],
    ['{"a":"😀","b":"x\ud83dé","c":-1.5}'],
  ],
  [
    'white space stands anywhere between',
    ' { "a" :\t[ 1 ,\r\n{ "prefix" : "x" } ] } ',
    ['\n{ "b" : [ ] , "a" : [ { } , 1 ] }', '{"c":{ "d":[ { } ] },"a":\t"xy"\n}'],
    ['{ "a" : [ ] }'],
  ],
]

for (const [name, pattern, yes, no] of cases)
  test(name, () => {
    const match = compile(pattern)
    const rules = new RuleSet()
    rules.add('rule', pattern)
    for (const event of yes) assert.ok(match(event), event)
    for (const event of no) assert.ok(!match(event), `not ${event}`)
    for (const event of yes) assert.deepEqual(rules.match(event), ['rule'], event)
    for (const event of no) assert.deepEqual(rules.match(event), [], `not ${event}`)
  })

test('what is not JSON is no event, also where no pattern looks', () => {
  const match = compile('{"a":[1]}')
  const wrong =
    '01 1. .5 +1 1e 1e+ - 0x1 NaN tru nulll undefined "\t" "\\x" "\\u12g4" " [ [1 [1,] [,1] {} {1:2} {"b"} {"b":} {"b":1,} {,} \u00a0'
  for (const value of wrong.split(' ').filter((each) => each !== '{}'))
    for (const event of [`{"b":${value},"a":1}`, `{"a":${value}}`, `{"b":{"c":${value}},"a":1}`])
      assert.throws(() => match(event), InvalidEvent, event)
  assert.ok(match('{"b":{},"a":1}'))
})

test('a hostile event is matched in bounded time', () => {
  const match = compile({ a: { b: [1], c: { d: [2], e: [{ exists: false }] }, f: [3] } })
  const element = (at: number) => `{"b":1,"c":[{"d":2},{"e":${at}}],"f":${at}}`
  const elements = Array.from({ length: 10_000 }, (_, at) => element(at + 4)).join(',')
  assert.ok(!match(`{"a":[${elements}]}`))
  assert.ok(match(`{"a":[${elements},${element(3)}]}`))
  const nothing = Array.from({ length: 100_000 }, () => '{"b":1,"c":0}').join(',')
  assert.ok(!compile({ a: { b: [1], c: [2] } })(`{"a":[${nothing}]}`))
  // Each array may be chosen from alone: 100 to the power of 30 ways.
  const array = `[${Array.from({ length: 100 }, (_, at) => `{"b":1,"c":{"d":${at + 3}}}`).join(',')}]`
  const many = Array.from({ length: 30 }, () => `"a":${array}`).join(',')
  assert.ok(!match(`{${many},"a":{"f":3}}`))
  assert.ok(!match(`{"a":${'['.repeat(200_000)}${'{"b":1},'.repeat(3)}1${']'.repeat(200_000)}}`))
})

test('arrays that contain themselves are no event', () => {
  const array: unknown[] = []
  array.push(array)
  assert.throws(() => compile({ a: [1] })({ a: array }), InvalidEvent)
})
