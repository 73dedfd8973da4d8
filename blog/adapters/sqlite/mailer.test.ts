import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { engine } from '@busbar/event-bus'
import { systemClock } from '@busbar/event-bus/adapters/node/clock'
import { migrate, openDatabase } from '@busbar/event-bus/adapters/sqlite/database'
import { type SqliteTx, sqliteStore } from '@busbar/event-bus/adapters/sqlite/store'
import { handClock } from '@busbar/event-bus/testing'
import { mailerContract } from '../../ports.contract.ts'
import type { Mail } from '../../ports.ts'
import { fillable } from '../../testing.ts'
import { sqliteMailer } from './mailer.ts'
import { migrations } from './migrations.ts'

mailerContract('sqliteMailer', async () => {
  const { mailer, close } = await make()
  return {
    mailer,
    async taken(messageId) {
      const mail = await mailer.find(messageId)
      if (!mail) return []
      const headers = Object.entries(mail.headers).map(([name, value]) => [
        name.toLowerCase(),
        value,
      ])
      return [{ ...mail, html: mail.html ?? '', headers: Object.fromEntries(headers) }]
    },
    answer: { skip: 'nobody stands behind the mailbox page who could refuse a mail' },
    close,
  }
})

test('keeps a mail as it would have been sent, with whom from and when', async (t) => {
  const { mailer } = await open(t)

  await mailer.send(aMail({ unsubscribe: 'https://blog.test/u/1' }))

  const kept = {
    ...{ messageId: '1@blog.test', from: 'Blog <blog@blog.test>', to: 'reader@example.org' },
    ...{ subject: 'Title', text: 'Text\n', html: '<p>Text', at: '2026-01-01T12:00:00.000Z' },
    headers: {
      'List-Unsubscribe': '<https://blog.test/u/1>',
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    },
  }
  assert.deepEqual(await mailer.find('1@blog.test'), kept)
  assert.deepEqual(await mailer.list(10), [kept])
})

test('keeps one mail for each message id, the first', async (t) => {
  const { mailer } = await open(t)
  await mailer.send(aMail())
  await mailer.send(aMail({ messageId: '2@blog.test' }))

  await mailer.send(aMail({ subject: 'Again' }))

  const kept = (await mailer.list(10)).map(({ messageId, subject }) => [messageId, subject])
  assert.deepEqual(kept, [
    ['2@blog.test', 'Title'],
    ['1@blog.test', 'Title'],
  ])
})

test('finds nothing under an id that no mail has', async (t) => {
  const { mailer } = await open(t)

  assert.equal(await mailer.find('1@blog.test'), null)
  assert.deepEqual(await mailer.list(10), [])
})

test('keeps the newest thousand', async (t) => {
  const { mailer } = await open(t)
  const ids = Array.from({ length: 1_003 }, (_, n) => `${n}@blog.test`)

  await Promise.all(ids.map((messageId) => mailer.send(aMail({ messageId }))))

  const kept = (await mailer.list(2_000)).map(({ messageId }) => messageId)
  assert.deepEqual(kept, ids.slice(3).reverse())
  assert.deepEqual(
    (await mailer.list(2)).map(({ messageId }) => messageId),
    kept.slice(0, 2),
  )
})

test('has taken a mail only when it is stored', async (t) => {
  const { mailer, store } = await open(t)

  store.full = true
  await assert.rejects(mailer.send(aMail()), { code: 'InternalException' })
  store.full = false

  assert.equal(await mailer.find('1@blog.test'), null)
})

const aMail = (fields: Partial<Mail> = {}): Mail => ({
  ...{
    messageId: '1@blog.test',
    to: 'reader@example.org',
    subject: 'Title',
    text: 'Text\n',
    html: '<p>Text',
  },
  ...fields,
})

async function make() {
  const db = openDatabase(':memory:')
  const store = fillable(sqliteStore(db))
  const bus = await engine<SqliteTx>({ store, clock: systemClock, random: Math.random })
  migrate(db, 'blog', migrations)
  const options = { clock: handClock('2026-01-01T12:00:00.000Z'), from: 'Blog <blog@blog.test>' }
  return { mailer: sqliteMailer(db, bus, options), store, close: () => bus.close(0) }
}

async function open(t: TestContext) {
  const made = await make()
  t.after(made.close)
  return made
}
