// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are to be taken for no function
/** Whatever rules a bus has: what is exported makes an empty bus the same, and is nothing new to it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseExactly } from './exact-json.ts'
import { aBus } from './testing.ts'

const buses = ['default', 'orders', 'or-ders', 'Orders']
const bus = fc.constantFrom(...buses)
/** Some of these are one word when what is no letter is left out. */
const name = fc.constantFrom('a', 'A', 'a-b', 'a.b', 'ab', 'orders-a', '7', '_', 'Ref')
const pattern = fc.constantFrom(
  ...['{"source":["shop"]}', '{"detail":{"n":[1.0,12345678901234567890]}}'],
  ...[
    '{"detail":{"Ref":["a"]}}',
    '{"detail":{"Fn::Sub":["${a}"]}}',
    '{"detail":{"__proto__":["a"]}}',
  ],
  ...['{"$or":[{"source":["a"]},{"detail-type":[{"prefix":"b"}]}]}', '{"time":[{"exists":true}]}'],
)
const arn = fc.constantFrom(
  ...['arn:aws:lambda:us-east-1:000000000000:function:ship', 'arn:aws:sqs:eu-west-1:1:queue'],
  ...['arn:aws:events:us-east-1:000000000000:event-bus/orders', 'arn:aws:sns:us-east-1:0:${a}'],
  'arn:aws:sqs:us-east-1:000000000000:a${b}',
)
const target = fc.record(
  {
    Id: name,
    Arn: arn,
    RetryPolicy: fc.record({ MaximumRetryAttempts: fc.nat(185) }),
    DeadLetterConfig: fc.record({ Arn: arn }),
  },
  { requiredKeys: ['Id', 'Arn'] },
)
const tags = fc.uniqueArray(fc.record({ Key: name, Value: fc.constantFrom('', 'x') }), {
  selector: ({ Key }) => Key,
  maxLength: 2,
})
const rule = fc.record(
  {
    ...{ EventBusName: bus, Name: name, EventPattern: pattern },
    ...{ State: fc.constantFrom('ENABLED', 'DISABLED'), Description: fc.string({ maxLength: 20 }) },
    ...{ Tags: tags, Targets: fc.array(target, { maxLength: 3 }) },
  },
  { requiredKeys: ['EventBusName', 'Name', 'EventPattern', 'Targets'] },
)
const archive = fc.record({
  ...{ ArchiveName: name, on: bus, EventPattern: pattern, RetentionDays: fc.nat(9) },
})

test('what is exported makes an empty bus the same, and changes nothing where it came from', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(rule, { maxLength: 6 }),
      fc.array(archive, { maxLength: 2 }),
      async (rules, archives) => {
        const bus = await aBus()
        // What is refused, because a name comes twice or an ARN is none, is part of the play.
        const tried = (operation: string, request: object) =>
          bus.client.call(operation, request).catch(() => {})
        for (const Name of buses) await tried('CreateEventBus', { Name })
        for (const { Targets, ...asked } of rules) {
          await tried('PutRule', asked)
          const { EventBusName, Name: Rule } = asked
          for (const each of Targets)
            await tried('PutTargets', { EventBusName, Rule, Targets: [each] })
        }
        for (const { on, ...asked } of archives) {
          const EventSourceArn = `arn:aws:events:us-east-1:000000000000:event-bus/${on}`
          await tried('CreateArchive', { ...asked, EventSourceArn })
        }

        const text = JSON.stringify(await bus.export())
        const other = await aBus()
        if (text.includes('"Resources":{}')) return
        const made = await other.import(parseExactly(text) as object)
        assert.deepEqual(
          made.filter(({ Action }) => Action !== 'created'),
          [],
        )
        assert.equal(JSON.stringify(await other.export()), text)
        bus.changes.length = 0
        await bus.import(parseExactly(text) as object)
        assert.deepEqual(bus.changes, [])
      },
    ),
    { numRuns: 150 },
  )
})
