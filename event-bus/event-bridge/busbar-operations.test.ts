import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { idAt } from '../engine/event-id.ts'
import type { Request } from '../request.ts'
import { aShop, functionArn, type Options, onPlaced } from '../testing/event-bridge.ts'
import { aRule, recordingTarget } from '../testing.ts'
import type { DescribedStatus, ExplainedEvent } from './busbar-answers.ts'
import { busbarOperations } from './busbar-operations.ts'

async function aDescribedShop(options?: Options) {
  const shop = await aShop(options)
  const { engine, bridge } = shop
  const operations = busbarOperations({ engine, bridge, version: '1.2.3' })
  const call = (name: string, request: Request = {}) =>
    operations.get(`Busbar.${name}`)?.(request) as Promise<unknown>
  return {
    ...shop,
    call,
    status: () => call('DescribeStatus') as Promise<DescribedStatus>,
    explain: (request: Request) => call('ExplainEvent', request) as Promise<ExplainedEvent>,
  }
}

const ofShip = {
  ...{ Target: 'orders/placed/ship', EventBusName: 'orders', Rule: 'placed', TargetId: 'ship' },
}

describe('Busbar.DescribeStatus', () => {
  test('tells where the bus stands, how large it is and what is newest on each of its buses', async () => {
    const { status, put, engine, clock } = await aDescribedShop()
    await put(1, 2)
    await clock.move(10)

    const { StoreBytes, EventBuses, Targets, Failing, ...place } = await status()

    assert.deepEqual(place, {
      ...{ Version: '1.2.3', Account: '000000000000', Region: 'us-east-1' },
      Time: new Date('2026-01-01T12:00:00.010Z'),
    })
    assert.ok(StoreBytes > 0)
    const [newest] = await engine.log('orders').tail(1, 1)
    assert.deepEqual(EventBuses, [
      { Name: 'default' },
      {
        ...{ Name: 'orders', NewestEventId: newest?.id },
        NewestEventTime: new Date('2026-01-01T12:00:00Z'),
      },
    ])
    assert.deepEqual(Targets, [
      { ...ofShip, Known: true, Paused: false, Waiting: 0, UnderWay: 0, DeadLetters: 0 },
    ])
    assert.deepEqual(Failing, [])
  })

  test('tells what the store tells of itself, and of the nodes that share it', async () => {
    const { status, store } = await aDescribedShop()
    const noon = Date.parse('2026-01-01T12:00:00Z')
    store.health = async (now) => ({
      parts: [{ name: 'delivery', bytes: 8_192, rows: 1, deadRows: now - noon }],
      oldestEvent: idAt(noon - 2_000),
      overdue: [
        ['news/email', noon - 1_000],
        ['orders/placed/ship', noon - 3_000],
      ],
      oldestTransaction: { name: 'pid 7', ms: 1_500 },
      cluster: {
        ...{ now: noon + 500, deadMs: 5_000 },
        nodes: [{ number: 2, epoch: 9, address: '', silentMs: 250, isThis: true }],
      },
    })

    const { Store, Cluster } = await status()

    assert.deepEqual(Store, {
      Parts: [{ Name: 'delivery', Bytes: 8_192, Rows: 1, DeadRows: 0 }],
      OldestWaitingEventTime: new Date(noon - 2_000),
      Overdue: [
        { ...ofShip, Since: new Date(noon - 3_000) },
        { Target: 'news/email', Since: new Date(noon - 1_000) },
      ],
      OldestTransaction: { Name: 'pid 7', Seconds: 1.5 },
    })
    assert.deepEqual(Cluster, {
      ...{ Time: new Date(noon + 500), DeadAfterSeconds: 5 },
      Nodes: [{ Number: 2, Epoch: 9, SilentSeconds: 0.25, IsThis: true }],
    })
  })

  test('tells what fails, why, and when it is tried again', async () => {
    const { status, put, ship, clock, engine } = await aDescribedShop()
    ship.answer = async () => {
      throw new Error('The lorry is broken')
    }
    await put(1)
    await clock.move(1_500)

    const { Failing, Targets } = await status()

    const [event] = await engine.log('orders').tail(1, 1)
    assert.deepEqual(Failing, [
      {
        ...{ ...ofShip, EventId: event?.id, Attempts: 2, ErrorMessage: 'The lorry is broken' },
        FirstAttemptTime: new Date('2026-01-01T12:00:00Z'),
        Due: new Date('2026-01-01T12:00:03Z'),
      },
    ])
    assert.equal(Targets[0]?.Waiting, 1)
  })

  test('tells of targets that are paused, and of topics', async () => {
    const clock = { now: () => new Date(0), after: () => () => {}, soon: () => {} }
    const { status, call } = await aDescribedShop({
      fanOutTargets: new Map([['news/email', recordingTarget(clock)]]),
    })
    await call('PauseTarget', { EventBusName: 'orders', Rule: 'placed', Id: 'ship' })

    const { Targets } = await status()
    const brief = Targets.map(({ Target, Rule, Paused }) => [Target, Rule, Paused])
    assert.deepEqual(brief.sort(), [
      ['news/email', undefined, false],
      ['orders/placed/ship', 'placed', true],
    ])
  })
})

