import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import {
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchCommandInput,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { startFauxqs } from 'fauxqs'
import { sqsQueue } from './queue.ts'
import { local } from './testing/dynamo-db.ts'

async function open(t: TestContext) {
  const server = await startFauxqs({ port: 0, logger: false })
  const client = new SQSClient(local(`http://127.0.0.1:${server.port}`))
  t.after(async () => {
    client.destroy()
    await server.stop()
  })
  const urls = new Map(
    ['own', 'dead', 'email-subscriber'].map((name) => [name, server.createQueue(name).queueUrl]),
  )
  const urlOf = (name: string) => urls.get(name) as string
  const received = async (name: string) => {
    const all = []
    for (;;) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          ...{ QueueUrl: urlOf(name), MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] },
          VisibilityTimeout: 60,
        }),
      )
      if (Messages.length === 0) return all
      all.push(...Messages)
    }
  }
  const queue = sqsQueue(client, {
    ...{ queueUrl: urlOf('own'), deadLetterQueueUrl: urlOf('dead'), queueUrlOf: urlOf },
  })
  return { queue, received, client }
}

suite('a queue', () => {
  test('gives a message again when it is told to', async (t) => {
    const { queue, received } = await open(t)
    await queue.send(null, ['{"n":1}'])
    const [message] = await received('own')
    assert.ok(message?.ReceiptHandle)
    assert.deepEqual(await received('own'), [])

    await queue.retryIn(message.ReceiptHandle, 0)

    assert.deepEqual(
      (await received('own')).map(({ Body }) => Body),
      ['{"n":1}'],
    )
  })

  test('has its dead letters elsewhere, with why they died', async (t) => {
    const { queue, received } = await open(t)

    await queue.bury('{"n":1}', { ERROR_CODE: 'TIMEOUT', RETRY_ATTEMPTS: '3' })

    const [letter] = await received('dead')
    assert.equal(letter?.Body, '{"n":1}')
    const { ERROR_CODE, RETRY_ATTEMPTS } = letter?.MessageAttributes ?? {}
    assert.deepEqual(
      [ERROR_CODE, RETRY_ATTEMPTS].map((each) => [each?.DataType, each?.StringValue]),
      [
        ['String', 'TIMEOUT'],
        ['String', '3'],
      ],
    )
  })

  test('takes any number of messages for the queue of a target, each once', async (t) => {
    const { queue, received } = await open(t)
    const bodies = Array.from({ length: 137 }, (_, n) => JSON.stringify({ n }))

    await queue.send('email-subscriber', bodies)

    const got = (await received('email-subscriber')).map(({ Body }) => Body)
    assert.deepEqual(got.toSorted(), bodies.toSorted())
    assert.deepEqual(await received('own'), [])
  })

  test('takes large ones, fewer at a time', async (t) => {
    const { queue, received } = await open(t)
    const bodies = Array.from({ length: 12 }, (_, n) => JSON.stringify(`${n}${'é'.repeat(50_000)}`))

    await queue.send(null, bodies)

    assert.equal((await received('own')).length, 12)
  })

  test('takes what SQS takes in no message, as JSON spells it', async (t) => {
    const { queue, received } = await open(t)

    await queue.send(null, ['{"a":"\ufffe\uffff\ufffd"}'])

    assert.deepEqual(
      (await received('own')).map(({ Body }) => Body),
      ['{"a":"\\ufffe\\uffff\ufffd"}'],
    )
  })
})

suite('of messages that go together', () => {
  type Failed = { readonly Id: string; readonly SenderFault: boolean; readonly Code: string }
  /** SQS that does not take some of what it is sent, by what it is. */
  function failing(fails: (body: string, call: number) => Omit<Failed, 'Id'> | null) {
    const calls: string[][] = []
    const client = {
      async send(command: unknown) {
        assert.ok(command instanceof SendMessageBatchCommand)
        const { Entries = [] } = command.input as SendMessageBatchCommandInput
        calls.push(Entries.map(({ MessageBody = '' }) => MessageBody))
        const call = calls.length
        return {
          Failed: Entries.flatMap(({ Id, MessageBody = '' }) => {
            const fault = fails(MessageBody, call)
            return fault ? [{ Id, ...fault }] : []
          }),
        }
      },
    } as unknown as SQSClient
    const queue = sqsQueue(client, {
      ...{ queueUrl: 'own', deadLetterQueueUrl: 'dead', queueUrlOf: (name) => name },
      pause: async () => {},
    })
    return { queue, calls }
  }
  const busy = { SenderFault: false, Code: 'InternalError' }
  const bad = { SenderFault: true, Code: 'InvalidMessageContents' }

  test('those that were not taken are sent again, and no others', async () => {
    const { queue, calls } = failing((body, call) => (body === 'b' && call < 3 ? busy : null))

    await queue.send('mail', ['a', 'b', 'c'])

    assert.deepEqual(calls, [['a', 'b', 'c'], ['b'], ['b']])
  })

  test('one that is never taken for now fails to be tried again', async () => {
    const { queue, calls } = failing((body) => (body === 'b' ? busy : null))

    await assert.rejects(queue.send('mail', ['a', 'b']), { name: 'DeliveryFailed' })

    assert.equal(calls.length, 5)
  })

  test('one that is never taken at all is refused when all others were taken', async () => {
    const { queue, calls } = failing((body, call) =>
      body === 'bad' ? bad : body === 'b' && call === 1 ? busy : null,
    )
    const others = Array.from({ length: 20 }, (_, n) => `${n}`)

    await assert.rejects(queue.send('mail', ['bad', 'b', ...others]), { name: 'DeliveryRefused' })

    const sent = new Set(calls.flat())
    for (const body of ['b', ...others]) assert.ok(sent.has(body), body)
  })
})
