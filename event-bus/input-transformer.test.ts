import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type InputContext, type InputTransformer, inputTransformer } from './input-transformer.ts'

const context: InputContext = {
  ruleArn: 'arn:aws:events:local:000000000000:rule/orders/placed',
  ruleName: 'placed',
  ingestionTime: Date.parse('2026-01-01T12:00:00.789Z'),
}

/** The event's text, with this text for its detail. */
const anEvent = (detail: string) =>
  `{"version":"0","id":"7bf73129","detail-type":"OrderPlaced","source":"shop","account":"000000000000","time":"2026-01-01T12:00:00Z","region":"local","resources":[],"detail":${detail}}`

const anInstance = anEvent(
  '{"instance-id":"i-0123","state":"RUNNING","acc":{"acc_id":"0a","sf_id":"baz"},"states":["ACTIVE","INACTIVE"],"on":true,"none":null,"count":1.0,"big":12345678901234567890}',
)
const paths = {
  instance: '$.detail.instance-id',
  state: '$.detail.state',
  acc: '$.detail.acc',
  states: '$.detail.states',
  on: '$.detail.on',
  none: '$.detail.none',
  count: '$.detail.count',
  big: '$.detail.big',
  gone: '$.detail.gone',
}

const transformed = (InputTemplate: string, event = anInstance, InputPathsMap = paths) =>
  inputTransformer('ship', { InputPathsMap, InputTemplate })(event, context)

const refusal = (transformer: InputTransformer): string => {
  try {
    inputTransformer('ship', transformer)
  } catch (error) {
    assert.equal((error as { code: string }).code, 'ValidationException')
    return (error as Error).message
  }
  return assert.fail('It was taken')
}

describe('a JSON template', () => {
  for (const [template, expected] of [
    ['{"instance" : <instance>}', '{"instance":"i-0123"}'],
    ['{"state": [9, <state>, true]}', '{"state":[9,"RUNNING",true]}'],
    [
      '{"acc": <acc>, "states": <states>}',
      `{"acc":{"acc_id":"0a","sf_id":"baz"},"states":["ACTIVE","INACTIVE"]}`,
    ],
    ['{"on": <on>, "none": <none>}', '{"on":true,"none":null}'],
    ['{"gone": <gone>}', '{"gone":""}'],
    ['{"gone": "<gone>!"}', '{"gone":"!"}'],
    ['{"path": "users/<instance>/<state>/<instance>"}', '{"path":"users/i-0123/RUNNING/i-0123"}'],
    [
      '{"status": "instance \\"<instance>\\" is in <state>"}',
      '{"status":"instance \\"i-0123\\" is in RUNNING"}',
    ],
    [
      '{"on": "<on>", "none": "<none>", "count": "<count>"}',
      '{"on":"true","none":"null","count":"1.0"}',
    ],
    [' \n {\n  "a" : "b  c" ,\n  "d": []\n}\n', '{"a":"b  c","d":[]}'],
    ['{"a < b": "x > y", "c": "<not a name>"}', '{"a < b":"x > y","c":"<not a name>"}'],
  ] as const)
    test(`makes ${expected} of ${JSON.stringify(template)}`, () => {
      assert.equal(transformed(template), expected)
    })

  test('keeps the spelling of numbers', () => {
    assert.equal(
      transformed('{"n":[<count>,<big>],"s":"<big>"}'),
      '{"n":[1.0,12345678901234567890],"s":"12345678901234567890"}',
    )
  })

  test('is minified together with the values, but not inside their strings', () => {
    const event = anEvent('{ "acc" : { "a b" : [ 1 ,\n "x  \\" y" ] } }')
    assert.equal(transformed('{"acc": <acc>}', event), '{"acc":{"a b":[1,"x  \\" y"]}}')
  })

  test('stays JSON, and keeps its keys, whatever stands in a string', () => {
    const event = anEvent(JSON.stringify({ state: 'a "b\\c\n","admin":true,"x":"' }))
    const { state, ...others } = JSON.parse(transformed('{"state":"<state>"}', event))
    assert.deepEqual([state, others], ['a "b\\c\n","admin":true,"x":"', {}])
  })

  for (const [template, sent] of [
    ['{"a":"Detail is <acc>"}', '{"a":"Detail is {"acc_id":"0a","sf_id":"baz"}"}'],
    ['{"a":"<states>"}', '{"a":"["ACTIVE","INACTIVE"]"}'],
    ['{"a":"<aws.events.event.json>"}', `{"a":"${anInstance}"}`],
  ] as const)
    test(`refuses the delivery, and says why, when no string stands inside quotes: ${template}`, () => {
      assert.throws(() => transformed(template), {
        ...{ name: 'DeliveryRefused', code: 'INVALID_JSON', sent },
        message:
          'Invalid input for target. InputTemplate of target ship makes no JSON of the event: what stands inside quotes may be a string or a number, no object and no array.',
      })
    })

  test('takes inside quotes what makes JSON there: an array of numbers, an empty object', () => {
    const event = anEvent('{"acc":{ },"states":[1, 2.0]}')
    assert.equal(transformed('{"a":"<acc> <states>"}', event), '{"a":"{} [1,2.0]"}')
  })
})

