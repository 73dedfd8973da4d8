/** Keeps mails instead of sending them, for the mailbox page of a start without a mail server. */
import type { Clock, Engine } from '@busbar/event-bus'
import type { SqliteTx } from '@busbar/event-bus/adapters/sqlite/store'
import { listHeaders } from '../../mail.ts'
import { keptMail, keptMails, mailStatements as statements } from '../../mail-rows.ts'
import type { Mailbox, Mailer } from '../../ports.ts'

export function sqliteMailer(
  db: SqliteTx,
  { transact }: Pick<Engine<SqliteTx>, 'transact'>,
  { clock, from }: { readonly clock: Clock; readonly from: string },
): Mailer & Mailbox {
  const insert = db.prepare(statements.insert)
  const trim = db.prepare('delete from mail where number <= (select max(number) from mail) - ?')
  const list = db.prepare(statements.list)
  const find = db.prepare(statements.find)

  return {
    async send(mail) {
      const at = clock.now().toISOString()
      const headers = JSON.stringify(listHeaders(mail))
      const { messageId, to, subject, text, html } = mail
      await transact(() => {
        insert.run(messageId, at, from, to, subject, text, html, headers)
        trim.run(keptMails)
      })
    },
    async list(limit) {
      return list.all(limit).map(keptMail)
    },
    async find(messageId) {
      const row = find.get(messageId)
      return row ? keptMail(row) : null
    },
  }
}
