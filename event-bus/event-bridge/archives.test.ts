/** What an archive has, what the log keeps for it, and that its numbers are those of its events. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { memoryStore } from '../adapters/memory/store.ts'
import { BusError } from '../errors.ts'
import type { Store } from '../ports.ts'
import { settings } from '../settings.ts'
import { anEngine, anEntry, handClock, steeredStore } from '../testing.ts'
import { archives } from './archives.ts'

const day = 86_400_000
const source = 'arn:aws:events:us-east-1:000000000000:event-bus/orders'
const all = { ArchiveName: 'all', EventSourceArn: source }
const big = {
  ...all,
  ArchiveName: 'big',
  EventPattern: '{"detail":{"order":[{"numeric":[">=",10]}]}}',
}
const bytes = (texts: readonly { readonly text: string }[]) =>
  texts.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)

/** Processes one after the other on one store; the one before is dead when the next one starts. */
function aMachine(disk: Store<undefined> = memoryStore()) {
  const clock = handClock()
  let running = steeredStore(clock, disk)
  return {
    clock,
    disk,
    async start(options: Partial<Parameters<typeof anEngine>[0]> = {}) {
      running.kill()
      running = steeredStore(clock, disk)
      const started = await anEngine({ clock, store: running, retentionDays: 2, ...options })
      const { inside } = started.engine
      const made = archives({ inside, settings: settings(inside), eventBus })
      const numbers = (name: string) => {
        const { EventCount, SizeBytes } = made.describeArchive({ ArchiveName: name })
        return { EventCount, SizeBytes }
      }
      const count = (name = 'all') => numbers(name).EventCount
      const inLog = async () => (await disk.tail('orders', 9_999, 1e9)).length
      /** The orders of the events that it has, read from the log. */
      const has = async (name: string) => {
        const archive = made.byArn(`arn:aws:events:us-east-1:000000000000:archive/${name}`)
        assert.ok(archive)
        const rows = await disk.tail('orders', 9_999, 1e9)
        const had = rows.filter((row) => made.contents.has(archive, row))
        return had.map(({ text }) => Number(JSON.parse(text).detail.order))
      }
      return { ...started, archives: made, numbers, count, has, inLog }
    },
  }
}
function eventBus(name: string): void {
  if (name !== 'orders' && name !== 'bills')
    throw new BusError('ResourceNotFoundException', `Event bus ${name} does not exist.`)
}

describe('an archive', () => {
  test('has what is put on its bus from its creation on and matches its pattern', async () => {
    const { clock, start, disk } = aMachine()
    const { archives, engine, put, numbers } = await start()
    await put(1, 20)
    await archives.createArchive(all)
    await archives.createArchive(big)

    await put(2, 30)
    await engine.putEvents('bills', [anEntry()])
    await put(40)
    await clock.turn()

    const [, , two, thirty, forty] = await disk.tail('orders', 9, 1e9)
    assert.ok(two && thirty && forty)
    assert.deepEqual(numbers('all'), { EventCount: 3, SizeBytes: bytes([two, thirty, forty]) })
    assert.deepEqual(numbers('big'), { EventCount: 2, SizeBytes: bytes([thirty, forty]) })
  })

  test('counts bytes and not characters', async () => {
    const { start, disk } = aMachine()
    const { archives, engine, numbers } = await start()
    await archives.createArchive(all)

    await engine.putEvents('orders', [anEntry({ Detail: '{"a":"é – 🚚"}' })])

    assert.equal(numbers('all').SizeBytes, bytes(await disk.tail('orders', 9, 1e9)))
  })

  test('that is created in the commit of an event has it or has it not, and counts accordingly', async () => {
    const { start } = aMachine()
    const { archives, put, count, has } = await start()

    await Promise.all([put(1, 2), archives.createArchive(all), put(3)])

    assert.deepEqual([count(), (await has('all')).length], [3, 3])
    await archives.deleteArchive({ ArchiveName: 'all' })
    await Promise.all([put(4), archives.createArchive(all), put(5)])
    assert.equal(count(), (await has('all')).length)
  })

  test('has no event whose commit failed', async () => {
    const { clock, start } = aMachine()
    const { archives, put, store, count } = await start()
    await archives.createArchive(all)
    await put(1)

    for (const point of ['rows', 'works', 'begin'] as const) {
      store.failsAt = point
      await assert.rejects(put(2))
    }
    await assert.rejects(archives.createArchive(big))
    store.failsAt = null
    await put(3)
    await clock.move(2_000)

    assert.equal(count(), 2)
    assert.equal(archives.listArchives({}).Archives.length, 1)
  })

  test('has the same numbers in the next process, whenever the one before died', async () => {
    const { clock, start } = aMachine()
    let process = await start()
    await process.archives.createArchive(all)
    let put = 0
    for (let crash = 0; crash < 10; crash++) {
      await process.put(put++, put++)
      if (crash % 2 === 0) {
        process.store.latencyMs = 10
        void process.put(put++) // stored, and nobody is told
        await clock.turn()
      }
      process = await start()
      assert.equal(process.count(), put)
      assert.equal(await process.inLog(), put)
    }
  })
})

