import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { packaged, type Server, startServer } from '@busbar/event-bus/adapters/postgres/testing'
import { handClock } from '@busbar/event-bus/testing'
import { mailerContract } from '../../ports.contract.ts'
import type { Mail } from '../../ports.ts'
import { postgresMailer } from './mailer.ts'
import { type TestNode, testNode } from './testing.ts'

describe('mails kept in PostgreSQL', { skip: packaged().programs === null }, () => {
  let server: Server
  let node: TestNode
  before(async () => {
    server = await startServer(packaged())
    node = await testNode(server.url(), 'mails', [])
  })
  after(async () => {
    await node?.close()
    await server?.stop()
  })

  async function make() {
    await node.database.pool.query('truncate mail')
    const clock = handClock('2026-01-01T12:00:00.000Z')
    return postgresMailer(node.database, node.engine, { clock, from: 'Blog <blog@blog.test>' })
  }

  mailerContract('postgresMailer', async () => {
    const mailer = await make()
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
      close: async () => {},
    }
  })

  test('have whom they are from and when, one for each message id, the first', async () => {
    const mailer = await make()
    await mailer.send(aMail({ unsubscribe: 'https://blog.test/u/1' }))
    await mailer.send(aMail({ messageId: '2@blog.test', text: 'a\0b' }))

    await mailer.send(aMail({ subject: 'Again' }))

    const [newest, first] = await mailer.list(10)
    assert.deepEqual([newest?.messageId, newest?.text], ['2@blog.test', 'a\0b'])
    assert.deepEqual(first, {
      ...{ messageId: '1@blog.test', from: 'Blog <blog@blog.test>', to: 'reader@example.org' },
      ...{ subject: 'Title', text: 'Text\n', html: '<p>Text', at: '2026-01-01T12:00:00.000Z' },
      headers: {
        'List-Unsubscribe': '<https://blog.test/u/1>',
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      },
    })
    assert.deepEqual(await mailer.find('1@blog.test'), first)
    assert.equal(await mailer.find('3@blog.test'), null)
  })

  test('are the newest thousand', async () => {
    const mailer = await make()
    const ids = Array.from({ length: 1_003 }, (_, n) => `${n}@blog.test`)

    await Promise.all(ids.map((messageId) => mailer.send(aMail({ messageId }))))

    const kept = (await mailer.list(2_000)).map(({ messageId }) => messageId)
    assert.deepEqual(kept, ids.slice(3).reverse())
  })
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
