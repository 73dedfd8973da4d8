import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { stored } from './store-findings.ts'

type Status = Parameters<typeof stored>[0]
type StoreOf = NonNullable<Status['Store']>
type ClusterOf = NonNullable<Status['Cluster']>

const now = 1_767_268_800
const ship = {
  ...{ Target: 'orders/placed/ship', EventBusName: 'orders', Rule: 'placed', TargetId: 'ship' },
  ...{ Known: true, Paused: false, Waiting: 1, UnderWay: 0, DeadLetters: 0 },
}
const node = { Number: 0, Epoch: 4, SilentSeconds: 0.2, IsThis: true }
const with_ = (store: Partial<StoreOf>, cluster?: Partial<ClusterOf>, target = ship) =>
  stored({
    ...{ Time: now, Targets: [target], Store: { Parts: [], Overdue: [], ...store } },
    ...(cluster && { Cluster: { Time: now, DeadAfterSeconds: 5, Nodes: [node], ...cluster } }),
  })
const found = (...args: Parameters<typeof with_>) =>
  with_(...args).flatMap(({ Level, Finding, Do = '' }) =>
    Level === 'ok' ? [] : `${Level}: ${Finding} | ${Do}`,
  )

describe('of a store', () => {
  test('that tells nothing of itself nothing is found', () => {
    assert.deepEqual(stored({ Time: now, Targets: [] }), [])
  })

  test('it is told what it has on the disk, and the oldest event that is owed', () => {
    const [first] = with_({
      Parts: [{ Name: 'file', Bytes: 3_145_728 }],
      OldestWaitingEventTime: now - 60,
    })
    assert.equal(
      first?.Finding,
      'on the disk: file 3 MB; the oldest event that a delivery waits for is of 2026-01-01T11:59:00.000Z',
    )
  })

  test('an old transaction is told with how it is ended, and is wrong when it is very old', () => {
    const of = (Name: string, Seconds: number) => found({ OldestTransaction: { Name, Seconds } })
    assert.deepEqual(of('pid 7', 59), [])
    assert.match(of('pid 7 (psql)', 60)[0] ?? '', /^note: .*pid 7 \(psql\).*open for 1 m/)
    assert.match(of('pid 7 (psql)', 600)[0] ?? '', /^wrong: .*pg_terminate_backend\(7\)$/)
    assert.match(of('prepared two', 600)[0] ?? '', /rollback prepared 'two'$/)
  })

  test('a table with more dead rows than living ones is told, unless they are few', () => {
    const of = (Rows: number, DeadRows: number, Seconds = 0) =>
      found({
        Parts: [{ Name: 'delivery', Bytes: 1, Rows, DeadRows }],
        OldestTransaction: { Name: 'pid 7', Seconds },
      }).at(-1) ?? ''
    assert.equal(of(0, 99_999), '')
    assert.equal(of(300_000, 200_000), '')
    assert.match(of(10, 200_000), /^wrong: the table delivery has 200,000 dead rows.*autovacuum is/)
    assert.match(of(10, 200_000, 90), /End the old transaction; autovacuum does the rest\.$/)
  })

  test('a write-ahead log that only grows is told', () => {
    const of = (Bytes: number) => found({ Parts: [{ Name: 'write-ahead log', Bytes }] })
    assert.deepEqual(of(64 * 1_048_576), [])
    assert.match(of(2 ** 31)[0] ?? '', /^wrong: the write-ahead log has 2,048 MB/)
  })

  test('a delivery that is due for long is told, unless its target is paused or gone', () => {
    const late = (s: number) => ({ Overdue: [{ Target: ship.Target, Since: now - s }] })
    assert.deepEqual(found(late(59)), [])
    assert.match(found(late(120))[0] ?? '', /^note: .*orders\/placed\/ship has been due for 2 m/)
    assert.match(found(late(7_200))[0] ?? '', /^wrong: /)
    assert.deepEqual(found(late(7_200), undefined, { ...ship, Paused: true }), [])
    assert.deepEqual(found(late(7_200), undefined, { ...ship, Known: false }), [])
  })
})

describe('of a cluster', () => {
  test('its nodes are told, and which of them answers', () => {
    const Nodes = [node, { ...node, Number: 2, Epoch: 9, Address: '10.0.0.2', IsThis: false }]
    assert.equal(
      with_({}, { Nodes })[0]?.Finding,
      'a cluster of 2 nodes: 0 (epoch 4, which answers), 2 at 10.0.0.2 (epoch 9)',
    )
    assert.deepEqual(found({}, { Nodes }), [])
  })

  test('a node that is silent is told before it is taken for dead', () => {
    const silent = (IsThis: boolean) =>
      found({}, { Nodes: [{ ...node, Number: 2, SilentSeconds: 3, IsThis }] })[0] ?? ''
    assert.match(silent(false), /^wrong: node 2 has not been heard for 3 s \| .*After 5 s/)
    assert.match(silent(true), /^wrong: the node that answers has not heard its database for 3 s/)
  })

  test('clocks that differ are told', () => {
    assert.deepEqual(found({}, { Time: now - 1 }), [])
    assert.match(found({}, { Time: now - 60 })[0] ?? '', /^note: the clocks .* are 1 m apart/)
  })
})
