import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failure } from './failure.ts'

const answer = (status: number, body: string, headers: Record<string, string> = {}) =>
  failure({ status, body, headers }, 'SQS')

test('an error is known by its code, in whatever form the service tells it', () => {
  for (const [status, body, headers] of [
    [400, '{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"because"}', {}],
    [400, '{"__type":"AWS.SimpleQueueService.NonExistentQueue","message":"because"}', {}],
    [404, '<ErrorResponse><Error><Code>NotFound</Code><Message>because</Message></Error>', {}],
    [404, '{"message":"because"}', { 'x-amzn-errortype': 'ResourceNotFoundException:http://x/' }],
    [404, '{"code":"ResourceNotFoundException","message":"because"}', {}],
  ] as const) {
    const { name, code, message } = answer(status, body, headers)
    assert.deepEqual([name, code], ['DeliveryRefused', 'NO_RESOURCE'])
    assert.match(message, /^SQS answered \d+ \([\w.]+: because\)\.$/)
  }
})

test('what may pass is tried again, what does not is not', () => {
  for (const [status, type, name, code] of [
    [403, 'AccessDenied', 'DeliveryRefused', 'NO_PERMISSIONS'],
    [403, '', 'DeliveryRefused', 'NO_PERMISSIONS'],
    [400, 'AccessDeniedException', 'DeliveryRefused', 'NO_PERMISSIONS'],
    [400, 'InvalidClientTokenId', 'DeliveryRefused', 'NO_PERMISSIONS'],
    [400, 'ThrottlingException', 'DeliveryFailed', 'THROTTLING'],
    [403, 'RequestThrottled', 'DeliveryFailed', 'THROTTLING'],
    [429, '', 'DeliveryFailed', 'THROTTLING'],
    [500, 'InternalError', 'DeliveryFailed', 'ERROR_FROM_TARGET'],
    [503, '', 'DeliveryFailed', 'ERROR_FROM_TARGET'],
    [408, '', 'DeliveryFailed', 'ERROR_FROM_TARGET'],
    [400, 'InvalidMessageContents', 'DeliveryRefused', 'INVALID_PARAMETER'],
    [404, '', 'DeliveryRefused', 'NO_RESOURCE'],
    [301, '', 'DeliveryRefused', 'ERROR_FROM_TARGET'],
  ] as const) {
    const told = answer(status, JSON.stringify({ __type: type }))
    assert.deepEqual([told.name, told.code], [name, code], `${status} ${type}`)
  }
})

test('what a server says is not repeated at any length, and need not be readable', () => {
  assert.equal(
    answer(400, '{"__type":"X","message":"yyyyyy"}').message,
    'SQS answered 400 (X: yyyyyy).',
  )
  assert.ok(answer(400, JSON.stringify({ message: 'x'.repeat(10_000) })).message.length < 600)
  for (const body of ['', 'null', '[1]', '{', '<Error>', '{"__type":7,"message":{}}'])
    assert.equal(answer(500, body).message, 'SQS answered 500.')
})

test('a text in XML is read with its entities, once', () => {
  const body = '<Code>X</Code><Message>a &lt;b&gt; &amp;amp; &quot;c&quot;</Message>'
  assert.equal(answer(400, body).message, 'SQS answered 400 (X: a <b> &amp; "c").')
})