describe('Busbar.PauseTarget and Busbar.ResumeTarget', () => {
  test('keep what comes, and let it go', async () => {
    const { call, put, ship, clock } = await aDescribedShop()
    await call('PauseTarget', { ...onPlaced, Id: 'ship' })
    await put(1)
    assert.deepEqual(ship.orders, [])
    await call('ResumeTarget', { ...onPlaced, Id: 'ship' })
    await clock.move(10)
    assert.deepEqual(ship.orders, [1])
  })

  test('are refused for a target that is not there', async () => {
    const { call } = await aDescribedShop()
    await assert.rejects(call('PauseTarget', { ...onPlaced, Id: 'bill' }), {
      code: 'ResourceNotFoundException',
    })
    await assert.rejects(call('ResumeTarget', onPlaced), { code: 'ValidationException' })
  })
})

const anEvent = (detail: object, source = 'shop') =>
  JSON.stringify({
    ...{ version: '0', id: '7', 'detail-type': 'OrderPlaced', source, account: '000000000000' },
    ...{ time: '2026-01-01T12:00:00Z', region: 'us-east-1', resources: [], detail },
  })

describe('Busbar.ExplainEvent', () => {
  async function rules(patterns: Readonly<Record<string, object>>) {
    const shop = await aDescribedShop()
    for (const [Name, pattern] of Object.entries(patterns))
      await shop.bridge.putRule({
        ...{ Name, EventBusName: 'orders', EventPattern: JSON.stringify(pattern) },
      })
    return shop
  }

  test('tells the rules that match first, then those that miss by least', async () => {
    const { explain } = await rules({
      far: { source: ['bank'], detail: { state: ['paid'], total: [{ numeric: ['>', 100] }] } },
      near: { source: ['shop'], detail: { state: ['Open'], total: [5] } },
      nearer: { source: ['shop'], detail: { state: ['opem'] } },
      some: { source: ['shop'], detail: { state: ['open'] } },
    })

    const { Rules } = await explain({
      ...{ EventBusName: 'orders', Event: anEvent({ state: 'open', total: 5 }) },
    })

    assert.deepEqual(
      Rules.map(({ Name, Matched, Why }) => [Name, Matched, Why]),
      [
        ['placed', true, 'matches'],
        ['some', true, 'matches, but the rule has no targets'],
        ...Rules.slice(2).map(({ Name, Why }) => [Name, false, Why]),
      ],
    )
    assert.deepEqual(
      new Set(Rules.slice(2, 4).map(({ Name }) => Name)),
      new Set(['near', 'nearer']),
    )
    assert.equal(Rules.at(-1)?.Name, 'far')
    assert.match(Rules.at(-1)?.Why ?? '', /; 2 more fields do not match$/)
    assert.match(
      Rules.find(({ Name }) => Name === 'nearer')?.Why ?? '',
      /^detail\.state is "open", wanted "opem"/,
    )
    const { Explanation, ...placed } = Rules[0] ?? assert.fail()
    assert.deepEqual(placed, {
      ...{ Name: 'placed', EventBusName: 'orders', Matched: true, State: 'ENABLED', Targets: 1 },
      Why: 'matches',
    })
    assert.equal(Explanation.matched, true)
    assert.equal(Explanation.leaves[0]?.path, 'source')
  })

  test('says of a rule that is disabled that it matches in vain', async () => {
    const { explain, bridge } = await aDescribedShop()
    await bridge.disableRule({ Name: 'placed', EventBusName: 'orders' })
    const [rule] = (await explain({ Event: anEvent({}) })).Rules
    assert.equal(rule?.State, 'DISABLED')
    assert.equal(rule?.Matched, true)
    assert.equal(rule?.Why, 'matches, but the rule is disabled')
  })

  test('says where fields match one by one and not in one element', async () => {
    const { explain } = await rules({
      split: { detail: { items: { name: ['tea'], size: [2] } } },
    })
    const Event = anEvent({
      items: [
        { name: 'tea', size: 1 },
        { name: 'jam', size: 2 },
      ],
    })
    const [rule] = (await explain({ Event, Rule: 'split' })).Rules
    assert.equal(rule?.Matched, false)
    assert.equal(rule?.Why, rule?.Explanation.disagreement?.why)
    assert.ok(rule?.Why)
  })

  test('asks the rules of all buses when none is named, those of the process and no schedule', async () => {
    const { explain, bridge } = await aDescribedShop({ rules: [aRule({ bus: 'sales' })] })
    await bridge.putRule({ Name: 'hourly', ScheduleExpression: 'rate(1 hour)' })
    await bridge.putRule({ Name: 'shops', EventPattern: '{"source":["shop"]}' })
    await bridge.putTargets({ Rule: 'shops', Targets: [{ Id: 'ship', Arn: functionArn('ship') }] })

    const { Rules } = await explain({ Event: anEvent({}) })
    const brief = Rules.map(({ EventBusName, Name }) => `${EventBusName}/${Name}`)
    assert.deepEqual(brief.sort(), ['default/shops', 'orders/placed', 'sales/placed'])
  })

  test('answers no more than it is asked for, and one rule when it is named', async () => {
    const { explain } = await rules({ a: { source: ['a'] }, b: { source: ['b'] } })
    const Event = anEvent({}, 'b')
    assert.deepEqual(
      (await explain({ Event, Limit: 1 })).Rules.map(({ Name }) => Name),
      ['b'],
    )
    assert.deepEqual(
      (await explain({ Event, Rule: 'a' })).Rules.map(({ Name }) => Name),
      ['a'],
    )
  })

  test('finds the one that matches among more rules than EventBridge lists at once', async () => {
    const others = Array.from({ length: 130 }, (_, at) => [`a${at}`, { source: ['bank'] }])
    const { explain } = await rules({ ...Object.fromEntries(others), z: { source: ['mill'] } })
    const { Rules } = await explain({ Event: anEvent({}, 'mill') })
    assert.equal(Rules.length, 100)
    assert.equal(Rules[0]?.Name, 'z')
    assert.equal(Rules[0]?.Matched, true)
  })

  test('refuses what is no whole event and says what it lacks', async () => {
    const { explain } = await aDescribedShop()
    for (const Event of ['{', '[]', '7', 'null'])
      await assert.rejects(explain({ Event }), { code: 'ValidationException', message: /JSON/ })
    await assert.rejects(explain({ Event: '{"order":1}' }), {
      code: 'ValidationException',
      message: /lacks id, account, source, time, region, detail-type\..* member detail of one/,
    })
    const { id: _id, ...rest } = JSON.parse(anEvent({}))
    await assert.rejects(explain({ Event: JSON.stringify(rest) }), {
      message: /lacks id\. Add what is missing, with values as EventBridge gives them\.$/,
    })
    await assert.rejects(explain({}), { code: 'ValidationException' })
  })

  test('refuses a bus and a rule that are not there', async () => {
    const { explain } = await aDescribedShop()
    const code = 'ResourceNotFoundException'
    await assert.rejects(explain({ Event: anEvent({}), EventBusName: 'nowhere' }), { code })
    await assert.rejects(explain({ Event: anEvent({}), Rule: 'nothing' }), { code })
  })
})
