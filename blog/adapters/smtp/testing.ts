/** A real mail server on a free port, which answers what a test wants it to answer. */
import { once } from 'node:events'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import PostalMime from 'postal-mime'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { contentOf, type TakenMail } from '../../mailer.contract.ts'

export interface MailServer {
  readonly url: string
  /** As they came, with all headers. */
  readonly sources: readonly string[]
  readonly mails: readonly TakenMail[]
  /** Connections since the start. */
  readonly connections: number
  /** Null: accept. */
  answer: { readonly at: 'MAIL FROM' | 'RCPT TO' | 'DATA'; readonly reply: string } | null
  close(): Promise<void>
}

export async function mailServer(options: SMTPServerOptions = {}, port = 0): Promise<MailServer> {
  const mails: TakenMail[] = []
  const sources: string[] = []
  let connections = 0
  const replyAt = (at: string) => {
    if (self.answer?.at !== at) return undefined
    const [code, ...words] = self.answer.reply.split(' ')
    return Object.assign(new Error(words.join(' ')), { responseCode: Number(code) })
  }
  const server = new SMTPServer({
    authOptional: true,
    // It offers STARTTLS with a certificate that nobody vouches for, as servers on a laptop do.
    logger: false,
    onConnect(_session, done) {
      connections++
      done()
    },
    onMailFrom: (_address, _session, done) => done(replyAt('MAIL FROM')),
    onRcptTo: (_address, _session, done) => done(replyAt('RCPT TO')),
    onData(stream, _session, done) {
      text(stream).then(async (source) => {
        const reply = replyAt('DATA')
        if (!reply) {
          sources.push(source)
          mails.push(await parsed(source))
        }
        done(reply)
      }, done)
    },
    ...options,
  })
  const self: MailServer = {
    url: '',
    sources,
    mails,
    get connections() {
      return connections
    },
    answer: null,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
  const listening = server.listen(port, '127.0.0.1')
  await once(listening, 'listening')
  return Object.assign(self, { url: urlOf(listening) })
}

async function parsed(source: string): Promise<TakenMail> {
  const mail = await PostalMime.parse(source)
  const { messageId = '', to, subject = '', headers } = mail
  return {
    messageId: messageId.replace(/^<|>$/g, ''),
    to: to?.map(({ address }) => address).join(', ') ?? '',
    subject,
    text: contentOf(mail.text),
    html: contentOf(mail.html),
    headers: Object.fromEntries(headers.map(({ key, value }) => [key, value])),
  }
}

/** Something that takes connections, and does with each what it is told. */
export async function tcpServer(
  connected: (socket: Socket) => void,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    connected(socket)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: urlOf(server),
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const urlOf = (server: Pick<Server, 'address'>): string =>
  `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`
