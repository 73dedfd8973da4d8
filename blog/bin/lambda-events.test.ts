import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { marshall } from '@aws-sdk/util-dynamodb'
import { handClock } from '@busbar/event-bus/testing'
import { lambda } from '@busbar/runtime/lambda'
import type { HttpApiResponse, LambdaHandler } from '@busbar/runtime/lambda-event'
import { aContext, memoryQueue } from '@busbar/runtime/testing'
import { outboxEntry, postChange } from '../adapters/aws/stream.ts'
import { blogPostCreated, blogPostUpdated } from '../events.ts'
import { blog } from '../flow.ts'
import type { Post } from '../post.ts'
import { aDraft, anEvent, anId, aPost, aSubscription, blogPorts, someEntities } from '../testing.ts'
import { serve } from './lambda-serve.ts'
import {
  anAuthorizerEvent,
  anHttpEvent,
  anSqsEvent,
  aStreamRecord,
  type HttpEvent,
} from './testing.ts'

const token = 'a-token-of-40-characters-or-thereabouts'
const created = anEvent('BlogPostCreated', aPost())
const nothingFailed = { batchItemFailures: [] }
const isAuthor = { authorized: { isAuthorized: true } }

describe('the function of POST /api/posts', () => {
  test('stores a post of whom the authorizer let through', async () => {
    const { called, ports } = aBlog()

    const answer = await called(
      'create-post',
      anHttpEvent('POST', '/api/posts', { body: aDraft(), ...isAuthor }),
    )

    assert.equal(answer.statusCode, 201)
    assert.equal(answer.headers.location, `/api/posts/${anId(1)}`)
    assert.deepEqual(JSON.parse(answer.body).title, aDraft().title)
    assert.notEqual(await ports.posts.find(anId(1)), null)
    assert.deepEqual(ports.posts.outbox, [blogPostCreated(JSON.parse(answer.body) as Post)])
  })

  test('refuses whom no authorizer has let through, whatever they bring', async () => {
    const { called, ports } = aBlog()
    const headers = { authorization: `Bearer ${token}` }
    for (const more of [{}, { headers }, { headers, authorized: null }, { authorized: {} }])
      assert.equal(
        (
          await called(
            'create-post',
            anHttpEvent('POST', '/api/posts', { body: aDraft(), ...more }),
          )
        ).statusCode,
        401,
      )
    assert.deepEqual(ports.posts.outbox, [])
  })

  test('tells every fault of a draft', async () => {
    const { called } = aBlog()

    const answer = await called(
      'create-post',
      anHttpEvent('POST', '/api/posts', { body: { title: '' }, ...isAuthor }),
    )

    assert.equal(answer.statusCode, 400)
    assert.equal(answer.headers['content-type'], 'application/problem+json')
    assert.ok(JSON.parse(answer.body).errors.length > 1)
  })

  test('serves no other route, and says no more than that it failed', async () => {
    const { called, lines } = aBlog()

    const answer = await called('create-post', anHttpEvent('GET', '/api/topics'))

    assert.equal(answer.statusCode, 500)
    assert.equal(lines.length, 1)
  })
})

test('the functions of further routes answer as the blog does', async () => {
  const { called } = aBlog()
  await called('create-post', anHttpEvent('POST', '/api/posts', { body: aDraft(), ...isAuthor }))
  const id = anId(1)
  const ifMatch = { headers: { 'if-match': '*' }, ...isAuthor }
  const asked = [
    ['show-post', anHttpEvent('GET', `/api/posts/${id}`), 200],
    ['list-posts', anHttpEvent('GET', '/api/posts', { rawQueryString: 'topic=summer' }), 200],
    ['list-topics', anHttpEvent('GET', '/api/topics'), 200],
    ['search-posts', anHttpEvent('GET', '/api/search', { rawQueryString: 'q=joe' }), 200],
    ['list-mentions', anHttpEvent('GET', '/api/mentions', { rawQueryString: 'name=Joe' }), 200],
    [
      'edit-post',
      anHttpEvent('PATCH', `/api/posts/${id}`, { body: { title: 'T' }, ...ifMatch }),
      200,
    ],
    [
      'subscribe',
      anHttpEvent('POST', '/api/subscriptions', {
        body: { email: 'reader@example.org', topic: 'summer' },
      }),
      202,
    ],
    [
      'confirm-subscription',
      anHttpEvent('GET', '/subscriptions/confirm/a-token-of-16-or-more'),
      410,
    ],
    ['unsubscribe', anHttpEvent('POST', '/subscriptions/unsubscribe/a-token-of-16-or-more'), 200],
    ['delete-post', anHttpEvent('DELETE', `/api/posts/${id}`, ifMatch), 204],
    ['show-post', anHttpEvent('GET', `/api/posts/${id}`), 404],
  ] as const
  for (const [target, event, status] of asked)
    assert.equal((await called(target, event)).statusCode, status, target)
})

