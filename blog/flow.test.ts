import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile } from '@busbar/event-pattern'
import { nameOf, type Target } from '@busbar/runtime'
import { blog } from './flow.ts'
import { subscribe } from './handlers/subscribe.ts'
import { anEvent, blogPorts } from './testing.ts'

/** The targets that an event on a bus leads to, by rule. */
const ledTo = (bus: string, detailType: string) =>
  blog.steps.flatMap((step) => {
    if (step.kind !== 'rule' || nameOf(blog, step.bus) !== bus) return []
    if (!compile(step.eventPattern)(anEvent(detailType, {}))) return []
    return step.targets.map((each) => (each.kind === 'topic' ? nameOf(blog, each) : each.id))
  })

test('a new post is mailed and looked through', () => {
  assert.deepEqual(ledTo('blog', 'BlogPostCreated'), [
    ...['new-posts', 'recognize-entities', 'count-readers'],
  ])
})

test('an edited post is looked through and not mailed again', () => {
  assert.deepEqual(ledTo('blog', 'BlogPostEdited'), ['recognize-entities'])
})

test('a change is pushed to the browsers and leads nowhere else, so nothing follows from itself', () => {
  assert.deepEqual(ledTo('websocket', 'BlogPostUpdated'), ['push-to-browsers'])
  assert.deepEqual(ledTo('blog', 'BlogPostUpdated'), [])
  const changes = blog.steps.filter(
    (step) => step.kind === 'pipe' && step.source.stream === 'changes',
  )
  assert.deepEqual(
    changes.map((step) => step.kind === 'pipe' && nameOf(blog, step.target)),
    ['websocket'],
  )
})

test('a wish leads to one question, by mail or to the webhook, and nothing more', () => {
  assert.deepEqual(ledTo('blog', 'SubscriptionRequested'), [
    'send-confirmation',
    'post-confirmation',
  ])
})

test('who has lost the link to the preferences is sent it', () => {
  assert.deepEqual(ledTo('blog', 'PreferencesRequested'), ['send-preferences', 'post-preferences'])
})

test('a wish for mail is a wish for the topic that new posts go to', async () => {
  const ports = blogPorts()

  await subscribe({ email: 'reader@example.org', topic: 'summer' }, ports)

  assert.deepEqual(
    ports.subscriptions.all().map(({ topic }) => topic),
    [nameOf(blog, blog.ports.newPosts)],
  )
})

test('events of others lead nowhere', () => {
  for (const bus of ['blog', 'websocket']) assert.deepEqual(ledTo(bus, 'Other'), [])
})

test("a target is called what its handler's file is", () => {
  const targets = blog.steps.flatMap((step): Target[] => {
    if (step.kind === 'route') return [step.target]
    if (step.kind === 'pipe') return []
    return step.targets.flatMap((each) =>
      each.kind === 'target' ? [each] : Object.values<Target>(each.protocols),
    )
  })

  assert.ok(targets.length > 10, 'they were found')
  for (const { id, handler } of targets)
    assert.equal(
      id,
      handler.name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    )
})