describe('the log keeps', () => {
  test('what an archive has, for as long as that has it, and nothing else', async () => {
    const { clock, start } = aMachine()
    const { archives, put, inLog, numbers } = await start()
    await archives.createArchive({ ...big, RetentionDays: 5 })
    await put(1, 20, 30)

    await clock.move(4 * day)
    await put(2)
    await clock.turn()
    assert.equal(await inLog(), 3)
    assert.equal(numbers('big').EventCount, 2)

    await clock.move(day + 3_600_000)
    await put(3)
    await clock.move(61_000)
    await put(4)
    await clock.turn()
    assert.equal(await inLog(), 3)
    assert.equal(numbers('big').EventCount, 0)
  })

  test('for ever what an archive without a retention has', async () => {
    const { clock, start } = aMachine()
    const { archives, put, inLog, count } = await start()
    await archives.createArchive(all)
    await put(1)
    await clock.move(4_000 * day)
    await put(2)
    await clock.turn()

    assert.deepEqual([await inLog(), count()], [2, 2])
  })

  test('what an archive has also when the file is larger than it may be', async () => {
    const { clock, start } = aMachine()
    const { archives, put, inLog } = await start({ retentionBytes: 1_000 })
    await archives.createArchive(big)
    for (let order = 0; order < 20; order++) {
      await put(order)
      await clock.move(1_500)
    }

    assert.ok((await inLog()) >= 10 && (await inLog()) < 13, `${await inLog()} events`)
  })

  test('no longer what only an archive had that is deleted, also in the next process', async () => {
    const { clock, start } = aMachine()
    const first = await start()
    await first.archives.createArchive(all)
    await first.archives.createArchive(big)
    await first.put(1, 20)
    await clock.move(3 * day)
    await first.put(2)
    await clock.turn()
    assert.equal(await first.inLog(), 3)

    await first.archives.deleteArchive({ ArchiveName: 'all' })
    const next = await start()
    await next.put(3)
    await clock.move(61_000)
    await next.put(4)
    await clock.turn()

    assert.equal(await next.inLog(), 4, '20, 2, 3 and 4')
    assert.throws(() => next.count('all'), { message: 'Archive all does not exist.' })
    assert.equal(next.count('big'), 1)
  })

  test('years of events without looking at more than 10,000 of them at once', async () => {
    const inner = memoryStore()
    let looked = 0
    const oldest: Store<undefined>['oldest'] = async (...asked) => {
      const page = await inner.oldest(...asked)
      looked += page.length
      return page
    }
    const { clock, start } = aMachine({ ...inner, oldest })
    const { archives, engine, put } = await start()
    await archives.createArchive(all)
    for (let commits = 0; commits < 30; commits++)
      await engine.putEvents(
        'orders',
        Array.from({ length: 1_000 }, () => anEntry()),
      )
    await clock.move(3 * day)
    await put(1)
    await clock.turn()

    const inTheRound: number[] = []
    for (let seconds = 0; seconds < 4; seconds++) {
      looked = 0
      await clock.move(61_000)
      await put(2)
      await clock.turn()
      inTheRound.push(looked)
    }
    assert.ok(Math.max(...inTheRound) <= 10_500, inTheRound.join())
    assert.ok(Math.min(...inTheRound) > 0, inTheRound.join())
  })

  test('more than an archive with a shorter retention has', async () => {
    const { clock, start } = aMachine()
    const { archives, put, inLog, count } = await start({ retentionDays: 30 })
    await archives.createArchive({ ...all, RetentionDays: 1 })
    await put(1)
    await clock.move(day + 3_600_000)

    assert.deepEqual([await inLog(), count()], [1, 0])
    await put(2)
    assert.equal(count(), 1)
  })
})

