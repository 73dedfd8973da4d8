/** What is noticed of a file that is not as it was left; test/engine-damage.test.ts damages whole buses at random. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { openDatabase } from './database.ts'
import { checksum, damagedEvents, sealed, unsealed } from './integrity.ts'

const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})
function aFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'busbar-'))
  folders.push(folder)
  return join(folder, 'busbar.db')
}
const frameBytes = 24 + 4_096

/** A file as a kill leaves it: commits of one row each, of which only the log knows. */
function killed(rows: number): string {
  const file = aFile()
  const db = openDatabase(file)
  db.exec('create table note (text text not null) strict; pragma wal_checkpoint(truncate)')
  for (let row = 0; row < rows; row++) db.exec(`insert into note values ('${row}')`)
  const copy = aFile()
  copyFileSync(file, copy)
  copyFileSync(`${file}-wal`, `${copy}-wal`)
  db.close()
  return copy
}
const notes = (file: string): number => {
  const db = openDatabase(file)
  const row = db.prepare('select count(*) as count from note').get()
  db.close()
  return Number(row?.count)
}
function overwrite(file: string, at: number, bytes: Uint8Array): void {
  const content = readFileSync(file)
  content.set(bytes, at)
  writeFileSync(file, content)
}
/** As many frames as there are commits. */
const frameAt = (frame: number) => 32 + frame * frameBytes

describe('a log', () => {
  test('that is whole is read to its end', () => {
    assert.equal(notes(killed(10)), 10)
  })

  test('with a last commit of which parts are missing is what a crash leaves', () => {
    const file = killed(10)
    overwrite(`${file}-wal`, frameAt(9) + 2_000, new Uint8Array(100).fill(7))

    assert.equal(notes(file), 9)
  })

  test('that ends within a frame is what a crash leaves', () => {
    const file = killed(10)
    truncateSync(`${file}-wal`, frameAt(9) + 1_000)

    assert.equal(notes(file), 9)
  })

  test('that is damaged in front of commits that were on the disk is told, with what to do', () => {
    const file = killed(10)
    overwrite(`${file}-wal`, frameAt(4) + 2_000, Uint8Array.of(1))

    assert.throws(
      () => openDatabase(file),
      new RegExp(
        `${file}-wal is damaged behind byte ${frameAt(4)}: 6 commits.*backup.*truncate -s ${frameAt(4)} ${file}-wal`,
      ),
    )

    truncateSync(`${file}-wal`, frameAt(4))
    assert.equal(notes(file), 4)
  })

  test('that is damaged in a checksum, a salt or its head is told', () => {
    for (const at of [frameAt(4) + 17, frameAt(4) + 9, 0, 3, 9, 17, 25]) {
      const file = killed(10)
      overwrite(`${file}-wal`, at, Uint8Array.of(0xa5))

      assert.throws(() => openDatabase(file), /-wal is damaged/, `at ${at}`)
    }
  })

  test('whose head was being written anew when the power went lacks nothing', () => {
    const file = killed(10)
    const db = openDatabase(file)
    db.exec('pragma wal_checkpoint(full)')
    const copy = aFile()
    copyFileSync(file, copy)
    copyFileSync(`${file}-wal`, `${copy}-wal`)
    db.close()
    overwrite(`${copy}-wal`, 12, new Uint8Array(20).fill(0x5a))

    assert.equal(notes(copy), 10)
  })

  test('that is gone or empty when it was needed is told, with what to do', () => {
    const [gone, empty] = [killed(10), killed(10)]
    rmSync(`${gone}-wal`)
    truncateSync(`${empty}-wal`, 0)

    assert.throws(() => openDatabase(gone), /-wal is missing.*backup.*pragma user_version = 0/)
    assert.throws(() => openDatabase(empty), /-wal is empty.*backup.*pragma user_version = 0/)
  })

  test('without its file is left alone', () => {
    const file = killed(10)
    rmSync(file)

    assert.throws(() => openDatabase(file), /busbar\.db is missing.*backup.*remove busbar\.db-wal/)
    assert.ok(readFileSync(`${file}-wal`).length > frameAt(9))
  })

  test('of another process that writes is no damage: the file is in use', async () => {
    const file = aFile()
    const db = openDatabase(file)
    db.exec('create table note (text text not null) strict')
    for (let row = 0; row < 10; row++) db.exec(`insert into note values ('${row}')`)
    overwrite(`${file}-wal`, frameAt(4) + 2_000, Uint8Array.of(1))
    const program = `import { openDatabase } from ${JSON.stringify(new URL('./database.ts', import.meta.url).href)}
      openDatabase(process.argv[1])`

    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program, file])

    assert.match(String(stderr), /is in use by another process/)
    db.close()
  })
})

