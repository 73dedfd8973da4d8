/** How kept mails stand in rows: what is asked of SQLite and PostgreSQL in the same words. */
import type { KeptMail } from './ports.ts'

export const mailStatements = {
  insert: `
    insert into mail (message_id, at, sender, recipient, subject, text, html, headers)
    values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (message_id) do nothing`,
  list: 'select * from mail order by number desc limit ?',
  find: 'select * from mail where message_id = ?',
} as const

/** Older ones make room. */
export const keptMails = 1_000

export const keptMail = (row: Readonly<Record<string, unknown>>): KeptMail => ({
  messageId: String(row.message_id),
  from: String(row.sender),
  to: String(row.recipient),
  subject: String(row.subject),
  text: String(row.text),
  html: row.html === null ? null : String(row.html),
  headers: JSON.parse(String(row.headers)),
  at: String(row.at),
})
