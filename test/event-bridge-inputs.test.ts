/** What targets are sent, by the AWS SDK over the wire and at a real HTTP server. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { EventBridge, Target } from '@aws-sdk/client-eventbridge'
import {
  apiDestination,
  type Destination,
  destination,
  type Received,
  RoleArn as role,
  type Served,
  serve,
} from './serve.ts'

const place = 'us-east-1:000000000000'

let bus: Served
let aws: EventBridge
let server: Destination
before(async () => {
  bus = await serve()
  aws = bus.client()
  server = await destination()
  await aws.createEventBus({ Name: 'orders' })
})
after(async () => {
  await bus?.stop()
  await server?.close()
})

/** A rule of its own for events of the source of that name. */
async function aRule(Name: string, EventBusName = 'orders') {
  await aws.putRule({ Name, EventBusName, EventPattern: JSON.stringify({ source: [Name] }) })
  return {
    put: (...Targets: readonly Partial<Target>[]) =>
      aws.putTargets({ Rule: Name, EventBusName, Targets: Targets as Target[] }),
  }
}

describe('what a target is sent', () => {
  const detail = {
    ...{ command: 'update', amount: 12.5, big: true, none: null, name: 'Ann "A"' },
    ...{ ids: ['a', 'b'], state: { acc: '0a', deep: { n: 1 } } },
  }
  const InputPathsMap = {
    ...{ command: '$.detail.command', amount: '$.detail.amount', big: '$.detail.big' },
    ...{ ids: '$.detail.ids', state: '$.detail.state', gone: '$.detail.gone' },
    ...{ kind: '$.detail-type', second: '$.detail.ids[1]', deep: '$.detail.state.deep.n' },
  }
  let number = 0

  /** How the destination was called for an event, and that event's id. */
  async function sent(target: Partial<Target>): Promise<Received & { id: string; rule: string }> {
    const name = `sent-${++number}`
    const rule = await aRule(name)
    const Arn = await apiDestination(aws, name, `${server.url}/${name}`)
    await rule.put({ Id: 'web', Arn, RoleArn: role, ...target })
    const { Entries } = await aws.putEvents({
      Entries: [
        {
          ...{ EventBusName: 'orders', Source: name, DetailType: 'Order Placed' },
          ...{ Detail: JSON.stringify(detail), Time: new Date('2026-01-02T03:04:05Z') },
        },
      ],
    })
    const call = await server.received.wait(({ path }) => path.split('?')[0] === `/${name}`, name)
    return { ...call, id: Entries?.[0]?.EventId ?? '', rule: name }
  }
  const transformed = async (InputTemplate: string) =>
    (await sent({ InputTransformer: { InputPathsMap, InputTemplate } })).body

  test('is the event, member for member', async () => {
    const { body, id, rule } = await sent({})

    assert.deepEqual(JSON.parse(body), {
      ...{ version: '0', id, 'detail-type': 'Order Placed', source: rule },
      ...{ account: '000000000000', time: '2026-01-02T03:04:05Z', region: 'us-east-1' },
      ...{ resources: [], detail },
    })
  })

  test('is its Input, as it was given', async () => {
    assert.equal((await sent({ Input: '{ "constant": 1.0 }' })).body, '{ "constant": 1.0 }')
  })

  for (const [InputPath, body] of [
    ['$.detail', JSON.stringify(detail)],
    ['$.detail.state', '{"acc":"0a","deep":{"n":1}}'],
    ['$.detail.command', '"update"'],
    ['$.detail.ids[0]', '"a"'],
    ['$.detail.amount', '12.5'],
    ['$.detail.none', '{}'],
    ['$.detail.gone', '{}'],
  ] as const)
    test(`is what its InputPath ${InputPath} finds`, async () => {
      assert.equal((await sent({ InputPath })).body, body)
    })

  for (const [template, body] of [
    ['"<kind>: <command> of <amount>, <gone>."', '"Order Placed: update of 12.5, ."'],
    ['"first <command>"\n"then <big>"', '"first update"\n"then true"'],
    ['"{[/ <command>"', '"{[/ update"'],
    ['"<ids> <state>"', '"[a,b] {acc:0a,deep:{n:1}}"'],
    ['{"kind": <kind>, "amount": <amount>}', '{"kind":"Order Placed","amount":12.5}'],
    ['{"gone": <gone>}', '{"gone":""}'],
    ['{"ids": <ids>, "state": <state>}', '{"ids":["a","b"],"state":{"acc":"0a","deep":{"n":1}}}'],
    ['{"text": "<command>-<second>-<deep>"}', '{"text":"update-b-1"}'],
    ['{"nested": {"list": [<command>, "x", <big>]}}', '{"nested":{"list":["update","x",true]}}'],
  ] as const)
    test(`is what ${JSON.stringify(template)} makes`, async () => {
      assert.equal(await transformed(template), body)
    })

  test('names the rule and the time of the event where the template says so', async () => {
    const { body, rule } = await sent({
      InputTransformer: {
        InputTemplate:
          '"<aws.events.rule-arn> <aws.events.rule-name> <aws.events.event.ingestion-time>"',
      },
    })

    assert.match(
      body,
      new RegExp(
        `^"arn:aws:events:${place}:rule/orders/${rule} ${rule} \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z"$`,
      ),
    )
  })

  test('holds the event, with its detail and without, where the template says so', async () => {
    const { body, id, rule } = await sent({
      InputTransformer: {
        InputTemplate: '{"all": <aws.events.event.json>, "head": <aws.events.event>}',
      },
    })

    const { all, head } = JSON.parse(body)
    const envelope = {
      ...{ version: '0', id, source: rule, account: '000000000000', region: 'us-east-1' },
      ...{ time: '2026-01-02T03:04:05Z', resources: [] },
    }
    assert.deepEqual(all, { ...envelope, 'detail-type': 'Order Placed', detail })
    const time = Date.parse(envelope.time)
    assert.deepEqual(head, { ...envelope, time, detailType: 'Order Placed' })
  })

  test('comes with the headers of EventBridge, the key, and what HttpParameters say', async () => {
    const { rule, headers, method, path } = await sent({
      HttpParameters: { HeaderParameters: { 'x-a': 'b' }, QueryStringParameters: { c: 'd e' } },
    })

    assert.deepEqual([method, path], ['POST', `/${rule}?c=d+e`])
    assert.deepEqual(
      [headers['user-agent'], headers['content-type'], headers['x-key'], headers['x-a']],
      [...['Amazon/EventBridge/ApiDestinations', 'application/json; charset=utf-8', 'k', 'b']],
    )
  })
})

