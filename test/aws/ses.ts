/**
 * SES's SendEmail over its wire protocol. It brings the mail to an SMTP server while the caller waits, so that
 * a test sees what the blog does when mail cannot be sent; without a server it takes and drops it.
 */
import { randomUUID } from 'node:crypto'
import { createTransport } from 'nodemailer'
import { ServiceRefusal } from './endpoint.ts'
import { list, type Members, members } from './template.ts'

export interface Ses {
  /** The address in a From of a mail. */
  sender(request: Members): string
  /** Rejects with a `ServiceRefusal`. */
  send(request: Members): Promise<object>
  close(): void
}

interface Named {
  readonly Name: string
  readonly Value: string
}
const mostRecipients = 50
/** Verified in this account. */
const sandbox = /@example\.(org|com)>?$/

export function ses(smtpUrl: string | null): Ses {
  const transport =
    smtpUrl === null
      ? null
      : createTransport({ url: smtpUrl, pool: true, maxConnections: 10, ignoreTLS: true } as object)
  const sender = ({ FromEmailAddress }: Members) => {
    const text = String(FromEmailAddress ?? '')
    return /<([^<>]+)>$/.exec(text)?.[1] ?? text
  }

  return {
    sender,
    async send(request) {
      const { ToAddresses = [] } = members(request.Destination) as {
        readonly ToAddresses?: readonly string[]
      }
      if (ToAddresses.length === 0 || ToAddresses.length > mostRecipients)
        throw new ServiceRefusal(400, 'BadRequestException', `${ToAddresses.length} recipients`)
      if (!sandbox.test(sender(request)))
        throw new ServiceRefusal(
          ...([400, 'MessageRejected'] as const),
          `Email address is not verified. The following identities failed the check: ${sender(request)}`,
        )
      const id = `0100${randomUUID()}-000000`
      const envelope = { from: sender(request), to: [...ToAddresses] }
      const mail = { ...contentOf(request), envelope, messageId: `<${id}@email.amazonses.com>` }
      try {
        await transport?.sendMail(mail)
      } catch (error) {
        throw refusalOf(error as Error & { readonly responseCode?: number })
      }
      return { MessageId: id }
    },
    close: () => transport?.close(),
  }
}

function contentOf(request: Members): object {
  const { Raw, Simple, ...others } = members(request.Content)
  if (Raw !== undefined) {
    const raw = Buffer.from(String(members(Raw).Data), 'base64')
    if (!/^From:/im.test(raw.toString('latin1')))
      throw new ServiceRefusal(400, 'BadRequestException', "Missing required header 'From'.")
    return { raw }
  }
  if (Simple === undefined)
    throw new ServiceRefusal(400, 'BadRequestException', Object.keys(others).join())
  const { Subject, Body, Headers } = members(Simple)
  const { Data: text } = members(members(Body).Text)
  const { Data: html } = members(members(Body).Html)
  for (const { Name, Value } of list(Headers) as unknown as readonly Named[])
    if (!/^[!-9;-~]{1,126}$/.test(Name) || !/^[ -~]{1,870}$/.test(Value))
      throw new ServiceRefusal(400, 'BadRequestException', `Invalid header ${Name}`)
  return {
    from: String(request.FromEmailAddress),
    to: (members(request.Destination).ToAddresses as readonly string[]).join(', '),
    subject: String(members(Subject).Data),
    ...(text !== undefined && { text: String(text) }),
    ...(html !== undefined && { html: String(html) }),
    headers: (list(Headers) as unknown as readonly Named[]).map(({ Name, Value }) => ({
      ...{ key: Name, value: Value },
    })),
  }
}

function refusalOf({ responseCode, message }: Error & { readonly responseCode?: number }) {
  if (responseCode !== undefined && responseCode >= 500)
    return new ServiceRefusal(400, 'MessageRejected', message)
  if (responseCode !== undefined)
    return new ServiceRefusal(429, 'TooManyRequestsException', message)
  return new ServiceRefusal(503, 'ServiceUnavailable', message)
}