test('the function of POST /api/subscriptions knows who asks too often by the address that API Gateway saw', async () => {
  const { called, ports } = aBlog()
  const body = { url: 'https://hooks.example/a', topic: 'summer' }
  const statuses: number[] = []
  for (let n = 0; n < 21; n++) {
    const headers = { 'x-forwarded-for': `198.51.100.${n}` } // which anybody may send
    const event = anHttpEvent('POST', '/api/subscriptions', { body, headers })
    statuses.push((await called('subscribe', event)).statusCode)
  }
  assert.deepEqual(new Set(statuses.slice(0, 20)), new Set([202]))
  assert.equal(statuses[20], 429)
  assert.equal(ports.subscriptions.all().length, 1)
})

test('the answers that browsers watch from carry the newest change', async () => {
  const { called } = aBlog()

  const { headers } = await called('list-posts', anHttpEvent('GET', '/api/posts'))

  assert.equal(headers['watch-cursor'], 'cursor-1')
})

describe('the function of all other requests', () => {
  test('serves pages and the files that they need', async () => {
    const { called } = aBlog()
    for (const [path, type] of [
      ['/', /^text\/html/],
      ['/topics/summer holidays', /^text\/html/],
      ['/live.js', /^text\/javascript/],
      ['/style.css', /^text\/css/],
      ['/openapi.json', /^application\/json/],
    ] as const) {
      const { statusCode, headers } = await called('pages', anHttpEvent('GET', path))
      assert.equal(statusCode, 200, path)
      assert.match(headers['content-type'] ?? '', type)
    }
  })

  test('answers a HEAD without a body, and an unknown path or method as the blog does', async () => {
    const { called } = aBlog()

    const head = await called('pages', anHttpEvent('HEAD', '/api/posts'))
    const unknown = await called('pages', anHttpEvent('GET', '/nowhere'))
    const method = await called('pages', anHttpEvent('PUT', '/api/posts'))

    assert.deepEqual([head.statusCode, head.body], [200, ''])
    assert.equal(unknown.statusCode, 404)
    assert.deepEqual([method.statusCode, method.headers.allow], [405, 'POST, GET, HEAD'])
  })

  test('knows the author by the token, for no authorizer stands before it', async () => {
    const { called } = aBlog()
    const written = async (more: object) =>
      (await called('pages', anHttpEvent('POST', '/api/posts', { body: aDraft(), ...more })))
        .statusCode

    assert.equal(await written({}), 401)
    assert.equal(await written(isAuthor), 401)
    assert.equal(await written({ headers: { authorization: 'Bearer of-somebody-else' } }), 401)
    assert.equal(await written({ headers: { authorization: `Bearer ${token}` } }), 201)
  })

  test('knows the token that is the author’s now', async () => {
    const { called, secret } = aBlog()
    const written = async (bearer: string) =>
      (
        await called(
          'pages',
          anHttpEvent('POST', '/api/posts', {
            ...{ body: aDraft(), headers: { authorization: `Bearer ${bearer}` } },
          }),
        )
      ).statusCode
    assert.equal(await written(token), 201)

    secret.text = 'another-token-of-40-characters-or-so'

    assert.deepEqual([await written(token), await written(secret.text)], [401, 201])
  })

  test('takes a form of its own page, and none of another site', async () => {
    const { called } = aBlog()
    const sent = async (origin: string) => {
      const headers = { origin, 'content-type': 'application/x-www-form-urlencoded' }
      const body = 'email=reader%40example.org&topic=summer'
      return (await called('pages', anHttpEvent('POST', '/subscribe', { headers, body })))
        .statusCode
    }

    assert.equal(await sent('https://blog.test'), 303)
    assert.equal(await sent('https://evil.test'), 403)
  })
})

