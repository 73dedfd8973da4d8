/** Keeps mails instead of sending them, for the mailbox page of a cluster without a mail server. */
import type { Clock, Engine } from '@busbar/event-bus'
import type { Database } from '@busbar/event-bus/adapters/postgres/database'
import { numbered, questions } from '@busbar/event-bus/adapters/postgres/questions'
import type { PostgresTx } from '@busbar/event-bus/adapters/postgres/store'
import { listHeaders } from '../../mail.ts'
import { keptMail, keptMails, mailStatements } from '../../mail-rows.ts'
import type { Mailbox, Mailer } from '../../ports.ts'

const statements = {
  ...numbered(mailStatements),
  // Numbers have gaps here: one that was asked for is never given again.
  trim: `delete from mail where number in (
    select number from mail order by number desc offset $1 for update skip locked)`,
} as const

export function postgresMailer(
  { pool }: Pick<Database, 'pool'>,
  { transact }: Pick<Engine<PostgresTx>, 'transact'>,
  { clock, from }: { readonly clock: Clock; readonly from: string },
): Mailer & Mailbox {
  const { ask, askIn } = questions(pool, 'mail', statements)
  return {
    async send(mail) {
      const at = clock.now().toISOString()
      const headers = JSON.stringify(listHeaders(mail))
      const { messageId, to, subject, text, html } = mail
      await transact(async (tx) => {
        await askIn(tx, 'insert', messageId, at, from, to, subject, text, html, headers)
        await askIn(tx, 'trim', keptMails)
      })
    },
    list: async (limit) => (await ask('list', limit)).map(keptMail),
    async find(messageId) {
      const [row] = await ask('find', messageId)
      return row ? keptMail(row) : null
    },
  }
}
