import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  DeliveryRefused,
  type Engine,
  type EventBridgeEvent,
  engine as eventEngine,
  type PutEventsRequestEntry,
  type Subscriptions,
} from '@busbar/event-bus'
import { memoryStore } from '@busbar/event-bus/adapters/memory/store'
import { handClock } from '@busbar/event-bus/testing'
import { embedded } from './embedded.ts'
import {
  eventBus,
  flow,
  type Limits,
  pipe,
  route,
  rule,
  service,
  type TopicMessage,
  table,
  target,
  topic,
} from './flow.ts'

type Noted = EventBridgeEvent<'Noted', { readonly text: string }>
interface Notes {
  /** Tells its outbox and its changes, each in its own words. */
  add(text: string): Promise<number>
}
/** What a test listens with, and what it lets a handler do. */
interface Listener {
  hear(heard: Noted): Promise<void>
}

test('a route answers what its handler does', async (t) => {
  const { call } = await started(t)

  assert.equal(await call('POST /notes', { text: 'Joe is going to Spain' }), 21)
})

test('a route fails as its handler does', async (t) => {
  const { call } = await started(t)

  await assert.rejects(call('POST /notes', { text: '' }), { message: 'A note without text' })
})

test('a route that the flow does not have is named', async (t) => {
  const { call } = await started(t)

  await assert.rejects(call('PUT /notes', {}), /app has no route PUT \/notes/)
})

test('a handler is given the ports that its target lists, and no others', async (t) => {
  const { call, clock, given } = await started(t)

  await call('POST /notes', { text: 'one' })
  await clock.turn()

  assert.deepEqual(Object.fromEntries(given), {
    add: ['store'],
    print: ['printer'],
    copy: ['copier'],
    mail: ['mailer'],
  })
})

test('each stream of a table goes by its own pipe', async (t) => {
  const { call, clock, printer, copier } = await started(t)

  await call('POST /notes', { text: 'one' })
  await clock.turn()

  assert.deepEqual(texts(printer), ['one'])
  assert.deepEqual(texts(copier), ['one, changed'])
})

test('what a stream without a pipe tells goes nowhere', async (t) => {
  const { engine, clock, printer, copier } = await started(t)

  await engine.transact((_tx, append) => append('subscriptions.outbox', noted('one')))
  await clock.turn()

  assert.deepEqual([...texts(printer), ...texts(copier)], [])
})

test('a target that fails is tried again, and nobody else with it', async (t) => {
  const { call, clock, printer, mailer } = await started(t)
  printer.fails = [new Error('out of paper'), new Error('out of ink')]

  await call('POST /notes', { text: 'one' })
  await clock.move(999)
  assert.deepEqual(texts(printer), ['one'])
  await clock.move(1)
  assert.deepEqual(texts(printer), ['one', 'one'])
  await clock.move(60_000)

  assert.deepEqual(texts(printer), ['one', 'one', 'one'])
  assert.equal(new Set(printer.heard.map(({ id }) => id)).size, 1)
  assert.equal(mailer.heard.length, 2)
})

test('a target that refuses is not asked again', async (t) => {
  const { call, clock, printer, dead } = await started(t)
  printer.fails = [new DeliveryRefused('no such paper')]

  await call('POST /notes', { text: 'one' })
  await clock.move(60_000)

  assert.equal(printer.heard.length, 1)
  assert.deepEqual(await dead(), [['main/noted/print', 'no such paper']])
})

test('a target has the limits that the flow gives it', async (t) => {
  const retryPolicy = { maximumRetryAttempts: 1, maximumEventAgeInSeconds: 60 }
  const limits = { retryPolicy, timeoutMs: 50, concurrency: 1 }
  const { call, clock, printer, dead } = await started(t, limits)
  printer.hangs = true

  await call('POST /notes', { text: 'one' })
  await call('POST /notes', { text: 'two' })
  await clock.turn()
  assert.deepEqual(texts(printer), ['one'], 'one at a time')
  await clock.move(10_000)

  assert.equal(printer.heard.length, 4, 'each twice')
  const late = ['main/noted/print', 'No answer from main/noted/print within 50 ms']
  assert.deepEqual(await dead(), [late, late])
})

test('a topic brings a message to each subscription that matches it', async (t) => {
  const { call, clock, mailer } = await started(t)

  await call('POST /notes', { text: 'one' })
  await clock.turn()

  assert.deepEqual(mailer.to, ['ada', 'joe'])
  assert.deepEqual(texts(mailer), ['one', 'one'])
})

test('a topic tries one subscription again without the others', async (t) => {
  const { call, clock, mailer } = await started(t)
  mailer.fails = [new Error('mailbox full')]

  await call('POST /notes', { text: 'one' })
  await clock.move(60_000)

  assert.deepEqual(mailer.to, ['ada', 'joe', 'ada'])
})