describe('what an archive writes', () => {
  const parts = async (disk: Store<undefined>) =>
    (await disk.recover()).settings.filter(({ kind }) => kind === 'archive-part').length

  test('is gone with it', async () => {
    const { clock, disk, start } = aMachine()
    const { archives, put } = await start()
    await archives.createArchive(all)
    await archives.createArchive(big)
    for (let days = 0; days < 3; days++) {
      await put(1, 20)
      await clock.move(day)
    }
    assert.equal(await parts(disk), 6)

    await Promise.all([put(1, 20), archives.deleteArchive({ ArchiveName: 'all' }), put(1, 20)])
    assert.equal(await parts(disk), 4)
    await archives.deleteArchive({ ArchiveName: 'big' })
    assert.deepEqual(
      (await disk.recover()).settings.filter(({ kind }) => kind !== 'log'),
      [],
    )
  })

  test('is an hour’s or a day’s, and goes when its time is over', async () => {
    const { clock, disk, start } = aMachine()
    const { archives, put } = await start()
    await archives.createArchive({ ...all, RetentionDays: 2 })
    await archives.createArchive({ ...big, RetentionDays: 32 })
    for (let hours = 0; hours < 24 * 40; hours++) {
      await put(10)
      await clock.move(3_600_000)
    }

    assert.equal(await parts(disk), 49 + 33)
  })
})

describe('an archive that is updated', () => {
  test('has what its pattern was for when it was put', async () => {
    const { start } = aMachine()
    const first = await start()
    await first.archives.createArchive(big)
    await first.put(5, 15)
    const EventPattern = '{"detail":{"order":[{"numeric":["<",10]}]}}'
    await first.archives.updateArchive({ ArchiveName: 'big', EventPattern })
    await first.put(6, 16, 7)
    assert.equal(first.count('big'), 3)

    const next = await start()
    await next.put(17, 8)

    assert.deepEqual(await next.has('big'), [15, 6, 7, 8])
    assert.equal(next.count('big'), 4)
  })

  test('has exactly what it counts when it is updated in the commit of an event', async () => {
    const { start } = aMachine()
    const { archives, put, count, has } = await start()
    await archives.createArchive(big)
    const changed = ['[5]', '[15]', '[25]'].map((order) =>
      archives.updateArchive({ ArchiveName: 'big', EventPattern: `{"detail":{"order":${order}}}` }),
    )

    await Promise.all([put(5, 15, 25), ...changed, put(5, 15, 25), put(5, 15, 25)])
    await put(5, 15, 25)

    assert.equal(count('big'), (await has('big')).length)
    assert.equal((await has('big')).at(-1), 25)
  })

  test('does not get back what it had lost', async () => {
    const { clock, start } = aMachine()
    const { archives, put, count } = await start({ retentionDays: 30 })
    await archives.createArchive({ ...all, RetentionDays: 1 })
    await put(1)
    await clock.move(2 * day)

    await archives.updateArchive({ ArchiveName: 'all', RetentionDays: 10 })
    assert.equal(count(), 0)
    await put(2)
    await clock.move(5 * day)
    assert.equal(count(), 1)
  })

  test('loses at once what is older than its shorter retention', async () => {
    const { clock, start } = aMachine()
    const { archives, put, count, inLog } = await start()
    await archives.createArchive(all)
    await put(1)
    await clock.move(9 * day)
    await put(2)
    assert.equal(count(), 2)

    await archives.updateArchive({ ArchiveName: 'all', RetentionDays: 3 })
    await clock.move(2_000)
    await put(3)
    await clock.turn()
    assert.deepEqual([count(), await inLog()], [2, 2])
  })

  test('keeps what the request does not name', async () => {
    const { start } = aMachine()
    const { archives } = await start()
    const created = await archives.createArchive({ ...big, RetentionDays: 3, Description: 'Big' })

    const updated = await archives.updateArchive({ ArchiveName: 'big', Description: 'Large' })

    assert.deepEqual(updated, created)
    assert.deepEqual(archives.describeArchive({ ArchiveName: 'big' }), {
      ...created,
      ArchiveName: 'big',
      EventSourceArn: source,
      Description: 'Large',
      EventPattern: big.EventPattern,
      RetentionDays: 3,
      EventCount: 0,
      SizeBytes: 0,
    })
  })
})
