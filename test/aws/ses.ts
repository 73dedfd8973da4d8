/**
 * SES with an SMTP server behind it. It brings a mail there while the caller waits, so that a test sees what the
 * blog does when mail cannot be sent; without a server it takes and drops it.
 */
import type { RequestListener } from 'node:http'
import { createTransport } from 'nodemailer'
import { type SesError, ses } from '../../blog/adapters/aws/testing/ses.ts'

export interface Ses {
  readonly listener: RequestListener
  close(): void
}

export function sesToSmtp(smtpUrl: string | null): Ses {
  if (smtpUrl === null) return { listener: ses().listener, close() {} }
  const { hostname: host, port } = new URL(smtpUrl)
  const transport = createTransport({
    ...{ host, port: Number(port), pool: true, maxConnections: 10, ignoreTLS: true },
  } as object)
  let count = 0
  const { listener } = ses({
    verified: ['example.org'],
    async handOn({ to, source }) {
      // SES writes its own over ours.
      const raw = source.replace(
        /^Message-ID: .*$/im,
        `Message-ID: <${Date.now()}.${++count}@email.amazonses.com>`,
      )
      try {
        await transport.sendMail({ envelope: { from: 'ses@example.org', to: [...to] }, raw })
        return null
      } catch (error) {
        return refusal(error as Error & { readonly responseCode?: number })
      }
    },
  })
  return { listener, close: () => transport.close() }
}

function refusal({ responseCode, message }: Error & { readonly responseCode?: number }): SesError {
  if (responseCode === undefined) return { status: 503, type: 'ServiceUnavailable', message }
  return responseCode >= 500
    ? { status: 400, type: 'MessageRejected', message }
    : { status: 429, type: 'TooManyRequestsException', message }
}
