/**
 * Mail by Amazon SES. It writes a Message-ID of its own over ours, so ours is in the mail a second time,
 * as Original-Message-ID: by that a mail that was sent twice is known.
 */
import { type SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2'
import { DeliveryFailed, DeliveryRefused } from '@busbar/event-bus'
import { listHeaders } from '../../mail.ts'
import type { Mailer } from '../../ports.ts'
import { type Mailbox, mailbox, mime, oneLine, words } from './mime.ts'

export interface SesMailerOptions {
  /** `blog@example.org`, or `The blog <blog@example.org>`: an identity that SES has verified. */
  readonly from: string
  readonly configurationSet?: string
}

/** Below the two minutes of the port. */
const sendMs = 110_000

/** Throws when the sender's address cannot be right. */
export function sesMailer(
  client: SESv2Client,
  { from, configurationSet }: SesMailerOptions,
): Mailer {
  const sender = parseSender(from)
  return {
    async send(mail) {
      const to = recipient(mail.to)
      const messageId = `<${oneLine(mail.messageId).replaceAll(/[<>\s]/g, '')}>`
      const source = mime(
        [
          ['From', mailbox(sender)],
          ['To', `<${to}>`],
          ['Subject', words(mail.subject)],
          ['Message-ID', messageId],
          ['Original-Message-ID', messageId],
          ...Object.entries(listHeaders(mail)).map(
            ([name, value]) => [name, oneLine(value)] as const,
          ),
          ['Auto-Submitted', 'auto-generated'],
        ],
        mail,
      )
      try {
        await client.send(
          new SendEmailCommand({
            FromEmailAddress: sender.address,
            Destination: { ToAddresses: [to] },
            Content: { Raw: { Data: Buffer.from(source) } },
            ...(configurationSet !== undefined && { ConfigurationSetName: configurationSet }),
          }),
          { abortSignal: AbortSignal.timeout(sendMs) },
        )
      } catch (error) {
        throw failure(error)
      }
    },
  }
}

/** Also a list of addresses is none, which would reach others than the subscriber. */
const address = /^[^\s@<>()[\]\\,;:"]+@[^\s@<>()\\,;"]+$/

/** SES takes no letters beyond ASCII; a domain has another spelling. */
function recipient(to: string): string {
  const at = to.lastIndexOf('@')
  const [local, domain] = [to.slice(0, at), to.slice(at + 1)]
  const host = URL.parse(`http://${domain}`)?.hostname
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what it says.
  if (!address.test(to) || !/^[\x00-\x7f]+$/.test(local) || !host)
    throw new DeliveryRefused(
      'The mail was not sent: its recipient is not an e-mail address that SES takes',
      { code: 'INVALID_PARAMETER' },
    )
  return `${local}@${host}`
}

function parseSender(from: string): Mailbox {
  const [, quoted, bare, inside] = /^(?:"(.*)"|([^"<]*?))\s*<([^<>]+)>$/.exec(from.trim()) ?? []
  const sender = { name: oneLine(quoted ?? bare ?? ''), address: inside ?? from.trim() }
  if (!address.test(sender.address))
    throw new Error(
      'MAIL_FROM has to be one address: blog@example.org, or The blog <blog@example.org>',
    )
  return sender
}

const throttled = ['TooManyRequestsException', 'LimitExceededException', 'ThrottlingException']
const later: Readonly<Record<string, string>> = {
  AccountSuspendedException: 'SES has suspended the account: look at its console',
  SendingPausedException: 'Sending is paused for the account or the configuration set',
  MailFromDomainNotVerifiedException: 'SES has not verified the MAIL FROM domain',
  NotFoundException: 'SES does not know the configuration set or the identity',
  AccessDeniedException: 'The function has to be allowed ses:SendEmail for the identity',
}

/** Messages are logged and end in dead-letter queues, so they name no address. SES repeats them. */
function failure(error: unknown): Error {
  const { name, message, $fault } = error as Error & { readonly $fault?: string }
  const said = `${name}: ${unaddressed(message)}`
  if (throttled.includes(name))
    return new DeliveryFailed(`SES takes no more mail for now (${said})`, { code: 'THROTTLING' })
  if (later[name] !== undefined) return new DeliveryFailed(`${later[name]} (${said})`)
  // It is about the account, which an operator changes, and not about the mail.
  if (name === 'MessageRejected' && /not verified/i.test(message))
    return new DeliveryFailed(
      `SES has not verified the sender, or the account is still in the sandbox, where recipients are verified too (${said})`,
    )
  if (name === 'MessageRejected' || name === 'BadRequestException')
    return new DeliveryRefused(`SES refused the mail (${said})`)
  return new DeliveryFailed(`SES did not take the mail (${said})`, {
    code: $fault === undefined ? 'CONNECTION_FAILURE' : 'ERROR_FROM_TARGET',
  })
}

const unaddressed = (text: string): string =>
  text
    .replaceAll(/[^\s<>"',:;]+@[^\s<>"',;]+/g, '…')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 300)