describe('a file', () => {
  const ends = {
    'is closed': 'db.close()',
    'is open when its process comes to its end': '',
    'is open when its process exits': 'process.exit(0)',
    'is open when its process fails': `throw new Error('as it happens')`,
    'is closed in the middle of a transaction': `db.exec('begin immediate'); db.close()`,
  }
  for (const [end, code] of Object.entries(ends))
    test(`that ${end} is opened again`, () => {
      const file = aFile()
      const program = `import { openDatabase } from ${JSON.stringify(new URL('./database.ts', import.meta.url).href)}
        const db = openDatabase(process.argv[1])
        db.exec("create table note (text text); insert into note values ('a')")
        ${code}`

      spawnSync(process.execPath, ['--input-type=module', '-e', program, file])

      assert.equal(notes(file), 1)
    })

  test('whose trees are damaged is told', () => {
    const file = killed(200)
    assert.equal(notes(file), 200)
    overwrite(file, 2 * 4_096 + 3, Uint8Array.of(0xff))

    assert.throws(() => openDatabase(file), /busbar\.db is damaged.*backup/)
  })

  test('whose rows and indexes do not agree is told', () => {
    const file = aFile()
    const db = openDatabase(file)
    db.exec(
      `create table note (text text primary key) strict; insert into note values ('aaaaaaaa')`,
    )
    db.close()
    const content = readFileSync(file)
    overwrite(file, content.lastIndexOf('aaaaaaaa'), Buffer.from('aaaabaaa'))

    assert.throws(() => openDatabase(file), /busbar\.db is damaged.*(row|index).*backup/)
  })
})

describe('a checksum', () => {
  test('is of the text and of its place', () => {
    const sums = new Set([
      checksum(1, 'orders', '{"a":1}'),
      checksum(1, 'orders', '{"a":2}'),
      checksum(2, 'orders', '{"a":1}'),
      checksum(2 ** 40 + 1, 'orders', '{"a":1}'),
      checksum(1, 'stock', '{"a":1}'),
    ])

    assert.equal(sums.size, 5)
    assert.equal(checksum(2 ** 52, 'orders', 'ä'), checksum(2 ** 52, 'orders', 'ä'))
  })

  test('tells which events are not as they were written, and where it stopped', () => {
    const db = openDatabase(':memory:')
    db.exec(
      'create table event (id integer primary key, bus text, text text, checksum integer) strict',
    )
    const insert = db.prepare('insert into event values (?, ?, ?, ?)')
    for (let id = 1; id <= 10; id++)
      insert.run(id, 'orders', `{"n":${id}}`, checksum(id, 'orders', `{"n":${id}}`))
    insert.run(11, 'orders', 'of an older program', null)
    db.exec(
      `update event set text = '{"n":5}' where id = 4; update event set bus = 'order' where id = 7`,
    )

    assert.deepEqual(damagedEvents(db, 0, 5), { damaged: [4], last: 5 })
    assert.deepEqual(damagedEvents(db, 5, 100), { damaged: [7], last: 11 })
    assert.deepEqual(damagedEvents(db, 11, 100), { damaged: [], last: null })
  })

  test('seals a text', () => {
    assert.equal(unsealed(sealed('{"ä":1}'), 'The plan 7'), '{"ä":1}')
    assert.throws(
      () => unsealed(`${sealed('{"a":1}')} `, 'The plan 7'),
      /The plan 7 is damaged.*backup/,
    )
    assert.throws(() => unsealed('', 'The plan 7'), /The plan 7 is damaged/)
  })
})
