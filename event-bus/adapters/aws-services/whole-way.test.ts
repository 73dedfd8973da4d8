/** From an event that is put to what is in a queue of a real server, by way of a rule that AWS's words describe. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { startFauxqs } from 'fauxqs'
import { aShop, functionArn, onPlaced, queueArn, topicArn } from '../../testing/event-bridge.ts'
import { testServer } from '../undici/testing.ts'
import { credentials, openServices } from './testing.ts'

/** A rule with these targets, SQS and SNS at a real server, and Lambda at one that fails. */
async function started(t: TestContext, Targets: readonly object[]) {
  const [server, functions] = [
    await startFauxqs({ port: 0, logger: false }),
    await testServer(),
  ] as const
  t.after(() => server.stop())
  t.after(() => functions.close())
  functions.answer = (response) => {
    response.statusCode = 404
    response.setHeader('x-amzn-errortype', 'ResourceNotFoundException')
    response.end('{"Message":"Function not found"}')
  }
  const endpoint = `http://127.0.0.1:${server.port}`
  const services = openServices(t, { sqs: endpoint, sns: endpoint, lambda: functions.url })
  const client = new SQSClient({ endpoint, region: 'us-east-1', credentials })
  t.after(() => client.destroy())
  const shop = await aShop({ services })
  await shop.bridge.putTargets({ ...onPlaced, Targets })
  return {
    ...{ ...shop, server },
    async received(QueueUrl: string): Promise<Message> {
      const request = { QueueUrl, WaitTimeSeconds: 10, MessageAttributeNames: ['All'] }
      const [message] = (await client.send(new ReceiveMessageCommand(request))).Messages ?? []
      assert.ok(message, `${QueueUrl} has a message within 10 s`)
      return message
    },
  }
}

test('an event comes to a queue, and by a topic to another', async (t) => {
  const { server, put, received } = await started(t, [
    { Id: 'ship', Arn: queueArn('jobs') },
    { Id: 'tell', Arn: topicArn('letters'), InputPath: '$.detail' },
  ])
  const jobs = server.createQueue('jobs')
  const mail = server.createQueue('mail')
  server.createTopic('letters')
  server.subscribe({ topic: 'letters', queue: 'mail' })

  await put(7)

  const event = JSON.parse((await received(jobs.queueUrl)).Body ?? '')
  assert.deepEqual([event.source, event.detail], ['shop', { order: 7 }])
  const letter = JSON.parse((await received(mail.queueUrl)).Body ?? '')
  assert.deepEqual(JSON.parse(letter.Message), { order: 7 })
})

test('an event for a function that is not there comes to the dead-letter queue of its target', async (t) => {
  const { server, put, received, dead } = await started(t, [
    { Id: 'ship', Arn: functionArn('nobody'), DeadLetterConfig: { Arn: queueArn('graveyard') } },
  ])
  const { queueUrl } = server.createQueue('graveyard')

  await put(7)

  const { Body = '', MessageAttributes = {} } = await received(queueUrl)
  assert.deepEqual(JSON.parse(Body).detail, { order: 7 })
  assert.deepEqual(
    Object.fromEntries(
      Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]),
    ),
    {
      RULE_ARN: 'arn:aws:events:us-east-1:000000000000:rule/orders/placed',
      TARGET_ARN: functionArn('nobody'),
      ERROR_CODE: 'NO_RESOURCE',
      ERROR_MESSAGE: `Lambda, asked to Invoke ${functionArn('nobody')}, answered 404 (ResourceNotFoundException: Function not found).`,
    },
  )
  assert.deepEqual(await dead(), [['orders/placed/ship', 'NO_RESOURCE']])
})
