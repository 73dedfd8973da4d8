import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DeliveryRefused, type EventBridgeEvent, type Subscriptions } from '@busbar/event-bus'
import { handClock } from '@busbar/event-bus/testing'
import {
  eventBus,
  flow,
  pipe,
  route,
  rule,
  service,
  type TopicMessage,
  table,
  target,
  topic,
} from './flow.ts'
import { lambda, type Makers } from './lambda.ts'
import type { LambdaHandler } from './lambda-event.ts'
import { aBatch, aContext, aRequest, memoryQueue } from './testing.ts'

type Noted = EventBridgeEvent<'Noted', { readonly text: string }>
interface Notes {
  add(text: string): Promise<number>
}
interface Printer {
  print(text: string): Promise<void>
}

const noted = (text: string) => ({
  ...{ version: '0', id: 'e-1', 'detail-type': 'Noted', source: 'notes', resources: [] },
  ...{ account: '000000000000', region: 'us-east-1', time: '2026-01-01T12:00:00Z' },
  detail: { text },
})
const ruleArn = (name: string) => `arn:aws:events:us-east-1:000000000000:rule/app-main/app-${name}`
const nothingFailed = { batchItemFailures: [] }

const notes = table<Notes>()
const subscriptions = table<Subscriptions>()
const printer = service<Printer>()
const main = eventBus()
const add = async ({ text }: { text: string }, { notes }: { notes: Notes }) => notes.add(text)
const print = async ({ detail }: Noted, { printer }: { printer: Printer }) =>
  printer.print(detail.text)
const mail = async (
  { event, subscriptionId }: TopicMessage<Noted>,
  { printer }: { printer: Printer },
) => printer.print(`${event.detail.text} for ${subscriptionId}`)
const eventPattern = { 'detail-type': ['Noted'] } as const
const again = { source: ['again'], ...eventPattern } as const
const newNotes = topic<Noted>({
  subscriptions,
  protocols: { email: target('mail', mail, { printer }) },
})
const app = flow('app', { notes, subscriptions, printer, main, newNotes }, [
  route('POST /notes', target('add', add, { notes })),
  pipe('note-events', { source: notes.outbox, target: main }),
  pipe('note-changes', { source: notes.changes, target: main }),
  rule<Noted>('noted', {
    ...{ bus: main, eventPattern: { source: ['notes'], ...eventPattern } },
    targets: [target('print', print, { printer }), newNotes],
  }),
  rule<Noted>('noted-again', {
    ...{ bus: main, eventPattern: again },
    targets: [target('print', print, { printer })],
  }),
])

describe('the function of a target', () => {
  test('calls its handler with each event, and with the ports that it lists', async () => {
    const { started, printed, made } = anApp()
    const handler = await started('print')

    assert.deepEqual(await handler(aBatch(noted('one'), noted('two')), aContext()), nothingFailed)

    assert.deepEqual(printed, ['one', 'two'])
    assert.deepEqual(made, ['printer', 'queue'])
  })

  test('has a message that is no event moved to the dead-letter queue', async () => {
    const { started, printed, queue } = anApp()
    const handler = await started('print')
    const bodies = ['', 'nonsense', 'null', '{}', '[1]', '"a"', { ...noted('one'), detail: null }]

    assert.deepEqual(await handler(aBatch(...bodies, noted('two')), aContext()), nothingFailed)

    assert.deepEqual(printed, ['two'])
    assert.deepEqual(
      queue.buried.map(({ attributes }) => attributes.ERROR_CODE),
      bodies.map(() => 'INVALID_JSON'),
    )
  })

  test('has what its handler refuses moved there', async () => {
    const { started, queue, fails } = anApp()
    fails.with = new DeliveryRefused('No such paper')
    const handler = await started('print')

    assert.deepEqual(await handler(aBatch(noted('one')), aContext()), nothingFailed)

    assert.equal(queue.buried[0]?.attributes.ERROR_MESSAGE, 'No such paper')
    assert.equal(queue.buried[0]?.attributes.RULE_ARN, ruleArn('noted'))
    assert.deepEqual(JSON.parse(queue.buried[0]?.body ?? ''), noted('one'))
  })

  test('names the rule that has matched, of several that lead to it', async () => {
    const { started, queue, fails } = anApp()
    fails.with = new DeliveryRefused('No such paper')
    const handler = await started('print')
    const again = { ...noted('two'), source: 'again' }

    await handler(aBatch(again, { ...again, 'detail-type': 'Other' }), aContext())

    assert.deepEqual(
      queue.buried.map(({ attributes }) => attributes.RULE_ARN),
      [ruleArn('noted-again'), undefined],
    )
  })

  test('leaves what fails on its queue', async () => {
    const { started, queue, fails } = anApp()
    fails.with = new Error('Out of paper')
    const handler = await started('print')

    assert.deepEqual(await handler(aBatch(noted('one')), aContext()), {
      batchItemFailures: [{ itemIdentifier: 'message-1' }],
    })
    assert.equal(queue.waiting[0]?.seconds, 1)
  })
})