test('the authorizer lets the author through', async () => {
  const { started } = aBlog()
  const authorizer = await started('authorizer')
  const allowed = { isAuthorized: true, context: { isAuthorized: true } }

  assert.deepEqual(await authorizer(anAuthorizerEvent(`Bearer ${token}`), aContext()), allowed)
  assert.deepEqual(await authorizer(anAuthorizerEvent('Bearer x'), aContext()), {
    isAuthorized: false,
  })
})

describe('the functions behind queues', () => {
  test('recognize-entities finds names in a post that was created', async () => {
    const { started, ports } = aBlog()
    await ports.posts.create(aPost(), [])
    const handler = await started('recognize-entities')

    assert.deepEqual(await handler(anSqsEvent(created), aContext()), nothingFailed)

    const found = await ports.posts.find(anId(1))
    assert.deepEqual(found?.post.entities, { ...someEntities(), organizations: [] })
  })

  test('new-posts puts a message for each confirmed subscriber on the queue of email-subscriber', async () => {
    const { started, ports, queue } = aBlog()
    await subscribed(ports.subscriptions, aSubscription())
    const handler = await started('topic:new-posts')

    assert.deepEqual(await handler(anSqsEvent(created), aContext()), nothingFailed)

    assert.deepEqual(
      queue.sent.map(({ target, body }) => [target, JSON.parse(body)]),
      [['email-subscriber', { event: created, subscriptionId: anId(101) }]],
    )
  })

  test('email-subscriber mails what new-posts put there', async () => {
    const { started, ports, queue } = aBlog()
    await ports.posts.create(aPost(), [])
    await subscribed(ports.subscriptions, aSubscription())
    await (await started('topic:new-posts'))(anSqsEvent(created), aContext())
    const handler = await started('email-subscriber')

    const messages = queue.sent.map(({ body }) => body)
    assert.deepEqual(await handler(anSqsEvent(...messages), aContext()), nothingFailed)

    assert.deepEqual(
      ports.mailer.sent.map(({ to }) => to),
      ['reader@example.org'],
    )
  })

  test('email-subscriber leaves a mail that the server did not take on its queue', async () => {
    const { started, ports, queue } = aBlog()
    await ports.posts.create(aPost(), [])
    await subscribed(ports.subscriptions, aSubscription())
    ports.mailer.fail = new Error('421 Try again later')
    const handler = await started('email-subscriber')
    const event = anSqsEvent({ event: created, subscriptionId: anId(101) })

    assert.deepEqual(await handler(event, aContext()), {
      batchItemFailures: [{ itemIdentifier: event.Records[0]?.messageId }],
    })
    assert.deepEqual(queue.waiting, [
      { receiptHandle: event.Records[0]?.receiptHandle, seconds: 1 },
    ])
  })

  test('push-to-browsers pushes a change', async () => {
    const { started, ports } = aBlog()
    const { Detail } = blogPostUpdated(null, aPost(), 1)
    const updated = anEvent('BlogPostUpdated', JSON.parse(Detail), anId(7))
    const handler = await started('push-to-browsers')

    assert.deepEqual(await handler(anSqsEvent(updated), aContext()), nothingFailed)

    assert.deepEqual(ports.connections.pushed, [{ cursor: anId(7), change: updated.detail }])
  })
})

