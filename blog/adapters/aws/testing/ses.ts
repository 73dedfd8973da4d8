/**
 * SES as its SDK of version 2 asks it to send: it takes a raw mail, refuses what SES refuses, and keeps
 * what it took, or hands it on.
 */
import type { IncomingMessage, RequestListener } from 'node:http'
import { json } from 'node:stream/consumers'
import PostalMime from 'postal-mime'
import { contentOf, type TakenMail } from '../../../mailer.contract.ts'

export interface TakenRaw {
  readonly to: readonly string[]
  /** As it came. */
  readonly source: string
}
export interface Ses {
  readonly listener: RequestListener
  readonly taken: readonly TakenRaw[]
  /** What every mail is answered; null: it is looked at. */
  answer: SesError | null
}
export interface SesError {
  readonly status: number
  readonly type: string
  readonly message: string
}

interface SendEmail {
  readonly FromEmailAddress?: string
  readonly Destination?: { readonly ToAddresses?: readonly string[] }
  readonly Content?: { readonly Raw?: { readonly Data?: string } }
}

const bad = (message: string): SesError => ({ status: 400, type: 'BadRequestException', message })

/** Of a mail with all that its encoding adds; the older API took a quarter of it. */
const mostBytes = 40 * 1024 * 1024

/** `verified`: domains and addresses that may send; all when absent. */
export function ses(
  options: {
    readonly verified?: readonly string[]
    /** Before it is taken; who cannot hand it on says what SES answers then. */
    readonly handOn?: (mail: TakenRaw) => Promise<SesError | null>
  } = {},
): Ses {
  const taken: TakenRaw[] = []
  const self: Ses = { listener, taken, answer: null }
  let count = 0

  async function sent(request: IncomingMessage): Promise<SesError | { readonly id: string }> {
    const asked = (await json(request)) as SendEmail
    if (self.answer) return self.answer
    const to = asked.Destination?.ToAddresses ?? []
    const source = Buffer.from(asked.Content?.Raw?.Data ?? '', 'base64').toString()
    const fault = faultOf(asked, to, source, options.verified)
    if (fault) return fault
    const mail = { to, source }
    const refusal = (await options.handOn?.(mail)) ?? null
    if (refusal) return refusal
    taken.push(mail)
    return { id: `${String(++count).padStart(16, '0')}-00000000-000000` }
  }

  function listener(...[request, response]: Parameters<RequestListener>): void {
    const answer = (status: number, body: object, headers = {}) =>
      response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(body))
    const isSend = request.method === 'POST' && request.url === '/v2/email/outbound-emails'
    const isSigned = /\/ses\/aws4_request/.test(request.headers.authorization ?? '')
    if (!isSend || !isSigned) {
      answer(404, { message: 'Not Found' }, { 'x-amzn-errortype': 'NotFoundException' })
      return
    }
    sent(request).then(
      (made) =>
        'id' in made
          ? answer(200, { MessageId: made.id })
          : answer(made.status, { message: made.message }, { 'x-amzn-errortype': made.type }),
      (error: unknown) => answer(500, { message: String(error) }),
    )
  }
  return self
}

function faultOf(
  { FromEmailAddress: from = '' }: SendEmail,
  to: readonly string[],
  source: string,
  verified: readonly string[] | undefined,
): SesError | null {
  if (source === '') return bad('Content is missing')
  if (Buffer.byteLength(source) > mostBytes)
    return bad(`Message length is more than ${mostBytes} bytes long.`)
  if (to.length === 0 || to.length > 50) return bad('Recipient count is not between 1 and 50.')
  for (const address of to) {
    if (!/^[^\s@]+@[^\s@]+$/.test(address)) return bad("Missing final '@domain'")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what it says.
    if (!/^[\x00-\x7f]+$/.test(address)) return bad('Local address contains control or whitespace')
  }
  const [head = ''] = source.split('\r\n\r\n', 1)
  if (!/^From:/im.test(head) || head === source) return bad('The mail has no header')
  if (source.split('\r\n').some((line) => Buffer.byteLength(line) > 998))
    return bad('A line is longer than 998 octets')
  const names = head.match(/^[\w-]+(?=:)/gm)?.map((name) => name.toLowerCase()) ?? []
  if (new Set(names).size < names.length) return bad(`Duplicate header`)
  const address = /<([^>]+)>/.exec(from)?.[1] ?? from
  if (verified && !verified.some((one) => address === one || address.endsWith(`@${one}`)))
    return {
      ...{ status: 400, type: 'MessageRejected' },
      message: `Email address is not verified. The following identities failed the check in region US-EAST-1: ${address}`,
    }
  return null
}

/** As a mail program shows it, behind SES, which has written its own Message-ID over ours. */
export async function shown({ source }: TakenRaw): Promise<TakenMail> {
  const { to, subject = '', text, html, headers } = await PostalMime.parse(source)
  const byName = Object.fromEntries(headers.map(({ key, value }) => [key, value]))
  return {
    messageId: (byName['original-message-id'] ?? '').replace(/^<|>$/g, ''),
    to: to?.map(({ address }) => address).join(', ') ?? '',
    ...{ subject, text: contentOf(text), html: contentOf(html) },
    headers: byName,
  }
}
