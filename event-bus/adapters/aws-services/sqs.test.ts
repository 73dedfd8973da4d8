/** Messages to a real SQS server, read there by AWS's own client; and to servers that go wrong. */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import {
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { startFauxqs } from 'fauxqs'
import { testServer } from '../undici/testing.ts'
import { credentials, servicesAt } from './testing.ts'

const arnOf = (name: string, region = 'us-east-1') => `arn:aws:sqs:${region}:000000000000:${name}`

async function aServer(t: TestContext) {
  const server = await startFauxqs({ port: 0, logger: false })
  t.after(() => server.stop())
  const url = `http://127.0.0.1:${server.port}`
  /** All that is in it, taken out: a group of a FIFO queue gives one after the other. */
  async function received(QueueUrl: string): Promise<readonly Message[]> {
    const client = new SQSClient({ endpoint: url, region: 'us-east-1', credentials })
    const all: Message[] = []
    for (let read = -1; all.length > read; ) {
      read = all.length
      const asked = new ReceiveMessageCommand({
        ...{ QueueUrl, MaxNumberOfMessages: 10 },
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      })
      for (const message of (await client.send(asked)).Messages ?? []) {
        const { ReceiptHandle } = message
        await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
        all.push(message)
      }
    }
    client.destroy()
    return all
  }
  return { server, received, ...servicesAt(t, url) }
}

describe('a queue', () => {
  test('has the text as its message, to the last letter', async (t) => {
    const { server, received, send } = await aServer(t)
    const { queueUrl } = server.createQueue('jobs')
    // No letter beyond U+FFFF: AWS takes them, and this server does not.
    const text = '{"order": 1.0, "name": "Köşe ☕", "quoted": "\\"<&>"}'

    await send({ arn: arnOf('jobs'), text })

    assert.deepEqual(
      (await received(queueUrl)).map(({ Body, MessageAttributes }) => [Body, MessageAttributes]),
      [[text, undefined]],
    )
  })

  test('has what SQS takes in no message as JSON spells it', async (t) => {
    const { server, received, send } = await aServer(t)
    const { queueUrl } = server.createQueue('jobs')

    await send({ arn: arnOf('jobs'), text: '{"a":"\ufffe\uffff\ufffd"}' })

    const [message] = await received(queueUrl)
    assert.equal(message?.Body, '{"a":"\\ufffe\\uffff\ufffd"}')
  })

  test('that is FIFO has it in its group, once for each event however often it is sent', async (t) => {
    const { server, received, send } = await aServer(t)
    const { queueUrl } = server.createQueue('jobs.fifo', { attributes: { FifoQueue: 'true' } })
    const message = {
      ...{ arn: arnOf('jobs.fifo'), parameters: { MessageGroupId: 'ours' } },
      ...{ eventId: 'event-1', text: '{"order":1}' },
    }

    await send(message)
    await send(message)
    await send({ ...message, eventId: 'event-2' })
    await send({ ...message, text: '{"order":1,"replay-name":"again"}' })

    const messages = await received(queueUrl)
    assert.equal(messages.length, 3)
    const attributes = messages.map((each) => each.Attributes ?? {})
    assert.deepEqual(
      attributes.map(({ MessageGroupId }) => MessageGroupId),
      ['ours', 'ours', 'ours'],
    )
    assert.match(attributes[0]?.MessageDeduplicationId ?? '', /^event-1-[0-9a-f]{32}$/)
  })

  test('that is FIFO refuses what has no group', async (t) => {
    const { server, send } = await aServer(t)
    server.createQueue('jobs.fifo', { attributes: { FifoQueue: 'true' } })

    await assert.rejects(send({ arn: arnOf('jobs.fifo') }), {
      ...{ name: 'DeliveryRefused', code: 'INVALID_PARAMETER' },
      message:
        /asked to SendMessage .*jobs\.fifo, answered 400 \(MissingParameter: .*MessageGroupId/,
    })
  })

  test('of a dead letter has why it is dead as attributes that are strings', async (t) => {
    const { server, received, send } = await aServer(t)
    const { queueUrl } = server.createQueue('graveyard')
    const attributes = {
      RULE_ARN: 'arn:aws:events:us-east-1:000000000000:rule/orders/placed',
      TARGET_ARN: 'arn:aws:lambda:us-east-1:000000000000:function:ship',
      ERROR_CODE: 'ERROR_FROM_TARGET',
      ERROR_MESSAGE: 'The lorry\u0000 is \ud800 broken',
      EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
      RETRY_ATTEMPTS: '0',
    }

    await send({ arn: arnOf('graveyard'), attributes })

    const [message] = await received(queueUrl)
    assert.deepEqual(
      Object.entries(message?.MessageAttributes ?? {}).map(([name, { DataType, StringValue }]) => [
        ...[name, DataType, StringValue],
      ]),
      Object.entries({ ...attributes, ERROR_MESSAGE: 'The lorry� is � broken' }).map(
        ([name, value]) => [name, 'String', value],
      ),
    )
  })

  test('has its attributes when one of them is empty', async (t) => {
    const { server, received, send } = await aServer(t)
    const { queueUrl } = server.createQueue('graveyard')

    await send({ arn: arnOf('graveyard'), attributes: { ERROR_MESSAGE: '' } })

    const [message] = await received(queueUrl)
    assert.equal(message?.MessageAttributes?.ERROR_MESSAGE?.StringValue, '-')
  })

  test('is found in the region that its ARN names', async (t) => {
    const { server, received, send } = await aServer(t)
    server.createQueue('jobs')
    const { queueUrl } = server.createQueue('jobs', { region: 'eu-west-1' })

    await send({ arn: arnOf('jobs', 'eu-west-1') })

    assert.equal((await received(queueUrl)).length, 1)
  })

  test('that is not there refuses the message', async (t) => {
    const { send } = await aServer(t)

    await assert.rejects(send({ arn: arnOf('nobody') }), {
      ...{ name: 'DeliveryRefused', code: 'NO_RESOURCE' },
      message: /QueueDoesNotExist: The specified queue does not exist/,
    })
  })

  test('that was deleted refuses what comes, and takes it when it is there again', async (t) => {
    const { server, received, send } = await aServer(t)
    server.createQueue('jobs')
    await send({ arn: arnOf('jobs') })
    server.deleteQueue('jobs')
    await assert.rejects(send({ arn: arnOf('jobs') }), { code: 'NO_RESOURCE' })

    const { queueUrl } = server.createQueue('jobs')
    await send({ arn: arnOf('jobs') })

    assert.equal((await received(queueUrl)).length, 1)
  })

  test('refuses what is too large for it', async (t) => {
    const { server, send } = await aServer(t)
    server.createQueue('small', { attributes: { MaximumMessageSize: '1024' } })

    await assert.rejects(send({ arn: arnOf('small'), text: JSON.stringify('x'.repeat(1_024)) }), {
      ...{ name: 'DeliveryRefused', code: 'INVALID_PARAMETER' },
    })
  })
})

describe('a server', () => {
  test('is asked for a queue’s URL once, and again when it does not know it any more', async (t) => {
    const server = await testServer()
    t.after(() => server.close())
    const { send } = servicesAt(t, server.url)
    let url = 'http://one/jobs'
    server.answer = (response, { headers, body }) => {
      if (headers['x-amz-target'] === 'AmazonSQS.GetQueueUrl')
        return void response.end(JSON.stringify({ QueueUrl: url }))
      const isKnown = JSON.parse(body).QueueUrl === url
      response.statusCode = isKnown ? 200 : 400
      response.end(isKnown ? '{"MessageId":"1"}' : '{"__type":"QueueDoesNotExist"}')
    }

    await send({ arn: arnOf('jobs') })
    await send({ arn: arnOf('jobs') })
    url = 'http://another/jobs'
    await send({ arn: arnOf('jobs') })

    assert.deepEqual(
      server.requests.map(({ headers }) => String(headers['x-amz-target']).slice(10)),
      ['GetQueueUrl', 'SendMessage', 'SendMessage', 'SendMessage', 'GetQueueUrl', 'SendMessage'],
    )
    const [first] = server.requests
    assert.deepEqual(JSON.parse(first?.body ?? ''), {
      ...{ QueueName: 'jobs', QueueOwnerAWSAccountId: '000000000000' },
    })
    assert.match(
      first?.headers.authorization ?? '',
      /^AWS4-HMAC-SHA256 Credential=test\/\d{8}\/us-east-1\/sqs\/aws4_request, /,
    )
  })

  test('that is none of SQS has taken nothing, though it answers 200', async (t) => {
    const server = await testServer()
    t.after(() => server.close())
    const { send } = servicesAt(t, server.url)
    for (const body of ['', '<html></html>', '{}', '[]']) {
      server.answer = (response) => void response.end(body)

      await assert.rejects(send({ arn: arnOf('jobs') }), {
        ...{ name: 'DeliveryFailed', code: 'ERROR_FROM_TARGET' },
        message: /Set AWS_ENDPOINT_URL_SQS/,
      })
    }
  })

  test('that is not there has the delivery tried again', async (t) => {
    const server = await testServer()
    await server.close()

    await assert.rejects(servicesAt(t, server.url).send({ arn: arnOf('jobs') }), {
      ...{ name: 'DeliveryFailed', code: 'CONNECTION_FAILURE' },
    })
  })

  test('that does not answer is not waited for when the attempt is over', async (t) => {
    const server = await testServer()
    t.after(() => server.close())
    const attempt = new AbortController()
    const over = new Error('over')
    server.answer = () => attempt.abort(over)

    const sent = servicesAt(t, server.url).send({ arn: arnOf('jobs'), signal: attempt.signal })

    await assert.rejects(sent, over)
  })
})
