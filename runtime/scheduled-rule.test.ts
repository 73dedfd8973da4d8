/** A rule that runs on a schedule, as a flow has it: in this process, in a function, and drawn. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anEventBridge } from '@busbar/event-bus/testing/event-bridge'
import { draw } from './draw.ts'
import { embedded } from './embedded.ts'
import { flow, type ScheduledEvent, scheduledRule, service, target } from './flow.ts'
import { partsOf } from './lambda-part.ts'
import { ruleOf } from './lambda-rule.ts'

interface Lamp {
  blink(event: ScheduledEvent): Promise<void>
}
const lamp = service<Lamp>()
const blink = async (event: ScheduledEvent, uses: { lamp: Lamp }) => uses.lamp.blink(event)
const blinking = target('blink', blink, { lamp })
const every = (scheduleExpression: string) =>
  scheduledRule('lighthouse', { scheduleExpression, targets: [blinking] })
const coast = flow('coast', { lamp }, [every('rate(1 minute)')])
const minute = 60_000

test('gives its targets an event on whole minutes, from when it is first there', async () => {
  const seen: ScheduledEvent[] = []
  const { circuit, functions } = embedded(coast, {
    lamp: { blink: async (event) => void seen.push(event) },
  })
  const { clock, bridge } = await anEventBridge({ ...circuit, functions })

  await clock.move(2 * minute + 500)

  const [first] = seen
  assert.deepEqual(
    seen.map(({ time }) => time),
    ['2026-01-01T12:01:00Z', '2026-01-01T12:02:00Z'],
  )
  assert.equal(first?.['detail-type'], 'Scheduled Event')
  assert.deepEqual(first?.resources, ['arn:aws:events:us-east-1:000000000000:rule/lighthouse'])
  const shown = await bridge.describeRule({ Name: 'lighthouse' })
  assert.deepEqual([shown.ScheduleExpression, shown.EventPattern], ['rate(1 minute)', undefined])
  await assert.rejects(async () => bridge.deleteRule({ Name: 'lighthouse' }), {
    code: 'ManagedRuleException',
  })
})

test('goes on where the process before has ended, and is told what fell due meanwhile', async () => {
  const seen = new Set<string>() // a delivery that was not noted comes again
  const { circuit, functions } = embedded(coast, {
    lamp: { blink: async ({ id, time }) => void seen.add(`${id} ${time}`) },
  })
  const first = await anEventBridge({ ...circuit, functions })
  await first.clock.move(minute)
  first.bridge.close()
  await first.clock.move(2 * minute)

  await first.restarted({ ...circuit, functions })
  await first.clock.move(minute)

  assert.deepEqual(
    [...seen].map((each) => each.split(' ')[1]),
    [1, 2, 3, 4].map((n) => `2026-01-01T12:0${n}:00Z`),
  )
})

test('has an expression that EventBridge would take, and a name of its own', () => {
  assert.throws(() => every('rate(1 minutes)'), { code: 'ValidationException' })
  const twice = [every('rate(1 minute)'), every('cron(0 9 * * ? *)')]
  assert.throws(() => flow('coast', { lamp }, twice), /has scheduled rule lighthouse twice/)
  assert.throws(() => flow('coast', {}, [every('rate(1 minute)')]), /not among its ports/)
})

test('leads to a function, whose dead letters name the rule that EventBridge named', () => {
  const resources = ['arn:aws:events:us-east-1:000000000000:rule/coast-lighthouse']
  const event = { 'detail-type': 'Scheduled Event', resources } as Partial<ScheduledEvent>

  assert.equal(partsOf(coast).get('blink')?.kind, 'target')
  assert.equal(ruleOf(coast, 'blink')(event as ScheduledEvent), resources[0])
})

test('is drawn with its time', () => {
  assert.equal(
    draw(coast),
    [
      'flowchart LR',
      '  lighthouse(("rate(1 minute)")) --> blink',
      '  blink -.-> lamp([lamp])',
    ].join('\n'),
  )
})
