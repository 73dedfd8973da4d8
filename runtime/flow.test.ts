import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  type EventBridgeEvent,
  eventBridgeRetryPolicy,
  type Subscriptions,
  targetDefaults,
} from '@busbar/event-bus'
import {
  eventBus,
  flow,
  given,
  type Implementations,
  nameOf,
  pipe,
  route,
  rule,
  service,
  type TopicMessage,
  table,
  target,
  topic,
} from './flow.ts'

type Posted = EventBridgeEvent<'Posted', { readonly text: string }>
type Removed = EventBridgeEvent<'Removed', { readonly id: string }>
interface Notes {
  add(text: string): Promise<void>
}
interface Printer {
  print(text: string): Promise<void>
}
const notes = table<Notes>()
const subscriptions = table<Subscriptions>()
const printer = service<Printer>()
const bus = eventBus()

const print = async ({ detail }: Posted, { printer }: { printer: Printer }) =>
  printer.print(detail.text)
const mail = target(
  'mail',
  async ({ event }: TopicMessage<Posted>, uses: { printer: Printer }) => print(event, uses),
  { printer },
)
const printer1: Printer = { print: async () => {} }
const notes1: Notes = { add: async () => {} }

test('a port is named by its key in the flow, in kebab-case', () => {
  const newPosts = table<Notes>()
  const ports = { notes, newPosts, theVeryLastOne: bus }
  const app = flow('app', ports, [])

  assert.equal(nameOf(app, notes), 'notes')
  assert.equal(nameOf(app, newPosts), 'new-posts')
  assert.equal(nameOf(app, bus), 'the-very-last-one')
})

test('a port that the flow does not list has no name', () => {
  const app = flow('app', { notes }, [])

  assert.throws(() => nameOf(app, table<Notes>()), /table .* flow app/)
})

test('a handler is given the ports it names, under its own names, and no others', () => {
  const app = flow('app', { notes, printer, bus }, [])
  const ports = { notes: notes1, printer: printer1 }

  const uses = given(app, ports, { paper: printer })

  assert.deepEqual(Object.keys(uses), ['paper'])
  assert.equal((uses as { readonly paper: Printer }).paper, printer1)
})

describe('a flow is refused where it is written', () => {
  const printing = target('print', print, { printer })
  const posted = { 'detail-type': ['Posted'] } as const
  const letters = topic<Posted>({ subscriptions, protocols: { email: mail } })
  const onPosted = (targets: Parameters<typeof rule<Posted>>[1]['targets'], name = 'printing') =>
    rule<Posted>(name, { bus, eventPattern: posted, targets })
  const add = () =>
    route(
      'POST /notes',
      target('add', async () => {}, {}),
    )
  const events = (name: string, to = bus) => pipe(name, { source: notes.outbox, target: to })
  const all = { notes, subscriptions, printer, bus, letters }

  const incomplete = {
    'what a route uses': [{ notes }, route('POST /notes', printing as never), /printer/],
    'the table of a pipe': [{ bus }, events('events'), /table/],
    'the bus of a pipe': [{ notes }, events('events'), /event-bus/],
    'the bus of a rule': [{ printer }, onPosted([printing]), /event-bus/],
    "what a rule's target uses": [{ bus }, onPosted([printing]), /printer/],
    'the topic of a rule': [{ subscriptions, printer, bus }, onPosted([letters]), /topic/],
    'the subscriptions of a topic': [{ printer, bus, letters }, onPosted([letters]), /table/],
    "what a topic's target uses": [{ subscriptions, bus, letters }, onPosted([letters]), /printer/],
  } as const
  for (const [what, [ports, step, missing]] of Object.entries(incomplete))
    test(`when it does not list ${what}`, () => {
      assert.throws(() => flow('app', ports, [step]), missing)
      assert.throws(() => flow('app', ports, [step]), /flow app/)
      assert.deepEqual(flow('app', all, [step]).steps, [step])
    })

  const twice = {
    'a route': [add(), add()],
    'a pipe from a stream': [events('one'), events('other', eventBus())],
    'a rule on a bus': [onPosted([printing]), onPosted([letters])],
    'a target of a rule': [onPosted([printing, printing])],
    'a topic of a rule': [onPosted([letters, letters])],
  }
  for (const [what, steps] of Object.entries(twice))
    test(`when it has ${what} twice`, () => {
      assert.throws(() => flow('app', all, steps), /Flow app has .+ twice/)
    })

  test('but not when two rules share a target, or two buses the name of a rule', () => {
    const other = eventBus()
    const elsewhere = rule('printing', { bus: other, eventPattern: posted, targets: [printing] })

    flow('app', { ...all, other }, [onPosted([printing]), onPosted([printing], 'too'), elsewhere])
  })
})

