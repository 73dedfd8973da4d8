/** The local AWS itself, on a stack of its own: what it brings, how often, and what it refuses. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { within } from '../within.ts'
import { closeLocalAws, type LocalAws, startLocalAws } from './local-aws.ts'
import { type SmallStack, smallStack } from './small-stack.ts'

after(closeLocalAws)

const entries = `
export const entries = async (records) =>
  records.map(({ dynamodb: { NewImage } }) => ({
    source: 'small',
    'detail-type': 'OrderPlaced',
    detail: { order: NewImage.pk.S, text: NewImage.text.S },
  }))
`
const put = (aws: LocalAws, pk: string, text = 'text') =>
  aws.services.tables.db.putItem({
    TableName: String(aws.services.stack.resolve({ Ref: 'Table' })),
    Item: { pk: { S: pk }, text: { S: text } },
  })

/** Looks again and again until it holds, for at most 15 s. */
async function eventually(aws: LocalAws, what: string, holds: () => boolean | Promise<boolean>) {
  const ended = new AbortController()
  const looking = (async () => {
    while (!ended.signal.aborted && !(await holds())) await pause(20)
  })()
  try {
    await within(15_000, () => `${what}; it said:\n${aws.output()}`, looking)
  } finally {
    ended.abort()
  }
}

describe('a local AWS', () => {
  let stack: SmallStack
  let aws: LocalAws
  async function start(code: string) {
    stack = await smallStack(`${entries}${code}`)
    aws = await startLocalAws(stack)
  }

  const said = (text: string) => aws.output().split(text).length - 1

  test('brings what is written by pipe, bus, rule and queue to a function, once and in its shape', async (t) => {
    await start(`
export const work = async ({ Records: [record] }, context) => {
  const event = JSON.parse(record.body)
  console.log('did ' + JSON.stringify([event.detail, record.attributes.ApproximateReceiveCount,
    record.eventSource, context.getRemainingTimeInMillis() > 1_000, Object.keys(process.env).includes('HOME')]))
  return { batchItemFailures: [] }
}`)
    t.after(() => aws.kill().then(() => stack.remove()))
    const text = 'ümläut "quoted" \\ <$.detail>'
    await put(aws, 'other#1')
    await put(aws, 'order#1', text)
    await put(aws, 'order#2')
    await eventually(aws, 'both', () => said('did [') === 2)
    const told = [{ order: 'order#1', text }, '1', 'aws:sqs', true, false]
    assert.ok(aws.output().includes(`did ${JSON.stringify(told)}`), aws.output())
    await eventually(aws, 'an empty queue', async () => {
      const counts = await aws.services.queues.counts()
      return counts.get('small-work') === 0
    })
    assert.equal(said('did ['), 2)
  })

  test('gives a message again whose function died, was too slow, failed it or threw, and buries it in the end', async (t) => {
    await start(`
let times = 0
export const work = async ({ Records: [record] }) => {
  const { order } = JSON.parse(record.body).detail
  console.log('saw ' + order + ' ' + record.attributes.ApproximateReceiveCount)
  const isFirst = record.attributes.ApproximateReceiveCount === '1'
  if (order === 'order#dies' && isFirst) process.kill(process.pid, 'SIGKILL')
  if (order === 'order#slow' && isFirst) await new Promise(() => setInterval(() => {}, 1000))
  if (order === 'order#throws') throw new Error('always')
  console.log('did ' + order)
  return { batchItemFailures: [] }
}`)
    t.after(() => aws.kill().then(() => stack.remove()))
    for (const order of ['dies', 'slow', 'throws']) await put(aws, `order#${order}`)
    await eventually(aws, 'the one that died', () => said('did order#dies') === 1)
    await eventually(aws, 'the slow one', () => said('did order#slow') === 1)
    assert.ok(aws.output().includes('Task timed out after 2 seconds'))
    await eventually(aws, 'a dead letter', async () => {
      const counts = await aws.services.queues.counts()
      return counts.get('small-dead-letters') === 1
    })
    assert.equal(said('saw order#throws'), 3, 'maxReceiveCount is 3')
    const [dead] = await aws.services.queues.messages('small-dead-letters')
    assert.equal(JSON.parse(dead?.body ?? '').detail.order, 'order#throws')
  })

  test('loses nothing when it is killed and started again while it works', async (t) => {
    await start(`
export const work = async ({ Records: [record] }) => {
  await new Promise((resolve) => setTimeout(resolve, 20))
  console.log('did ' + JSON.parse(record.body).detail.order)
}`)
    t.after(() => aws.kill().then(() => stack.remove()))
    const orders = Array.from({ length: 40 }, (_, at) => `order#${at}!`)
    for (const [at, order] of orders.entries()) {
      await put(aws, order)
      if (at % 15 === 14) {
        await aws.kill()
        aws = await startLocalAws(stack)
      }
    }
    await eventually(aws, 'all', () => orders.every((order) => said(`did ${order}`) >= 1))
  })

  test('refuses a function what its role does not allow, and says so', async (t) => {
    await start(`
export const work = async ({ Records: [record] }) => {
  for (const target of ['DynamoDB_20120810.PutItem', 'DynamoDB_20120810.GetItem']) {
    const answer = await fetch(process.env.AWS_ENDPOINT_URL, {
      method: 'POST',
      headers: {
        'x-amz-target': target,
        'content-type': 'application/x-amz-json-1.0',
        authorization: 'AWS4-HMAC-SHA256 Credential=' + process.env.AWS_ACCESS_KEY_ID +
          '/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00',
      },
      body: JSON.stringify({ TableName: process.env.TABLE, Item: { pk: { S: 'x' } }, Key: { pk: { S: 'x' } } }),
    })
    console.log(target + ' ' + answer.status + ' ' + (await answer.text()))
  }
}`)
    t.after(() => aws.kill().then(() => stack.remove()))
    await put(aws, 'order#1')
    await eventually(aws, 'both answers', () => said('GetItem 400') === 1)
    assert.match(aws.output(), /PutItem 200 \{\}/)
    assert.match(
      aws.output(),
      /AccessDeniedException.*dynamodb:GetItem on resource: arn:aws:dynamodb/,
    )
    assert.equal(aws.services.endpoint.denied.length, 1)
  })
})

test('a rule that no queue policy lets in is not wired', async (t) => {
  const stack = await smallStack('', {
    QueuePolicy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: { Queues: [{ Ref: 'Queue' }], PolicyDocument: { Statement: [] } },
    },
  })
  t.after(() => stack.remove())
  await assert.rejects(startLocalAws(stack), /No queue policy lets events\.amazonaws\.com send to/)
})
