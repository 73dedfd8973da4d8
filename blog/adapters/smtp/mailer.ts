/** Mail by SMTP, on the `nodemailer` library. */
import { DeliveryRefused } from '@busbar/event-bus'
import { createTransport } from 'nodemailer'
import addressparser from 'nodemailer/lib/addressparser'
import { encodeWord } from 'nodemailer/lib/mime-funcs'
import { listHeaders } from '../../mail.ts'
import type { Mailer } from '../../ports.ts'
import { failure } from './failure.ts'
import { parseSmtpUrl } from './smtp-url.ts'

export interface SmtpMailerOptions {
  /** `SMTP_URL`. */
  readonly url: string
  /** `MAIL_FROM`: `blog@example.org`, or `The blog <blog@example.org>`. */
  readonly from: string
  readonly timeouts?: Partial<Timeouts>
}

/** In ms. */
export interface Timeouts {
  /** For the connection to stand. */
  readonly connection: number
  /** From there to the server's first word. */
  readonly greeting: number
  /** Between two answers. */
  readonly silence: number
  /** For all of it, with the wait for a free connection: below the two minutes of the port. */
  readonly mail: number
}

const defaults: Timeouts = { connection: 20_000, greeting: 20_000, silence: 60_000, mail: 110_000 }

/**
 * As many as the flow sends at the same time: two of its targets send, five mails each. With fewer,
 * the news of a post would hold up the confirmations, and the wait counts against a mail's time.
 */
const maxConnections = 10

/** Throws when the URL or the sender's address cannot be right. */
export function smtpMailer({ url, from, timeouts = {} }: SmtpMailerOptions): Mailer & {
  /** Ends idle connections now, and the others with the mail they carry. */
  close(): void
} {
  const { auth, ...server } = parseSmtpUrl(url)
  const sender = parseSender(from)
  const times = { ...defaults, ...timeouts }
  let isClosed = false
  const transport = createTransport({
    pool: true,
    maxConnections,
    // For an idle connection that the server has dropped meanwhile; all else is the bus's to try again.
    maxRequeues: 1,
    connectionTimeout: times.connection,
    dnsTimeout: times.connection,
    greetingTimeout: times.greeting,
    socketTimeout: times.silence,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...server,
    ...(auth && { auth }),
  })

  return {
    async send(mail) {
      const { messageId, to, subject, text, html } = mail
      // Also a list of addresses, which would reach others than the subscriber.
      if (!address.test(to))
        throw new DeliveryRefused('The mail was not sent: its recipient is not an e-mail address')
      try {
        await transport.sendMail({
          envelope: { from: sender.address, to: [to] },
          from: sender,
          to: { name: '', address: to },
          messageId: `<${messageId}>`,
          subject: unharmed(subject),
          text,
          html,
          // Lines of any length and all of Unicode survive every server on the way.
          textEncoding: 'quoted-printable',
          headers: { ...listHeaders(mail), 'Auto-Submitted': 'auto-generated' },
          signal: AbortSignal.timeout(times.mail),
        })
      } catch (error) {
        if (isClosed) throw new Error('The mailer was closed before the mail was taken')
        throw failure(error, `${server.host}:${server.port}`)
      }
    },
    close() {
      isClosed = true
      transport.close()
    },
  }
}

const address = /^[^\s@<>()[\]\\,;:"]+@[^\s@<>()\\,;"]+$/

/** The library takes what looks like an encoded word for one, and would send it as it is. */
const unharmed = (subject: string): string =>
  subject.includes('=?') ? encodeWord(subject, 'B', 52) : subject

function parseSender(from: string): { readonly name: string; readonly address: string } {
  const [sender, ...others] = addressparser(from, { flatten: true })
  if (!sender || others.length > 0 || !address.test(sender.address))
    throw new Error(
      'MAIL_FROM has to be one address: blog@example.org, or The blog <blog@example.org>',
    )
  return sender
}
