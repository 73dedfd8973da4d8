/** EventBridge's operations over a file: what is configured, paused, removed and due is there when it is opened again. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openDatabase } from '../adapters/sqlite/database.ts'
import { sqliteStore } from '../adapters/sqlite/store.ts'
import type { Store } from '../ports.ts'
import { aShop, busArn, functionArn, onPlaced, roleArn } from '../testing/event-bridge.ts'

const carrier = {
  Name: 'carrier',
  AuthorizationType: 'API_KEY',
  AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'X-Key', ApiKeyValue: 'hunter2' } },
}

test('a file has all that was configured, and what waits is delivered or deleted as it was said', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'busbar-'))
  const file = join(folder, 'busbar.db')
  let db = openDatabase(file)
  t.after(() => {
    db.close()
    rmSync(folder, { recursive: true })
  })
  const opened = () => sqliteStore(db) as unknown as Store<undefined>
  function reopened(): Store<undefined> {
    db.close()
    db = openDatabase(file)
    return opened()
  }

  const first = await aShop({ inner: opened() })
  const { ConnectionArn } = await first.bridge.createConnection(carrier)
  const { ApiDestinationArn } = await first.bridge.createApiDestination({
    ...{ Name: 'lorry', ConnectionArn, HttpMethod: 'POST' },
    InvocationEndpoint: 'https://example.com/orders',
  })
  await first.bridge.putTargets({
    ...onPlaced,
    Targets: [
      { Id: 'send', Arn: ApiDestinationArn, RoleArn: roleArn, InputPath: '$.detail' },
      { Id: 'bill', Arn: functionArn('bill') },
      { Id: 'audit', Arn: busArn('default'), RoleArn: roleArn },
    ],
  })
  await first.bridge.tagResource({
    ResourceARN: busArn('orders'),
    Tags: [{ Key: 'a', Value: 'b' }],
  })
  await first.bridge.pauseTarget({ ...onPlaced, TargetId: 'ship' })
  await first.bridge.pauseTarget({ ...onPlaced, TargetId: 'bill' })
  await first.put(1, 2)
  assert.equal(first.requests.length, 2)
  await first.clock.move(10)
  await first.bridge.removeTargets({ ...onPlaced, Ids: ['bill'] })

  const second = await first.restarted({ inner: reopened() })
  assert.equal(
    await second.waiting(),
    2,
    'of the target that is paused, and none of that which is gone',
  )
  await second.bridge.resumeTarget({ ...onPlaced, TargetId: 'ship' })
  await second.put(3)
  await second.clock.move(1_000)

  assert.deepEqual([...second.ship.orders].sort(), [1, 2, 3])
  assert.deepEqual(second.bill.orders, [])
  assert.deepEqual(
    second.requests.map(({ body, headers }) => [body, headers['X-Key']]),
    [['{"order":3}', 'hunter2']],
  )
  assert.equal((await second.engine.log('default').tail(10, 10_000)).length, 3)
  assert.equal(await second.waiting(), 0)
  const { Tags } = await second.bridge.listTagsForResource({ ResourceARN: busArn('orders') })
  assert.deepEqual(Tags, [{ Key: 'a', Value: 'b' }])
  assert.ok(!JSON.stringify(second.store.commits).includes('hunter2'))
})