describe('another template', () => {
  for (const [template, expected] of [
    ['"instance <instance> is in <state>"', '"instance i-0123 is in RUNNING"'],
    ['"instance \\"<instance>\\""', '"instance \\"i-0123\\""'],
    ['"{[/Check <state>"', '"{[/Check RUNNING"'],
    ['"<acc> <states> <on> <gone>"', '"{acc_id:0a,sf_id:baz} [ACTIVE,INACTIVE] true "'],
    ['"[HIGH]  <state>"\n"<instance>"\n', '"[HIGH]  RUNNING"\n"i-0123"'],
    ['[<count>, <none>, "<state>"]', '[1.0, null, "RUNNING"]'],
    ['<count>', '1.0'],
    ['<gone>', ''],
  ] as const)
    test(`makes ${JSON.stringify(expected)} of ${JSON.stringify(template)}`, () => {
      assert.equal(transformed(template), expected)
    })

  for (const [template, sent] of [
    ['<state>', 'RUNNING'],
    ['[<state>]', '[RUNNING]'],
    ['[<acc>, <gone>]', '[{acc_id:0a,sf_id:baz}, ]'],
  ] as const)
    test(`refuses the delivery of ${JSON.stringify(sent)}, which is no JSON`, () => {
      assert.throws(() => transformed(template), {
        ...{ name: 'DeliveryRefused', code: 'INVALID_JSON', sent },
        message:
          'Invalid input for target. InputTemplate of target ship makes no JSON of the event.',
      })
    })

  test('does not escape what it puts into a string', () => {
    const said = (state: string) =>
      transformed('"it is <state>"', anEvent(JSON.stringify({ state })))
    assert.equal(said('ä/b'), '"it is ä/b"')
    for (const state of ['a "b"', 'a\nb', 'a\\x'])
      assert.throws(() => said(state), { code: 'INVALID_JSON', sent: `"it is ${state}"` })
  })

  test('takes all quotes from an object, those of its strings too, and no other escapes', () => {
    const event = anEvent('{"acc":{"a":"x \\"y\\" \\\\ \\n"}}')
    assert.equal(transformed('"<acc>"', event), '"{a:x y \\\\ \\n}"')
  })
})

describe('the predefined variables', () => {
  test('tell of the rule and of the time of ingestion', () => {
    assert.equal(
      transformed(
        '"<aws.events.rule-arn> <aws.events.rule-name> <aws.events.event.ingestion-time>"',
      ),
      `"${context.ruleArn} placed 2026-01-01T12:00:00.789Z"`,
    )
  })

  test('hold the whole event, and the event without detail', () => {
    const text = transformed('{"a": <aws.events.event>, "b": <aws.events.event.json>}')
    const { detail, 'detail-type': detailType, time, ...head } = JSON.parse(anInstance)
    assert.deepEqual(JSON.parse(text).a, { ...head, detailType, time: Date.parse(time) })
    assert.equal(text.slice(text.indexOf('"b":') + 4, -1), anInstance)
  })

  test('keep the name of the replay that an event comes from', () => {
    const event = `${anEvent('{}').slice(0, -1)},"replay-name":"again"}`
    const { a } = JSON.parse(transformed('{"a":<aws.events.event>}', event))
    assert.equal(a['replay-name'], 'again')
  })

  test('need no InputPathsMap', () => {
    const text = inputTransformer('ship', { InputTemplate: '"<aws.events.rule-name>"' })
    assert.equal(text(anInstance, context), '"placed"')
  })
})

