import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { InputContext } from './input-transformer.ts'
import { inputViolations, type TargetInput, targetInput } from './target-input.ts'

const context: InputContext = { ruleArn: 'arn:rule', ruleName: 'placed', ingestionTime: 0 }
const event =
  '{"source":"shop","detail": {"a": 1.0, "a" :12345678901234567890,"b":{"c":"d"},"e":"x\\u0041","none": null} }'

const sent = (input: TargetInput) => targetInput('ship', input)(event, context)

const refused = (input: TargetInput, message: string) =>
  assert.throws(() => targetInput('ship', input), { code: 'ValidationException', message })

describe('a target', () => {
  test('is sent the event untouched when it asks for nothing', () => {
    assert.equal(sent({}), event)
    assert.equal(sent({ Input: undefined, InputPath: undefined }), event)
  })

  test('is sent its Input, as it was given', () => {
    for (const Input of ['{ "a": 1.0 }', '"hello"', '5e1', 'null', ' [] '])
      assert.equal(sent({ Input }), Input)
  })

  test('is sent what InputPath finds, as it is spelt in the event', () => {
    assert.equal(sent({ InputPath: '$' }), event)
    assert.equal(sent({ InputPath: '$.detail.b' }), '{"c":"d"}')
    assert.equal(sent({ InputPath: '$.detail.b.c' }), '"d"')
    assert.equal(sent({ InputPath: '$.detail.a' }), '12345678901234567890')
    assert.equal(sent({ InputPath: '$.detail.e' }), '"x\\u0041"')
  })

  test('is sent an empty object when InputPath finds nothing or null, or is empty', () => {
    assert.equal(sent({ InputPath: '$.detail.gone' }), '{}')
    assert.equal(sent({ InputPath: '$.detail.none' }), '{}')
    assert.equal(sent({ InputPath: '' }), '{}')
  })

  test('is sent nothing for an empty Input', () => {
    assert.equal(sent({ Input: '' }), '')
  })

  test('is sent what its InputTransformer makes', () => {
    const InputTransformer = { InputPathsMap: { c: '$.detail.b.c' }, InputTemplate: '"<c>"' }
    assert.equal(sent({ InputTransformer }), '"d"')
  })
})

describe('a target is refused', () => {
  test('with two of the three', () => {
    const message =
      'Only one of Input, InputPath, or InputTransformer must be provided for target ship.'
    refused({ Input: '{}', InputPath: '$' }, message)
    refused({ InputPath: '$', InputTransformer: { InputTemplate: '"x"' } }, message)
    refused({ Input: '{}', InputTransformer: { InputTemplate: '"x"' } }, message)
  })

  test('with an Input that is no JSON', () => {
    refused(
      { Input: "{'db_name':1}" },
      'JSON syntax error in input for target ship: [Source: (String)"{\'db_name\':1}"; line: 1, column: 2]',
    )
    refused(
      { Input: 'env:dev' },
      'JSON syntax error in input for target ship: [Source: (String)"env:dev"; line: 1, column: 1]',
    )
    const long = `[${' '.repeat(600)}\n tru]`
    refused(
      { Input: long },
      `JSON syntax error in input for target ship: [Source: (String)"${long.slice(0, 500)}"[truncated 107 chars]; line: 2, column: 2]`,
    )
    for (const Input of [' ', 'hello', '{} {}', '{"a":1,}', '[01]', '"\t"'])
      assert.throws(() => targetInput('ship', { Input }), /^ValidationException: JSON syntax error/)
  })

  test('with an InputPath that EventBridge does not take', () => {
    assert.throws(
      () => targetInput('ship', { InputPath: 'detail' }),
      /^ValidationException: InputPath for target ship is invalid\./,
    )
  })

  test('with what is longer than its limit', () => {
    const Input = `"${'x'.repeat(8_191)}"`
    refused(
      { Input },
      `1 validation error detected: Value '${Input}' at 'targets.1.member.input' failed to satisfy constraint: Member must have length less than or equal to 8192`,
    )
    assert.equal(sent({ Input: `"${'x'.repeat(8_190)}"` }).length, 8_192)
    const InputPath = `$.${'x'.repeat(255)}`
    refused(
      { InputPath },
      `1 validation error detected: Value '${InputPath}' at 'targets.1.member.inputPath' failed to satisfy constraint: Member must have length less than or equal to 256`,
    )
  })

  test('with all that its transformer breaks, in one text', () => {
    refused(
      { InputTransformer: { InputPathsMap: { 'a b': '$.a' }, InputTemplate: '' } },
      "2 validation errors detected: Value '{a b=$.a}' at 'targets.1.member.inputTransformer.inputPathsMap' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [A-Za-z0-9\\_\\-]+]; Value '' at 'targets.1.member.inputTransformer.inputTemplate' failed to satisfy constraint: Member must have length greater than or equal to 1",
    )
  })
})

describe("the request's model", () => {
  const violations = (InputPathsMap: Record<string, string>, InputTemplate = '"x"') =>
    inputViolations({ InputTransformer: { InputPathsMap, InputTemplate } }, 'targets.2.member')
  const keys = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, '$']))

  test('takes 100 paths and no more', () => {
    assert.deepEqual(violations(keys(100)), [])
    assert.match(
      violations(keys(101)).join(),
      /at 'targets.2.member.inputTransformer.inputPathsMap' .* length less than or equal to 100$/,
    )
  })

  test('takes keys of letters, digits, _ and -, so none that is reserved', () => {
    assert.deepEqual(violations({ 'AWS-1_x': '$', ['k'.repeat(256)]: '$' }), [])
    for (const key of ['', 'aws.events.rule-name', 'ä', 'k'.repeat(257)])
      assert.match(violations({ [key]: '$' }).join(), /Map keys must satisfy/)
  })

  test('takes paths of 256 characters and templates of 8192, and no longer ones', () => {
    assert.deepEqual(violations({ a: 'x'.repeat(256) }, 'x'.repeat(8_192)), [])
    assert.match(violations({ a: 'x'.repeat(257) }).join(), /Map value must satisfy/)
    assert.match(violations({}, 'x'.repeat(8_193)).join(), /inputTemplate' .* equal to 8192$/)
  })
})