describe('the function of a topic’s protocol', () => {
  test('calls its handler with event and subscription', async () => {
    const { started, printed } = anApp()
    const handler = await started('mail')

    await handler(aBatch({ event: noted('one'), subscriptionId: 's-1' }), aContext())

    assert.deepEqual(printed, ['one for s-1'])
  })

  test('has what is no message of the topic moved to the dead-letter queue', async () => {
    const { started, queue } = anApp()
    const handler = await started('mail')
    const bodies = [noted('one'), { event: {}, subscriptionId: 's-1' }, { event: noted('one') }]

    assert.deepEqual(await handler(aBatch(...bodies, 'null'), aContext()), nothingFailed)

    assert.equal(queue.buried.length, 4)
  })

  test('names the rule that leads to the topic', async () => {
    const { started, queue, fails } = anApp()
    fails.with = new DeliveryRefused('No such mailbox')
    const handler = await started('mail')

    await handler(aBatch({ event: noted('one'), subscriptionId: 's-1' }), aContext())

    assert.equal(queue.buried[0]?.attributes.RULE_ARN, ruleArn('noted'))
  })
})

test('the function of a topic puts a message on the protocol’s queue for each subscription', async () => {
  const { started, queue, made } = anApp()
  const handler = await started('topic:new-notes')

  assert.deepEqual(await handler(aBatch(noted('one'), 'nonsense'), aContext()), nothingFailed)

  assert.deepEqual(
    queue.sent.map(({ target, body }) => [target, JSON.parse(body)]),
    [['mail', { event: noted('one'), subscriptionId: 's-1' }]],
  )
  assert.equal(queue.buried.length, 1)
  assert.deepEqual(made, ['subscriptions', 'queue'])
})

describe('the function of a pipe', () => {
  test('makes of records what its stream tells', async () => {
    const { started, made } = anApp()
    const handler = await started('pipe:note-events')
    const record = (eventName: string) => ({ eventName, dynamodb: {} })

    assert.deepEqual(await handler([record('one'), record('nothing'), record('two')], aContext()), [
      { source: 'notes', 'detail-type': 'Noted', detail: { text: 'one' } },
      { source: 'notes', 'detail-type': 'Noted', detail: { text: 'two' } },
    ])
    assert.deepEqual(await handler([], aContext()), [])
    assert.deepEqual(made, ['notes.outbox'])
  })

  test('fails for all of them when one cannot be told: the pipe finds out which', async () => {
    const { started } = anApp()
    const handler = await started('pipe:note-events')

    await assert.rejects(handler([{ eventName: 'one' }, {}], aContext()), /no name/)
  })

  test('does not start when nothing says what its stream tells', async () => {
    await assert.rejects(
      anApp().started('pipe:note-changes'),
      /notes\.changes .* pipe note-changes/,
    )
  })
})

describe('the function of a route', () => {
  test('serves the app, which calls its handler', async () => {
    const { started, made } = anApp()
    const handler = await started('add')

    const answer = await handler({ ...aRequest('POST', '/notes'), body: 'one' }, aContext())

    assert.equal((answer as { body: string }).body, 'POST /notes: 3')
    assert.deepEqual(made, ['notes', 'serve POST /notes'])
  })

  test('may call no other', async () => {
    const { started } = anApp()
    const handler = await started('add')

    await assert.rejects(
      handler({ ...aRequest('POST', '/others'), body: 'one' }, aContext()),
      /Function add may not call POST \/others/,
    )
  })
})