describe('the names of Object.prototype', () => {
  test('are names of placeholders and of fields like any other', () => {
    const map = JSON.parse(
      '{"__proto__":"$.detail.__proto__","constructor":"$.detail.constructor"}',
    )
    const template = '{"a":<__proto__>,"b":<constructor>}'
    assert.equal(
      transformed(template, anEvent('{"__proto__":1,"constructor":2}'), map),
      '{"a":1,"b":2}',
    )
    assert.equal(transformed(template, anEvent('{}'), map), '{"a":"","b":""}')
  })

  test('are no placeholders until they are declared', () => {
    assert.equal(
      refusal({ InputPathsMap: { a: '$.a' }, InputTemplate: '"<constructor>"' }),
      'InputTemplate for target ship contains invalid placeholder constructor.',
    )
  })
})

describe('without an InputPathsMap', () => {
  test('a placeholder that nobody knows is text', () => {
    for (const InputPathsMap of [{}, undefined]) {
      const made = (InputTemplate: string) =>
        inputTransformer('ship', { InputPathsMap, InputTemplate })(anInstance, context)
      assert.equal(made('"a <nobody> <aws.events.none>"'), '"a <nobody> <aws.events.none>"')
      assert.throws(() => made('{"a":<nobody>}'), { code: 'INVALID_JSON', sent: '{"a":<nobody>}' })
    }
  })
})

describe('a transformer is refused', () => {
  for (const [InputTemplate, message] of [
    ['"<nobody>"', 'InputTemplate for target ship contains invalid placeholder nobody.'],
    [
      '"<aws.events.none>"',
      'InputTemplate for target ship contains invalid placeholder aws.events.none.',
    ],
    [
      '"<aws.events.event.json>"',
      'InputTemplate for target ship contains placeholder aws.events.event.json valid only for JSON template.',
    ],
    [
      '[<aws.events.event>]',
      'InputTemplate for target ship contains placeholder aws.events.event valid only for JSON template.',
    ],
    [
      'instance <a> is up',
      'Invalid InputTemplate for target ship : [Source: (String)"instance null is up"; line: 1, column: 1].',
    ],
    [
      '{"a":\n <a> b}',
      'Invalid InputTemplate for target ship : [Source: (String)"{"a":\n null b}"; line: 2, column: 7].',
    ],
    [
      '{<a>: 1}',
      'Invalid InputTemplate for target ship : [Source: (String)"{null: 1}"; line: 1, column: 2].',
    ],
    [
      '{"a":<a><a>}',
      'Invalid InputTemplate for target ship : [Source: (String)"{"a":nullnull}"; line: 1, column: 10].',
    ],
    [
      '{"a":1} {"b":2}',
      'Invalid InputTemplate for target ship : [Source: (String)"{"a":1} {"b":2}"; line: 1, column: 9].',
    ],
    [
      '"one\ntwo"',
      'Invalid InputTemplate for target ship : [Source: (String)""one\ntwo""; line: 1, column: 1].',
    ],
    [
      '"a""b"',
      'Invalid InputTemplate for target ship : [Source: (String)""a""b""; line: 1, column: 4].',
    ],
    [' ', 'Invalid InputTemplate for target ship : [Source: (String)""; line: 1, column: 1].'],
    [
      '{"x":[{"my <a>" : 1}]}',
      'InputTemplate placeholder present as a JSON object key for target ship.',
    ],
  ] as const)
    test(`with ${JSON.stringify(InputTemplate)}`, () => {
      assert.equal(refusal({ InputPathsMap: { a: '$.detail.a' }, InputTemplate }), message)
    })

  test('for a path that EventBridge does not take', () => {
    assert.equal(
      refusal({ InputPathsMap: { a: "$.detail['a']" }, InputTemplate: '"x"' }),
      'InputPath for target ship is invalid.',
    )
  })

  test('not for a colon in a string behind an unquoted placeholder', () => {
    assert.equal(transformed('{"x":["a",<state>,": b"]}'), '{"x":["a","RUNNING",": b"]}')
  })
})

describe('a hostile template', () => {
  test('makes no text longer than two events', () => {
    const event = anEvent(`{"acc":"${'x'.repeat(1_000_000)}"}`)
    assert.throws(() => transformed(`{"a":"${'<acc>'.repeat(1_600)}"}`, event), {
      name: 'DeliveryRefused',
      code: 'INVALID_PARAMETER',
      message:
        'InputTemplate of target ship makes a text of more than 2097152 characters at <acc>.',
    })
  })

  test('is followed into any depth', () => {
    const depth = 200_000
    const event = anEvent(`${'['.repeat(depth)}${']'.repeat(depth)}`)
    const map = { a: `$.detail${'[*]'.repeat(80)}` }
    const text = transformed('{"a":<a>}', event, map as never)
    assert.equal(text.length, '{"a":[]}'.length + 2 * (depth - 80))
  })
})
