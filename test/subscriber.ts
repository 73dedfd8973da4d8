/** A reader who asks for mail about a topic, and who means it or not. */
import assert from 'node:assert/strict'
import { call } from './http.ts'
import type { MailServer, ReceivedMail } from './mail-server.ts'

/** Asks, and answers the mail that wants to know whether it was meant. */
export async function askForMail(
  url: string,
  mail: MailServer,
  email: string,
  topic: string,
): Promise<ReceivedMail> {
  const answer = await call(`${url}/api/subscriptions`, { method: 'POST', json: { email, topic } })
  assert.equal(answer.status, 202, answer.text)
  return mail.mails.wait(
    ({ to, text }) => to === email && confirmLinkIn(text) !== null && text.includes(topic),
    `the mail that asks ${email} to confirm`,
  )
}

/** Asks, and opens the link in the mail. */
export async function subscribe(
  url: string,
  mail: MailServer,
  email: string,
  topic: string,
): Promise<void> {
  const { text } = await askForMail(url, mail, email, topic)
  const answer = await call(confirmLinkIn(text) as string)
  assert.equal(answer.status, 200, answer.text)
}

export const confirmLinkIn = (text: string): string | null =>
  /https?:\/\/[^\s"<>]+\/subscriptions\/confirm\/[\w-]+/.exec(text)?.[0] ?? null

/** Where RFC 8058 says that one POST ends the subscription. */
export function unsubscribeLinkOf({ headers }: ReceivedMail): string {
  const link = /^<(https?:\/\/[^>]+)>$/.exec(headers.get('list-unsubscribe') ?? '')?.[1]
  assert.ok(link, 'the mail has a List-Unsubscribe header with one address')
  return link
}
