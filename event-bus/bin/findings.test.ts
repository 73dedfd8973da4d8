import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clocks, type Examined, findings } from './findings.ts'

const target = {
  ...{ Target: 'orders/placed/ship', EventBusName: 'orders', Rule: 'placed', TargetId: 'ship' },
  ...{ Known: true, Paused: false, Waiting: 0, UnderWay: 0, DeadLetters: 0 },
}
const lambda = 'arn:aws:lambda:us-east-1:000000000000:function:ship'
const rule = {
  ...{ Name: 'placed', Arn: 'arn', EventBusName: 'orders' },
  State: 'ENABLED',
  ...{ EventPattern: '{"source":["shop"]}', Targets: [{ Id: 'ship', Arn: lambda }] },
} as const
const healthy: Examined = {
  status: {
    ...{ Time: 0, Account: '000000000000', Region: 'us-east-1', StoreBytes: 1 },
    EventBuses: [{ Name: 'default' }, { Name: 'orders' }],
    ...{ Targets: [target], Failing: [] },
  },
  ...{ rules: [rule], deadLetters: new Map(), apiDestinations: [] },
}
const withTarget = (of: Partial<typeof target>): Examined => ({
  ...healthy,
  status: { ...healthy.status, Targets: [{ ...target, ...of }] },
})
const leadingTo = (Arn: string): Examined => ({
  ...healthy,
  rules: [{ ...rule, Targets: [{ Id: 'ship', Arn }] }],
})
type Letter = Examined['deadLetters'] extends ReadonlyMap<string, infer L> ? L : never
const wrong = (examined: Examined) =>
  findings(examined).flatMap(({ Level, Finding, Do }) =>
    Level === 'wrong' ? `${Finding} | ${Do}` : [],
  )

test('a bus with nothing wrong has no finding but what it has', () => {
  const found = findings(healthy)
  assert.deepEqual(wrong(healthy), [])
  assert.equal(found[0]?.Finding, '1 rule with 1 target on 2 buses; 1 byte of data')
})

test('dead letters are told with their newest error, and how they are tried again', () => {
  const letter: Letter = {
    ...{ ...target, DeadLetterId: '1', EventId: 'e', Attempts: 1, FirstAttemptTime: 0, Time: 0 },
    ...{ ErrorMessage: 'It took too long.', Event: '{}' },
    ErrorCode: 'TIMEOUT',
  }
  const examined = withTarget({ DeadLetters: 2 })
  const told = { ...examined, deadLetters: new Map([[target.Target, letter]]) }
  assert.deepEqual(wrong(told), [
    '2 dead letters for orders/placed/ship, the newest: TIMEOUT It took too long. | Mend the target; then: busbar dlq redrive --target orders/placed/ship',
  ])
  const unserved: Letter = { ...letter, ErrorCode: 'NO_RESOURCE' }
  const nobody = { ...examined, deadLetters: new Map([[target.Target, unserved]]) }
  assert.match(wrong(nobody)[0] ?? '', /Nobody serves that/)
})

test('a target that fails, that is gone or paused is told', () => {
  const failing = {
    ...{ ...target, EventId: 'e', Attempts: 3, Due: 1_790_762_400, ErrorMessage: 'ECONNREFUSED' },
  }
  const told = wrong({ ...healthy, status: { ...healthy.status, Failing: [failing, failing] } })
  assert.deepEqual(told, [
    'orders/placed/ship fails (attempt 3, the next at 2026-09-30 10:00:00Z, and 1 more): ECONNREFUSED | Mend the target; what waits is tried again by itself. To hold it: busbar pause --bus orders --rule placed --target ship',
  ])
  assert.match(wrong(withTarget({ Known: false, Waiting: 1 }))[0] ?? '', /no target any more/)
  const paused = findings(withTarget({ Paused: true })).find(({ Level }) => Level === 'note')
  assert.equal(paused?.Do, 'busbar resume --bus orders --rule placed --target ship')
})

test('a rule that leads nowhere is told', () => {
  assert.match(wrong({ ...healthy, rules: [{ ...rule, Targets: [] }] })[0] ?? '', /no targets/)
  const disabled = { ...rule, State: 'DISABLED', Targets: [] } as const
  assert.deepEqual(wrong({ ...healthy, rules: [disabled] }), [])
  const events = 'arn:aws:events:us-east-1:000000000000'
  assert.match(wrong(leadingTo(`${events}:event-bus/gone`))[0] ?? '', /a bus that does not exist/)
  assert.deepEqual(wrong(leadingTo(`${events}:event-bus/default`)), [])
  assert.match(wrong(leadingTo('arn:aws:states:us-east-1:0:stateMachine:x'))[0] ?? '', /a service/)
  const hook = `${events}:api-destination/hook/1`
  assert.match(wrong(leadingTo(hook))[0] ?? '', /an API destination that does not exist/)
  const destination = {
    ...{ Name: 'hook', ApiDestinationArn: hook, ConnectionArn: `${events}:connection/partner/1` },
    ApiDestinationState: 'INACTIVE',
  } as const
  const inactive = { ...leadingTo(hook), apiDestinations: [destination] }
  assert.match(
    wrong(inactive)[0] ?? '',
    /not authorized \| aws events update-connection --name partner/,
  )
})

test('clocks are compared by what is sure about them', () => {
  const level = (bus: number, before: number, after: number) => clocks(bus, before, after).Level
  assert.equal(level(1_000_000, 1_000_000, 1_000_100), 'ok')
  assert.equal(level(1_000_000, 1_030_000, 1_030_100), 'note')
  assert.equal(level(1_000_000, 1_400_000, 1_400_100), 'wrong')
  assert.equal(level(1_000_000, 1_000_000, 1_040_000), 'ok', 'a slow answer says little')
})

test('of many findings the first are told, and how many there are', () => {
  const Targets = Array.from({ length: 30 }, (_, at) => ({
    ...target,
    Target: `t${at}`,
    DeadLetters: 1,
  }))
  const told = wrong({ ...healthy, status: { ...healthy.status, Targets } })
  assert.equal(told.length, 11)
  assert.match(told[10] ?? '', /^and 20 more/)
})
