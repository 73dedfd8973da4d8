/**
 * Why a mail was not taken: for good, or for now. Messages end up in logs and in the dead-letter
 * queue, so they say what to check, but name no recipient and no credentials; for the same reason
 * the library's error, which holds both, is not passed on as their cause.
 */
import { DeliveryRefused } from '@busbar/event-bus'
import type { NodemailerError } from 'nodemailer'

/** The code of the system beneath is kept, but not typed. */
type SmtpError = NodemailerError & { readonly originalCode?: string }

/** What to throw for an error of the library; `server` is host and port. */
export function failure(error: unknown, server: string): Error {
  const { code, command, responseCode, response, originalCode } = error as SmtpError
  const answer = quoted(String(response ?? ''))
  const detail = originalCode ?? code ?? 'no reason given'
  const isAboutMail = code === 'EENVELOPE' || code === 'EMESSAGE'
  const later = (what: string, check: string) =>
    new Error(`The mail server ${server} ${what}. Check ${check}`)

  if (isAboutMail && isForGood(responseCode))
    return command === 'MAIL FROM'
      ? later(`does not take mail from us: ${answer}`, 'MAIL_FROM, and the user in SMTP_URL')
      : new DeliveryRefused(`The mail server ${server} refused the mail: ${answer}`, {
          code: isAboutMailbox(error as SmtpError) ? 'NO_RESOURCE' : 'ERROR_FROM_TARGET',
        })
  if (isAboutMail)
    return later(`put the mail off: ${answer}`, 'its own log when it goes on doing so')
  // The answer to a sign-in is left out: servers repeat the user in it.
  if (code === 'EAUTH' || code === 'ENOAUTH')
    return later(`did not sign us in (${responseCode ?? code})`, 'user and password in SMTP_URL')
  if (code === 'ETLS' || code === 'EREQUIRETLS' || isAboutTls(originalCode))
    return later(
      `could not be talked to over TLS (${detail})`,
      'its certificate, and whether SMTP_URL begins with smtp: or smtps:',
    )
  const where = 'host and port in SMTP_URL, and that the server runs'
  if (code === 'ETIMEDOUT' || code === 'EABORT') return later('did not answer in time', where)
  return later(`could not be reached (${[detail, answer].filter(Boolean).join(', ')})`, where)
}

/** 503 says that we were out of step, 530 and 535 that we have to sign in: neither is about the mail. */
const isForGood = (responseCode: number | undefined): boolean =>
  responseCode !== undefined &&
  responseCode >= 500 &&
  responseCode < 600 &&
  ![503, 530, 534, 535, 538].includes(responseCode)

/**
 * Whether there is no such mailbox, and not only no room or no liking for this mail. By RFC 3463 where the
 * server says it: 5.1.x is about the recipient's address, but for 5.1.7 and 5.1.8, which are about the sender's,
 * and 5.2.1 about a mailbox that is closed. Else by RFC 5321's codes.
 */
function isAboutMailbox({ command, responseCode, response }: SmtpError): boolean {
  if (command !== 'RCPT TO') return false
  const [, enhanced] = /^\d{3}[ -](5\.\d{1,3}\.\d{1,3})\b/.exec(String(response ?? '')) ?? []
  if (enhanced !== undefined && enhanced !== '5.0.0')
    return enhanced === '5.2.1' || (/^5\.1\./.test(enhanced) && !/^5\.1\.[78]$/.test(enhanced))
  return responseCode === 550 || responseCode === 551 || responseCode === 553
}

const isAboutTls = (code: string | undefined): boolean =>
  code !== undefined && /CERT|SSL|TLS|SIGNATURE/.test(code)

/** The server's answer on one line, without the addresses it repeats and without an end. */
const quoted = (answer: string): string =>
  answer
    .replaceAll(/[^\s<>"]+@[^\s<>"]+/g, '…')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 300)