test('the function of all that no route is for may call every route', async () => {
  const { started, made } = anApp()
  const handler = await started('pages')

  const answer = await handler({ ...aRequest('POST', '/notes'), body: 'one' }, aContext())

  assert.equal((answer as { body: string }).body, 'null: 3')
  assert.deepEqual(made, ['notes', 'serve null'])
})

test('the functions of the WebSocket API and of the authorizer know nothing of the flow', async () => {
  const { started, made } = anApp()
  const socket = await started('websocket')
  const guard = await started('authorizer')
  const connect = { requestContext: { routeKey: '$connect', connectionId: 'c-1' } }

  assert.deepEqual(await socket(connect, aContext()), { statusCode: 200 })
  assert.deepEqual(await guard({ headers: {} }, aContext()), { isAuthorized: false })
  assert.deepEqual(made, ['clients', 'token'])
})

describe('a function does not start', () => {
  test('as a part that the flow does not have, and says which there are', async () => {
    for (const name of ['', 'printer', 'topic:noted', 'pipe:', 'toString'])
      await assert.rejects(anApp().started(name), /Flow app has no part .* one of .*add.*print/)
  })

  test('when nothing makes a port that it uses', async () => {
    const { make } = anApp()
    const ports = { ...make.ports, printer: undefined } as never

    await assert.rejects(anApp({ ports }).started('print'), /Function print uses port printer/)
  })

  test('of a flow with two different parts of one name', async () => {
    const two = flow('two', { printer, main, notes }, [
      route('POST /notes', target('print', add, { notes })),
      rule<Noted>('noted', {
        ...{ bus: main, eventPattern },
        targets: [target('print', print, { printer })],
      }),
    ])
    const { make, options } = anApp()

    await assert.rejects(
      lambda(two, { ...options, target: 'print', make: make as never }),
      /Flow two has two different parts called print/,
    )
  })
})

function anApp(instead: Partial<Makers<(typeof app)['ports']>> = {}) {
  const made: string[] = []
  const printed: string[] = []
  const fails: { with: Error | null } = { with: null }
  const queue = memoryQueue()
  const making = <T>(name: string, value: T) => {
    made.push(name)
    return value
  }
  const make: Makers<(typeof app)['ports']> = {
    ports: {
      notes: () => making('notes', { add: async (text: string) => text.length }),
      subscriptions: () =>
        making('subscriptions', {
          filterPolicies: async () => [eventPattern],
          withFilterPolicy: async () => ['s-1'],
        } as Partial<Subscriptions> as Subscriptions),
      printer: () =>
        making('printer', {
          async print(text: string) {
            if (fails.with) throw fails.with
            printed.push(text)
          },
        }),
    },
    queue: () => making('queue', queue),
    tell: {
      'notes.outbox': () =>
        making('notes.outbox', ({ eventName: text }) => {
          if (text === undefined) throw new Error('The record has no name')
          const Detail = JSON.stringify({ text })
          return text === 'nothing' ? null : { Source: 'notes', DetailType: 'Noted', Detail }
        }),
    },
    serve: (call, on) =>
      making(`serve ${on}`, async (request) => {
        const { pathname } = new URL(request.url)
        const result = await call(`${request.method} ${pathname}`, { text: await request.text() })
        return new Response(`${on}: ${result}`)
      }),
    clients: () =>
      making('clients', {
        connect: async () => true,
        disconnect: async () => {},
        answer: async () => {},
      }),
    token: () => making('token', async () => 'a-token'),
    ...instead,
  }
  const options = { clock: handClock(), random: () => 1, log: () => {} }
  return {
    ...{ made, printed, queue, fails, make, options },
    started: (target: string): Promise<LambdaHandler<unknown>> =>
      lambda(app, { ...options, target, make }) as Promise<LambdaHandler<unknown>>,
  }
}
