/** Keeps mails instead of sending them, for the mailbox page of a start without a mail server. */
import type { Clock, Engine } from '@busbar/event-bus'
import type { SqliteTx } from '@busbar/event-bus/adapters/sqlite/store'
import { listHeaders } from '../../mail.ts'
import type { KeptMail, Mailbox, Mailer } from '../../ports.ts'

/** Older ones make room. */
const kept = 1_000

export function sqliteMailer(
  db: SqliteTx,
  { transact }: Pick<Engine<SqliteTx>, 'transact'>,
  { clock, from }: { readonly clock: Clock; readonly from: string },
): Mailer & Mailbox {
  const insert = db.prepare(`
    insert into mail (message_id, at, sender, recipient, subject, text, headers)
    values (?, ?, ?, ?, ?, ?, ?) on conflict (message_id) do nothing`)
  const trim = db.prepare('delete from mail where number <= (select max(number) from mail) - ?')
  const list = db.prepare('select * from mail order by number desc limit ?')
  const find = db.prepare('select * from mail where message_id = ?')

  return {
    async send(mail) {
      const at = clock.now().toISOString()
      const headers = JSON.stringify(listHeaders(mail))
      await transact(() => {
        insert.run(mail.messageId, at, from, mail.to, mail.subject, mail.text, headers)
        trim.run(kept)
      })
    },
    async list(limit) {
      return list.all(limit).map(mailOf)
    },
    async find(messageId) {
      const row = find.get(messageId)
      return row ? mailOf(row) : null
    },
  }
}

const mailOf = (row: Readonly<Record<string, unknown>>): KeptMail => ({
  messageId: String(row.message_id),
  from: String(row.sender),
  to: String(row.recipient),
  subject: String(row.subject),
  text: String(row.text),
  headers: JSON.parse(String(row.headers)),
  at: String(row.at),
})