describe('a rule', () => {
  test('sends each of its targets the event that it matches, under one id', async () => {
    const rule = await aRule('both')
    const Arn = await apiDestination(aws, 'both', `${server.url}/both`)
    await rule.put({ Id: 'one', Arn, RoleArn: role }, { Id: 'two', Arn, RoleArn: role })

    const { Entries } = await aws.putEvents({
      Entries: ['both', 'neither'].map((Source) => ({
        ...{ EventBusName: 'orders', Source, DetailType: 'x', Detail: '{}' },
      })),
    })
    await server.received.until(
      (all) => all.filter(({ path }) => path === '/both').length === 2,
      'both targets to be called',
    )

    const ids = server.received.items
      .filter(({ path }) => path === '/both')
      .map(({ body }) => JSON.parse(body).id)
    assert.deepEqual(ids, [Entries?.[0]?.EventId, Entries?.[0]?.EventId])
  })

  test('that is disabled sends nothing, and what it has missed does not come later', async () => {
    const rule = await aRule('off')
    const Arn = await apiDestination(aws, 'off', `${server.url}/off`)
    await rule.put({ Id: 'web', Arn, RoleArn: role, InputPath: '$.detail' })
    const put = (Detail: string) =>
      aws.putEvents({
        Entries: [{ EventBusName: 'orders', Source: 'off', DetailType: 'x', Detail }],
      })
    const onBus = { Name: 'off', EventBusName: 'orders' }

    await aws.disableRule(onBus)
    await put('{"n":1}')
    await aws.enableRule(onBus)
    await put('{"n":2}')
    await server.received.wait(({ path }) => path === '/off', 'the event after it was enabled')

    const bodies = server.received.items.filter(({ path }) => path === '/off')
    assert.deepEqual(
      bodies.map(({ body }) => body),
      ['{"n":2}'],
    )
  })

  test('sends an event on to another bus, whose rules see it under the same id', async () => {
    await aws.createEventBus({ Name: 'second' })
    const first = await aRule('onward')
    await first.put({ Id: 'bus', Arn: `arn:aws:events:${place}:event-bus/second`, RoleArn: role })
    const second = await aRule('onward', 'second')
    const Arn = await apiDestination(aws, 'onward', `${server.url}/onward`)
    await second.put({ Id: 'web', Arn, RoleArn: role })

    const { Entries } = await aws.putEvents({
      Entries: [{ EventBusName: 'orders', Source: 'onward', DetailType: 'x', Detail: '{}' }],
    })
    const { body } = await server.received.wait(({ path }) => path === '/onward', 'the event')

    assert.equal(JSON.parse(body).id, Entries?.[0]?.EventId)
  })
})