test("a target has EventBridge's retry policy, and limits, unless it says otherwise", () => {
  const { retryPolicy, timeoutMs, concurrency } = target('print', print, { printer })
  assert.deepEqual({ retryPolicy, timeoutMs, concurrency }, targetDefaults)

  const patient = target('print', print, { printer }, { timeoutMs: 150_000 })
  assert.equal(patient.timeoutMs, 150_000)
  assert.deepEqual(patient.retryPolicy, eventBridgeRetryPolicy)
})

describe('a bad pattern stops the app where it is written', () => {
  const targets = [target('print', print, { printer })]
  const posted = { 'detail-type': ['Posted'] } as const

  test('when a field is no array of matchers', () => {
    const eventPattern = { ...posted, source: 'notes' as never }
    assert.throws(() => rule('printing', { bus, eventPattern, targets }), {
      code: 'InvalidEventPatternException',
    })
  })

  test('when an operator is not known', () => {
    const eventPattern = { ...posted, detail: { text: [{ perfix: 'a' } as never] } }
    assert.throws(() => rule('printing', { bus, eventPattern, targets }), /perfix/)
  })

  test('when an array is empty', () => {
    assert.throws(() => rule('printing', { bus, eventPattern: { 'detail-type': [] }, targets }), {
      code: 'InvalidEventPatternException',
    })
  })
})

test('a flow is data: writing it down runs nothing', () => {
  const step = pipe('note-events', { source: notes.outbox, target: bus })

  assert.deepEqual([step.kind, step.source.stream, step.source.of], ['pipe', 'outbox', notes])
  assert.equal(notes.changes.of, notes)
})

/** `tsc` holds these: a line that compiles though it must not is an error there. Nothing calls it. */
export function compiles() {
  const removed = async (_: Removed) => {}
  const both = async (_: Posted | Removed) => {}

  // A target is given what its handler asks for: not less, not more, and nothing else.
  target('print', print, { printer })
  // @ts-expect-error
  target('print', print, {})
  // @ts-expect-error
  target('print', print, { printer, notes })
  // @ts-expect-error
  target('print', print, { printer: notes })
  // @ts-expect-error A bus is no port that a handler can hold: the runtime would give it nothing.
  target('print', print, { printer: bus })
  // @ts-expect-error
  target('print', print, { printer: topic({ subscriptions, protocols: { email: mail } }) })

  // A rule's pattern names the detail-types that all its targets take.
  const [printing, removing, either] = [
    target('print', print, { printer }),
    target('removed', removed, {}),
    target('both', both, {}),
  ]
  const posted = { 'detail-type': ['Posted'] } as const
  const anyOfBoth = { 'detail-type': ['Posted', 'Removed'] } as const
  rule('one', { bus, eventPattern: posted, targets: [printing] })
  rule('one', { bus, eventPattern: posted, targets: [printing, either] })
  rule('two', { bus, eventPattern: anyOfBoth, targets: [either] })
  // @ts-expect-error
  rule('one', { bus, eventPattern: { 'detail-type': ['Removed'] }, targets: [printing] })
  // @ts-expect-error
  rule('one', { bus, eventPattern: { 'detail-type': ['posted'] }, targets: [printing] })
  // @ts-expect-error
  rule('two', { bus, eventPattern: anyOfBoth, targets: [printing] })
  // @ts-expect-error
  rule('two', { bus, eventPattern: posted, targets: [printing, removing] })
  // @ts-expect-error
  rule('all', { bus, eventPattern: { source: ['notes'] }, targets: [printing] })

  // A topic stands for what its message is.
  const letters = topic<Posted>({ subscriptions, protocols: { email: mail } })
  rule('one', { bus, eventPattern: posted, targets: [printing, letters] })
  // @ts-expect-error
  rule('one', { bus, eventPattern: { 'detail-type': ['Removed'] }, targets: [letters] })
  // @ts-expect-error
  topic<Posted>({ subscriptions: notes, protocols: { email: mail } })

  // Whoever starts the flow brings all but the buses and topics, each of its kind.
  const ports = { notes, printer, bus, letters }
  const brought: Implementations<typeof ports> = { notes: notes1, printer: printer1 }
  // @ts-expect-error
  const missing: Implementations<typeof ports> = { notes: notes1 }
  // @ts-expect-error
  const wrong: Implementations<typeof ports> = { notes: printer1, printer: printer1 }
  return [brought, missing, wrong]
}
