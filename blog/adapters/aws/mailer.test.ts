import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { SESv2Client } from '@aws-sdk/client-sesv2'
import { aMail } from '../../mailer.contract.ts'
import { mailerContract } from '../../ports.contract.ts'
import { type SesMailerOptions, sesMailer } from './mailer.ts'
import { local } from './testing/dynamo-db.ts'
import { listening } from './testing/management-api.ts'
import { ses, shown } from './testing/ses.ts'

const from = 'The blog <blog@example.org>'

async function make(verified?: readonly string[], options: Partial<SesMailerOptions> = {}) {
  const service = ses(verified ? { verified } : {})
  const server = await listening(service.listener)
  const client = new SESv2Client({ ...local(server.endpoint), maxAttempts: 1 })
  return {
    service,
    mailer: sesMailer(client, { from, ...options }),
    async close() {
      client.destroy()
      await server.close()
    },
  }
}

mailerContract('sesMailer', async () => {
  const { service, mailer, close } = await make()
  const answers = {
    take: null,
    refuse: { status: 400, type: 'MessageRejected', message: 'Illegal content' },
    'put off': { status: 429, type: 'TooManyRequestsException', message: 'Sending rate exceeded' },
  } as const
  return {
    mailer,
    taken: async (messageId) =>
      (await Promise.all(service.taken.map(shown))).filter((mail) => mail.messageId === messageId),
    answer: (next) => {
      service.answer = answers[next]
    },
    close,
  }
})

async function open(t: TestContext, ...args: Parameters<typeof make>) {
  const made = await make(...args)
  t.after(made.close)
  return made
}

suite('a mail by sesMailer', () => {
  test('is text and HTML in UTF-8 that no program answers to', async (t) => {
    const { service, mailer } = await open(t)
    await mailer.send(aMail({ text: 'é\n', html: '<p>é</p>\n' }))
    const { source = '', to } = service.taken[0] ?? {}
    assert.deepEqual(to, ['reader@example.org'])
    assert.match(source, /^Content-Type: multipart\/alternative; boundary="=_twins"\r$/m)
    const parts = source.split(/^--=_twins(?:--)?\r$/m).slice(1)
    assert.deepEqual(
      parts.map((part) => /^\nContent-Type: (\S+; charset=utf-8)\r$/m.exec(part)?.[1]),
      ['text/plain; charset=utf-8', 'text/html; charset=utf-8', undefined],
      'programs show the last that they can',
    )
    assert.match(source, /^Auto-Submitted: auto-generated\r$/m)
    assert.match(source, /^From: The blog <blog@example\.org>\r$/m)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what it says.
    assert.match(source, /^[\x00-\x7f]+$/)
    for (const line of source.split('\r\n')) assert.ok(line.length <= 998)
  })

  test('has its id where SES leaves it, and where SES writes its own', async (t) => {
    const { service, mailer } = await open(t)
    await mailer.send(aMail({ messageId: 'post.reader@blog.example' }))
    const { source = '' } = service.taken[0] ?? {}
    assert.match(source, /^Message-ID: <post\.reader@blog\.example>\r$/m)
    assert.match(source, /^Original-Message-ID: <post\.reader@blog\.example>\r$/m)
  })

  test('keeps line breaks in their headers', async (t) => {
    const { service, mailer } = await open(t)
    const evil = 'x\r\nBcc: spy@example.org'
    for (const lineBreak of ['\r\n', '\n', '\r', '\r\n\r\n'])
      await mailer.send(aMail({ subject: `Title${lineBreak}Bcc: spy@example.org` }))
    await mailer.send(aMail({ messageId: evil, unsubscribe: evil }))
    for (const { source } of service.taken) assert.doesNotMatch(source, /^Bcc:/im)
    assert.equal(service.taken.length, 5)
  })

  test('comes from whom it is said to, whatever the name', async (t) => {
    const names = {
      'blog@example.org': '<blog@example.org>',
      '<blog@example.org>': '<blog@example.org>',
      '"Blog, the" <blog@example.org>': '"Blog, the" <blog@example.org>',
      'Zoë <blog@example.org>': `=?UTF-8?B?${Buffer.from('Zoë').toString('base64')}?= <blog@example.org>`,
    }
    for (const [given, expected] of Object.entries(names)) {
      const { service, mailer } = await open(t, ['example.org'], { from: given })
      await mailer.send(aMail())
      assert.ok(service.taken[0]?.source.startsWith(`From: ${expected}\r\n`), given)
    }
    const client = new SESv2Client(local('http://127.0.0.1:9'))
    for (const bad of [
      '',
      'blog',
      'a@example.org, b@example.org',
      'Blog <blog>',
      'a@b <c@d> <e@f>',
    ])
      assert.throws(() => sesMailer(client, { from: bad }), /MAIL_FROM/, bad)
  })

  test('is sent to a domain in its ASCII spelling, and to no address that SES does not take', async (t) => {
    const { service, mailer } = await open(t)
    await mailer.send(aMail({ to: 'joe@bücher.example' }))
    assert.deepEqual(service.taken[0]?.to, ['joe@xn--bcher-kva.example'])
    for (const to of [
      ...['a@example.org, b@example.org', 'a@example.org>, <b@example.org', '', 'a\r\nb', 'joe@'],
      ...['zoë@example.org', 'joe@exa mple.org'],
    ])
      await assert.rejects(mailer.send(aMail({ to })), { name: 'DeliveryRefused' }, to)
    assert.equal(service.taken.length, 1)
  })
})

suite('sesMailer tells', () => {
  const answers = [
    [400, 'MessageRejected', 'Email address is not verified: a@b.org', 'DeliveryFailed', /sandbox/],
    [400, 'MessageRejected', 'Virus', 'DeliveryRefused', /refused the mail/],
    [400, 'BadRequestException', 'Invalid a@b.org', 'DeliveryRefused', /refused the mail/],
    [400, 'AccountSuspendedException', 'no', 'DeliveryFailed', /suspended/],
    [400, 'SendingPausedException', 'no', 'DeliveryFailed', /paused/],
    [404, 'NotFoundException', 'no', 'DeliveryFailed', /configuration set/],
    [403, 'AccessDeniedException', 'a@b.org may not', 'DeliveryFailed', /ses:SendEmail/],
    [429, 'LimitExceededException', 'no', 'DeliveryFailed', /no more mail for now/],
    [500, 'InternalServiceErrorException', 'no', 'DeliveryFailed', /did not take/],
  ] as const
  for (const [status, type, message, name, expected] of answers)
    test(`${type} (${message}) as ${name}, and names no address`, async (t) => {
      const { service, mailer } = await open(t)
      service.answer = { status, type, message }
      await assert.rejects(mailer.send(aMail()), (error: Error) => {
        assert.equal(error.name, name)
        assert.match(error.message, expected)
        assert.doesNotMatch(error.message, /a@b|reader@/)
        return true
      })
    })

  test('that nobody answers as something that passes', async () => {
    const { mailer, close } = await make()
    await close()
    await assert.rejects(mailer.send(aMail()), {
      name: 'DeliveryFailed',
      code: 'CONNECTION_FAILURE',
    })
  })

  test('a sender that SES has not verified as something an operator can mend', async (t) => {
    const { mailer } = await open(t, ['other.example'])
    await assert.rejects(mailer.send(aMail()), { name: 'DeliveryFailed', message: /verified/ })
  })
})