test("a topic's target has the limits that the flow gives it", async (t) => {
  const retryPolicy = { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 }
  const { call, clock, mailer, dead } = await started(t, { retryPolicy })
  mailer.fails = [new Error('mailbox full')]

  await call('POST /notes', { text: 'one' })
  await clock.move(60_000)

  assert.deepEqual(mailer.to, ['ada', 'joe'])
  assert.deepEqual(await dead(), [['letters/email', 'mailbox full']])
})

/** `fails` is what it throws the next times, `hangs` that it never answers. */
interface Ear extends Listener {
  readonly heard: readonly Noted[]
  fails: Error[]
  hangs: boolean
}

function ear(): Ear {
  const heard: Noted[] = []
  return {
    heard,
    fails: [],
    hangs: false,
    async hear(event) {
      heard.push(event)
      const error = this.fails.shift()
      if (error) throw error
      if (this.hangs) await new Promise(() => {})
    },
  }
}

const texts = ({ heard }: Ear) => heard.map(({ detail }) => detail.text)

const noted = (text: string): PutEventsRequestEntry => ({
  ...{ Source: 'notes', DetailType: 'Noted' },
  Detail: JSON.stringify({ text }),
})

/**
 * Notes that are printed and mailed from the bus `main`, and copied from the bus `copies`. `limits`
 * are those of the printer and the mail.
 */
async function started(t: TestContext, limits: Partial<Limits> = {}) {
  const clock = handClock()
  const engine = await eventEngine({ store: memoryStore(), clock, random: () => 1 })
  t.after(async () => {
    const closed = engine.close(0)
    await clock.move(100)
    await closed
  })
  const [printer, copier, mailbox] = [ear(), ear(), ear()]
  const to: string[] = []
  const given = new Map<string, readonly string[]>()
  const note = (who: string, uses: object) => given.set(who, Object.keys(uses))

  const ports = {
    notes: table<Notes>(),
    subscriptions: table<Subscriptions>(),
    printer: service<Listener>(),
    copier: service<Listener>(),
    mailer: service<Listener>(),
    main: eventBus(),
    copies: eventBus(),
  }
  const mail = async (
    { event, subscriptionId }: TopicMessage<Noted>,
    uses: { mailer: Listener },
  ) => {
    note('mail', uses)
    to.push(subscriptionId)
    await uses.mailer.hear(event)
  }
  const letters = topic<Noted>({
    subscriptions: ports.subscriptions,
    protocols: { email: target('mail', mail, { mailer: ports.mailer }, limits) },
  })
  const add = async ({ text }: { text: string }, uses: { store: Notes }) => {
    note('add', uses)
    return uses.store.add(text)
  }
  const print = async (event: Noted, uses: { printer: Listener }) => {
    note('print', uses)
    await uses.printer.hear(event)
  }
  const copy = async (event: Noted, uses: { copier: Listener }) => {
    note('copy', uses)
    await uses.copier.hear(event)
  }
  const eventPattern = { 'detail-type': ['Noted'] } as const
  const app = flow('app', { ...ports, letters }, [
    route('POST /notes', target('add', add, { store: ports.notes })),
    pipe('note-events', { source: ports.notes.outbox, target: ports.main }),
    pipe('note-changes', { source: ports.notes.changes, target: ports.copies }),
    rule('noted', {
      bus: ports.main,
      eventPattern,
      targets: [target('print', print, { printer: ports.printer }, limits), letters],
    }),
    rule('changed', {
      bus: ports.copies,
      eventPattern,
      targets: [target('copy', copy, { copier: ports.copier })],
    }),
  ])
  const implementations = {
    notes: notesOn(engine),
    subscriptions: twoReaders,
    ...{ printer, copier, mailer: mailbox },
  }
  const { call, circuit } = embedded(app, implementations)
  await engine.start(circuit)
  const dead = async () =>
    (await engine.status()).deadLetters.map(({ target, error }) => [target, error])
  return {
    call,
    clock,
    engine,
    given,
    dead,
    printer,
    copier,
    mailer: Object.assign(mailbox, { to }),
  }
}

const notesOn = (engine: Engine<undefined>): Notes => ({
  add: (text) =>
    engine.transact((_tx, append) => {
      if (text === '') throw new Error('A note without text')
      append('notes.outbox', noted(text))
      append('notes.changes', noted(`${text}, changed`))
      return text.length
    }),
})

/** Two whom every note concerns, and one whom none does. */
const asked: Pick<Subscriptions, 'filterPolicies' | 'withFilterPolicy'> = {
  filterPolicies: async (topic, protocol) =>
    topic === 'letters' && protocol === 'email'
      ? [{ source: ['notes'] }, { detail: { text: ['nobody writes this'] } }]
      : [],
  withFilterPolicy: async (_topic, _protocol, policy, after, limit) =>
    ('source' in policy ? ['ada', 'joe'] : ['eve']).filter((id) => id > after).slice(0, limit),
}
const twoReaders = asked as Subscriptions