describe('the functions of pipes', () => {
  test('tell what was stored with a post, as the other runtimes do', async () => {
    const { started } = aBlog()
    const { Source: source, DetailType: detailType, Detail: detail } = blogPostCreated(aPost())
    const handler = await started('pipe:post-events')
    const keys = { pk: `outbox#${anId(9)}`, sk: 'outbox' }
    const NewImage = marshall({ ...keys, source, detailType, detail }) as never

    assert.deepEqual(await handler([aStreamRecord('INSERT', keys, { NewImage })], aContext()), [
      { source: 'blog', 'detail-type': 'BlogPostCreated', detail: aPost() },
    ])
  })

  test('tell each change of a post, and no other', async () => {
    const { started } = aBlog()
    const handler = await started('pipe:post-changes')
    const keys = { pk: `row#${anId(1)}`, sk: 'row' }
    const image = (post: Post, version: number) =>
      marshall({ ...keys, ...post, revision: 1, version }) as never
    const [old, next] = [aPost(), aPost({ entities: someEntities() })]
    const records = [
      aStreamRecord('INSERT', keys, { NewImage: image(old, 1) }),
      aStreamRecord('MODIFY', keys, { OldImage: image(old, 1), NewImage: image(next, 2) }),
      aStreamRecord('MODIFY', keys, { OldImage: image(next, 2), NewImage: image(next, 2) }),
      aStreamRecord('REMOVE', keys, { OldImage: image(next, 2) }),
      aStreamRecord('INSERT', { pk: 'topic#summer', sk: 'topic' }, {}),
    ]

    const entries = [
      blogPostUpdated(null, old, 1),
      blogPostUpdated(old, next, 2),
      blogPostUpdated(next, null, 3),
    ]
    assert.deepEqual(
      await handler(records, aContext()),
      entries.map(({ Source: source, DetailType, Detail }) => ({
        ...{ source, 'detail-type': DetailType, detail: JSON.parse(Detail) },
      })),
    )
  })
})

/** With a subscription that is confirmed already. */
async function subscribed(
  subscriptions: ReturnType<typeof blogPorts>['subscriptions'],
  wanted: ReturnType<typeof aSubscription>,
): Promise<void> {
  await subscriptions.subscribe(wanted, () => [])
  await subscriptions.confirm(wanted.confirmToken, new Date(wanted.requestedAt))
}

/** All functions of the blog, with one set of ports in memory behind them. */
function aBlog() {
  const ports = blogPorts()
  const queue = memoryQueue()
  const lines: object[] = []
  const secret = { text: token }
  const log = (line: object) => void lines.push(line)
  const started = (target: string) =>
    lambda(blog, {
      ...{ target, clock: handClock(), random: () => 1, log },
      make: {
        ports: {
          posts: () => ports.posts,
          drafts: () => ports.drafts,
          progress: () => ports.progress,
          subscriptions: () => ports.subscriptions,
          credentials: () => ports.credentials,
          mailer: () => ports.mailer,
          renderer: () => ports.renderer,
          http: () => ports.http,
          recognizer: () => ports.recognizer,
          connections: () => ports.connections,
          links: () => ports.links,
          seal: () => ports.seal,
          ids: () => ports.ids,
          clock: () => ports.clock,
        },
        queue: () => queue,
        tell: { 'posts.outbox': () => outboxEntry, 'posts.changes': () => postChange },
        serve: (call, on) =>
          serve({
            ...{ call, log, publicUrl: 'https://blog.test' },
            changes: { head: async () => 'cursor-1' },
            script: 'start()',
            token: on === null ? async () => secret.text : null,
            ...{ authors: [], credentials: ports.credentials, clock: ports.clock },
          }),
        clients: () => {
          throw new Error('No browser connects here')
        },
        token: () => async () => secret.text,
      },
    }) as Promise<LambdaHandler<unknown>>
  const functions = new Map<string, Promise<LambdaHandler<unknown>>>()
  async function called(target: string, event: HttpEvent): Promise<HttpApiResponse> {
    const known = functions.get(target) ?? started(target)
    functions.set(target, known)
    return (await (
      await known
    )(event, aContext())) as HttpApiResponse
  }
  return { ports, queue, lines, secret, started, called }
}
