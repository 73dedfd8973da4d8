/** A real mail server that keeps what it takes, can be away for a while, and can be told to refuse. */
import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { type Collected, collected } from './collected.ts'

export interface ReceivedMail {
  /** As the envelope says. */
  readonly to: string
  readonly messageId: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** The post that it links to. */
  readonly postId: string | null
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>
  /** When it was taken, as `performance.now()` says. */
  readonly at: number
}

export interface MailServer {
  /** For SMTP_URL. It stays the same when the server is stopped and started. */
  readonly url: string
  readonly mails: Collected<ReceivedMail>
  mailsTo(address: string): readonly ReceivedMail[]
  /** How often somebody wanted to bring a mail to the address, whatever the answer was. */
  offersTo(address: string): number
  /** Refuses mail to the address with this code, for good or so many times. */
  refuse(address: string, code: 451 | 550, times?: number): void
  /** Takes connections and says nothing more to them until the answer is called. */
  silence(): () => void
  /** Takes mails, and says so only when the answer is called. */
  hold(): () => void
  /** Nobody answers on the port afterwards. */
  stop(): Promise<void>
  start(): Promise<void>
}

export async function mailServer(): Promise<MailServer> {
  const mails = collected<ReceivedMail>()
  const offers = new Map<string, number>()
  const refusals = new Map<string, { readonly code: 451 | 550; times: number }>()
  let silent: PromiseWithResolvers<void> | null = null
  let held: PromiseWithResolvers<void> | null = null
  let port = 0
  let server: SMTPServer | null = null

  const listen = async () => {
    const fresh = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      closeTimeout: 1,
      onMailFrom(_address, _session, callback) {
        if (silent) silent.promise.then(() => callback())
        else callback()
      },
      onRcptTo({ address }, _session, callback) {
        offers.set(address, (offers.get(address) ?? 0) + 1)
        const refusal = refusals.get(address)
        if (!refusal || refusal.times <= 0) return callback()
        refusal.times--
        callback(Object.assign(new Error('not now, or never'), { responseCode: refusal.code }))
      },
      onData(stream, session, callback) {
        const [recipient] = session.envelope.rcptTo
        received(stream, recipient?.address ?? '').then(
          (mail) => {
            mails.add(mail)
            if (held) held.promise.then(() => callback())
            else callback()
          },
          (error: Error) => callback(error),
        )
      },
    })
    fresh.on('error', () => {}) // a client that was killed in the middle of a sentence
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    fresh.server.once('error', reject)
    fresh.listen(port, '127.0.0.1', resolve)
    await promise
    port = (fresh.server.address() as AddressInfo).port
    server = fresh
  }

  await listen()
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    mailsTo: (address) => mails.items.filter(({ to }) => to === address),
    offersTo: (address) => offers.get(address) ?? 0,
    refuse(address, code, times = Number.POSITIVE_INFINITY) {
      refusals.set(address, { code, times })
    },
    silence() {
      const mine = Promise.withResolvers<void>()
      silent = mine
      return () => {
        silent = null
        mine.resolve()
      }
    },
    hold() {
      const mine = Promise.withResolvers<void>()
      held = mine
      return () => {
        held = null
        mine.resolve()
      }
    },
    async stop() {
      const old = server
      server = null
      if (old) await new Promise<void>((resolve) => old.close(resolve))
    },
    async start() {
      assert.equal(server, null, 'the mail server is running')
      await listen()
    },
  }
}

async function received(stream: AsyncIterable<Buffer>, to: string): Promise<ReceivedMail> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  const mail = await PostalMime.parse(Buffer.concat(chunks))
  const text = mail.text ?? ''
  return {
    to,
    messageId: mail.messageId ?? '',
    subject: mail.subject ?? '',
    text,
    html: mail.html ?? '',
    postId: /\/posts\/([\w-]+)/.exec(text)?.[1] ?? null,
    headers: new Map(mail.headers.map(({ key, value }) => [key, value])),
    at: performance.now(),
  }
}
