/** Messages to a real SNS server, and to servers that go wrong. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startFauxqs } from 'fauxqs'
import { testServer } from '../undici/testing.ts'
import { servicesAt } from './testing.ts'

const letters = 'arn:aws:sns:us-east-1:000000000000:letters'

test('a topic’s subscribers get the text as its message, to the last letter', async (t) => {
  const server = await startFauxqs({ port: 0, logger: false })
  t.after(() => server.stop())
  server.createTopic('letters')
  server.createQueue('jobs')
  server.subscribe({ topic: 'letters', queue: 'jobs' })
  const text = '{"order": 1.0, "a+b": "Köşe ☕ 𝄞 %20 & = ;", "quoted": "\\"<&>"}'

  await servicesAt(t, `http://127.0.0.1:${server.port}`).send({ arn: letters, text })

  const [message] = server.inspectQueue('jobs')?.messages.ready ?? []
  const { Message, TopicArn } = JSON.parse(message?.body ?? '{}')
  assert.deepEqual([Message, TopicArn], [text, letters])
})

test('a topic that is not there refuses the message', async (t) => {
  const server = await startFauxqs({ port: 0, logger: false })
  t.after(() => server.stop())

  await assert.rejects(servicesAt(t, `http://127.0.0.1:${server.port}`).send({ arn: letters }), {
    ...{ name: 'DeliveryRefused', code: 'NO_RESOURCE' },
    message: /asked to Publish to .*letters, answered 404 \(NotFound/,
  })
})

test('a request is signed for SNS in the topic’s region', async (t) => {
  const server = await testServer()
  t.after(() => server.close())
  server.answer = (response) => void response.end('<MessageId>1</MessageId>')

  await servicesAt(t, server.url).send({ arn: letters.replace('us-east-1', 'eu-west-1') })

  assert.match(
    server.requests[0]?.headers.authorization ?? '',
    /Credential=test\/\d{8}\/eu-west-1\/sns\/aws4_request/,
  )
})

test('a server that is none of SNS has taken nothing, though it answers 200', async (t) => {
  const server = await testServer()
  t.after(() => server.close())
  for (const body of ['', '<html></html>', '{"MessageId":"1"}']) {
    server.answer = (response) => void response.end(body)

    await assert.rejects(servicesAt(t, server.url).send({ arn: letters }), {
      ...{ name: 'DeliveryFailed', code: 'ERROR_FROM_TARGET' },
      message: /Set AWS_ENDPOINT_URL_SNS/,
    })
  }
})
