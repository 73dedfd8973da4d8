import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EventBridgeEvent, Subscriptions } from '@busbar/event-bus'
import { draw } from './draw.ts'
import { eventBus, flow, pipe, route, rule, service, table, target, topic } from './flow.ts'

type Posted = EventBridgeEvent<'Posted'>
const notes = table<object>()
const printer = service<object>()
const bus = eventBus()
const pattern = { 'detail-type': ['Posted'] } as const
const nothing = async () => {}

test('draws what follows from a request, from the request to the service', () => {
  const onPosted = async (_event: Posted, _uses: { printer: object }) => {}
  const app = flow('app', { notes, printer, mainBus: bus }, [
    route('POST /notes', target('add-note', nothing, { notes })),
    pipe('note-events', { source: notes.outbox, target: bus }),
    rule('printing', {
      bus,
      eventPattern: pattern,
      targets: [target('print-note', onPosted, { printer })],
    }),
  ])

  assert.equal(
    draw(app),
    [
      'flowchart LR',
      '  POST_notes["POST /notes"] --> add-note',
      '  add-note -.-> notes[(notes)]',
      '  notes[(notes)] -- outbox --> main-bus{{"bus main-bus"}}',
      '  main-bus{{"bus main-bus"}} -- printing --> print-note',
      '  print-note -.-> printer([printer])',
    ].join('\n'),
  )
})

test('leads a topic on by its protocols', () => {
  const subscriptions = table<Subscriptions>()
  const mail = target(
    'mail',
    async (_: { event: Posted; subscriptionId: string }, _uses: { printer: object }) => {},
    {
      printer,
    },
  )
  const letters = topic<Posted>({ subscriptions, protocols: { email: mail } })
  const app = flow('app', { subscriptions, printer, bus, letters }, [
    rule('mailing', { bus, eventPattern: pattern, targets: [letters] }),
  ])

  assert.equal(
    draw(app),
    [
      'flowchart LR',
      '  bus{{"bus bus"}} -- mailing --> letters>"topic letters"]',
      '  letters>"topic letters"] -- email --> mail',
      '  mail -.-> printer([printer])',
    ].join('\n'),
  )
})

test('leaves out the routes that only read', () => {
  const app = flow('app', { notes }, [
    route('GET /notes', target('list-notes', nothing, { notes })),
    route('GET /notes/{id}', target('show-note', nothing, { notes })),
  ])

  assert.equal(draw(app), 'flowchart LR')
})

test('draws an arrow once, however many targets share it', () => {
  const onPosted = async (_event: Posted, _uses: { notes: object }) => {}
  const printNote = target('print-note', onPosted, { notes })
  const app = flow('app', { notes, bus }, [
    rule('one', { bus, eventPattern: pattern, targets: [printNote] }),
    rule('other', { bus, eventPattern: pattern, targets: [printNote] }),
  ])

  const arrows = draw(app).split('\n')

  assert.deepEqual(arrows.slice(1), [
    '  bus{{"bus bus"}} -- one --> print-note',
    '  print-note -.-> notes[(notes)]',
    '  bus{{"bus bus"}} -- other --> print-note',
  ])
})
