import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { dynamoTable, isConditionFailed } from './table.ts'

const put = { put: { pk: 'row#1', sk: 'row' } }

/** A client whose requests fail with these errors, one after the other, and then succeed. */
function failing(...errors: readonly object[]) {
  const left = [...errors]
  const sent: unknown[] = []
  const client = {
    async send(command: unknown) {
      sent.push(command)
      const error = left.shift()
      if (error) throw Object.assign(new Error('no'), error)
      return {}
    },
  } as unknown as DynamoDBClient
  return { table: dynamoTable(client, 'posts', async () => {}), sent }
}

const cancelled = (...codes: readonly string[]) => ({
  name: 'TransactionCanceledException',
  CancellationReasons: codes.map((Code) => ({ Code })),
})

test('a transaction that met another one is written again', async () => {
  const { table, sent } = failing(
    cancelled('None', 'TransactionConflict'),
    cancelled('ThrottlingError', 'ProvisionedThroughputExceeded'),
  )

  await table.write([put, put])

  assert.equal(sent.length, 3)
})

test('a write that met a transaction is written again', async () => {
  const { table, sent } = failing({ name: 'TransactionConflictException' })

  await table.write([put])

  assert.equal(sent.length, 2)
})

test('a condition that does not hold is told with its place and with what was found', async () => {
  const { table, sent } = failing({
    name: 'TransactionCanceledException',
    CancellationReasons: [
      { Code: 'None' },
      { Code: 'ConditionalCheckFailed', Item: { pk: { S: 'row#1' }, revision: { N: '7' } } },
      { Code: 'ConditionalCheckFailed' },
      { Code: 'TransactionConflict' },
    ],
  })

  await assert.rejects(table.write([put, put, put, put]), (error) => {
    assert.ok(isConditionFailed(error))
    assert.deepEqual(error.found, [undefined, { pk: 'row#1', revision: 7 }, null, undefined])
    return true
  })
  assert.equal(sent.length, 1)
})

test('a write that only ever meets others is given up as throttled', async () => {
  const { table, sent } = failing(
    ...Array.from({ length: 50 }, () => cancelled('TransactionConflict')),
  )

  await assert.rejects(table.write([put, put]), { code: 'ThrottlingException' })

  assert.equal(sent.length, 20)
})

test('what is wrong with a transaction is passed on as it is', async () => {
  for (const error of [
    cancelled('ValidationError', 'TransactionConflict'),
    cancelled('ItemCollectionSizeLimitExceeded'),
    cancelled(),
    { name: 'ResourceNotFoundException' },
  ]) {
    const { table, sent } = failing(error)
    await assert.rejects(table.write([put, put]), { name: error.name })
    assert.equal(sent.length, 1)
  }
})
