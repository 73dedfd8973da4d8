import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { DeliveryRefused } from '@busbar/event-bus'
import { aMail, mailerContract } from '../../mailer.contract.ts'
import { smtpMailer } from './mailer.ts'
import { mailServer, tcpServer } from './testing.ts'

const from = 'The blog <blog@example.org>'

mailerContract('smtpMailer', async () => {
  const server = await mailServer()
  const mailer = smtpMailer({ url: server.url, from })
  const answers = {
    take: null,
    refuse: { at: 'RCPT TO', reply: '550 5.1.1 No such user' },
    'put off': { at: 'RCPT TO', reply: '451 4.7.1 Try again later' },
  } as const
  return {
    mailer,
    taken: async (messageId) => server.mails.filter((mail) => mail.messageId === messageId),
    answer: (next) => {
      server.answer = answers[next]
    },
    async close() {
      mailer.close()
      await server.close()
    },
  }
})

/** A server and a mailer that are closed with the test, the mailer first: the server waits for it. */
async function connected(
  t: TestContext,
  options: Parameters<typeof mailServer>[0] = {},
  urlOf = (url: string) => url,
) {
  const server = await mailServer(options)
  const mailer = mailerTo(t, urlOf(server.url))
  t.after(server.close)
  return { server, mailer }
}

function mailerTo(t: TestContext, url: string, timeouts = {}) {
  const mailer = smtpMailer({ url, from, timeouts })
  t.after(mailer.close)
  return mailer
}

async function errorOf(sending: Promise<void>): Promise<Error> {
  try {
    await sending
  } catch (error) {
    assert.ok(error instanceof Error)
    return error
  }
  assert.fail('the mail was taken')
}

suite('a mail by smtpMailer', () => {
  test('is text and HTML in UTF-8 that no program answers to', async (t) => {
    const { server, mailer } = await connected(t)
    await mailer.send(aMail())
    const [source = ''] = server.sources
    assert.match(source, /^Content-Type: multipart\/alternative;\r\n boundary="[^"]+"\r$/m)
    const parts = source.match(/^Content-Type: text\/\w+; charset=utf-8\r$/gm)
    assert.deepEqual(
      parts?.map((part) => /text\/(\w+)/.exec(part)?.[1]),
      ['plain', 'html'],
      'programs show the last that they can',
    )
    assert.ok(source.split('\r\n').every((line) => Buffer.byteLength(line) <= 998))
    assert.match(source, /^Auto-Submitted: auto-generated\r$/m)
    assert.match(source, /^From: The blog <blog@example\.org>\r$/m)
    assert.match(source, /^Date: /m)
    assert.doesNotMatch(source, /^X-Mailer/im)
  })

  test('keeps a subject with line breaks in its header', async (t) => {
    const { server, mailer } = await connected(t)
    for (const lineBreak of ['\r\n', '\n', '\r', '\r\n\r\n'])
      await mailer.send(aMail({ subject: `Title${lineBreak}Bcc: spy@example.org` }))
    assert.equal(server.mails.length, 4)
    for (const { subject, headers, text } of server.mails) {
      assert.match(subject, /^Title +Bcc: spy@example\.org$/)
      assert.equal(headers.bcc, undefined)
      assert.equal(text, aMail().text)
    }
  })

  test('keeps a Message-ID and an unsubscribe link with line breaks in their headers', async (t) => {
    const { server, mailer } = await connected(t)
    const evil = 'x\r\nBcc: spy@example.org'
    await mailer.send(aMail({ messageId: evil, unsubscribe: evil }))
    assert.equal(server.mails[0]?.headers.bcc, undefined)
  })

  test('is refused when its address reads like several, or like none', async (t) => {
    const { server, mailer } = await connected(t)
    for (const to of [
      'a@example.org, b@example.org',
      'a@example.org>, <b@example.org',
      '',
      'a\r\nb',
    ])
      await assert.rejects(mailer.send(aMail({ to })), DeliveryRefused)
    assert.deepEqual(server.mails, [])
  })

  test('shares ten connections with many others', async (t) => {
    const { server, mailer } = await connected(t)
    await Promise.all(Array.from({ length: 40 }, () => mailer.send(aMail())))
    assert.equal(server.mails.length, 40)
    assert.equal(server.connections, 10)
  })
})

suite('smtpMailer tells a mailbox that there is not', () => {
  const noMailbox = [
    '550 5.1.1 No such user',
    '550 5.1.0 x',
    '550 5.2.1 Disabled',
    '550 never',
    '551 x',
  ]
  const others = [
    ...[
      ['RCPT TO', '550 5.7.1 Blocked'],
      ['RCPT TO', '552 5.2.2 Full'],
      ['RCPT TO', '552 Full'],
    ],
    ...[
      ['RCPT TO', '553 5.1.8 Your address'],
      ['RCPT TO', '554 5.7.1 Relay access denied'],
    ],
    ...[
      ['DATA', '552 5.3.4 Too big'],
      ['DATA', '550 5.1.1 x'],
      ['DATA', '554 5.6.0 Bad content'],
    ],
  ] as const
  for (const [at, reply, code] of [
    ...noMailbox.map((reply) => ['RCPT TO', reply, 'NO_RESOURCE'] as const),
    ...others.map(([at, reply]) => [at, reply, 'ERROR_FROM_TARGET'] as const),
  ])
    test(`from another refusal: ${at} ${reply}`, async (t) => {
      const { server, mailer } = await connected(t)
      server.answer = { at: at as 'DATA', reply: reply as string }

      const error = await errorOf(mailer.send(aMail()))

      assert.equal(error.name, 'DeliveryRefused')
      assert.equal((error as DeliveryRefused).code, code)
    })
})

suite('smtpMailer writes no header but its own', () => {
  const evil = 'x\r\nBcc: victim@example.org\r\n\r\nOwned'
  test('whatever a subject or a link holds', async (t) => {
    const { server, mailer } = await connected(t)

    await mailer.send(aMail({ subject: evil, unsubscribe: `https://blog.test/${evil}` }))

    const [head = ''] = (server.sources[0] ?? '').split('\r\n\r\n')
    assert.doesNotMatch(head, /^bcc:/im)
    assert.match(server.mails[0]?.text ?? '', /^(?!Owned)/)
  })

  test('nor sends to an address with a line break', async (t) => {
    const { server, mailer } = await connected(t)

    for (const to of ['a@example.org\r\nBcc: b@example.org', 'a@example.org\n', 'a\r@example.org'])
      assert.equal((await errorOf(mailer.send(aMail({ to })))).name, 'DeliveryRefused')
    assert.deepEqual(server.sources, [])
  })
})

suite('smtpMailer refuses for good', () => {
  const refusals = [
    { at: 'RCPT TO', reply: '550 5.1.1 <reader@example.org>: no such user here' },
    { at: 'DATA', reply: '554 5.7.1 Message for READER@example.org looks like spam' },
  ] as const
  for (const answer of refusals) {
    test(`throws DeliveryRefused after a ${answer.reply.slice(0, 3)} at ${answer.at}`, async (t) => {
      const { server, mailer } = await connected(t)
      server.answer = answer
      const error = await errorOf(mailer.send(aMail()))
      assert.ok(error instanceof DeliveryRefused)
      assert.ok(error.message.includes(answer.reply.slice(0, 9)), error.message)
      assert.doesNotMatch(error.message, /reader|Joe|Title/i)
      assert.equal(error.cause, undefined)
      server.answer = null
      await mailer.send(aMail())
      assert.equal(server.mails.length, 1)
    })
  }
})

suite('smtpMailer fails for now', { timeout: 30_000 }, () => {
  async function retryable(sending: Promise<void>): Promise<string> {
    const error = await errorOf(sending)
    assert.ok(!(error instanceof DeliveryRefused), error.message)
    return error.message
  }

  const delays = [
    ['451 4.7.1 Greylisted', 'RCPT TO', /put the mail off: 451 4\.7\.1 Greylisted/],
    ['421 4.3.2 Shutting down', 'RCPT TO', /421 4\.3\.2 Shutting down/],
    ['452 4.2.2 Mailbox full', 'DATA', /put the mail off: 452 4\.2\.2 Mailbox full/],
    ['503 5.5.1 Out of step', 'RCPT TO', /put the mail off: 503 5\.5\.1/],
    ['550 5.7.1 No relaying', 'MAIL FROM', /does not take mail from us.*MAIL_FROM/],
    ['530 5.7.0 Must authenticate', 'MAIL FROM', /530/],
  ] as const
  for (const [reply, at, message] of delays) {
    test(`fails for now after a ${reply.slice(0, 3)} at ${at}, and sends the mail later`, async (t) => {
      const { server, mailer } = await connected(t)
      server.answer = { at, reply }
      assert.match(await retryable(mailer.send(aMail())), message)
      server.answer = null
      await mailer.send(aMail())
    })
  }

  test('fails for now while the server is down, and sends the mail when it is back', async (t) => {
    const down = await mailServer()
    await down.close()
    const mailer = mailerTo(t, down.url)
    const { host, port } = new URL(down.url)
    const message = await retryable(mailer.send(aMail()))
    assert.match(message, /could not be reached \(ECONNREFUSED\).*SMTP_URL/)
    assert.ok(message.includes(host))
    const back = await mailServer({}, Number(port))
    t.after(back.close)
    await mailer.send(aMail())
    assert.equal(back.mails.length, 1)
  })

  test('gives up on a server that takes the connection and stays silent', async (t) => {
    const silent = await tcpServer(() => {})
    t.after(silent.close)
    const mailer = mailerTo(t, silent.url, { greeting: 30 })
    assert.match(await retryable(mailer.send(aMail())), /did not answer in time/)
  })

  test('gives up on a server that greets and then stays silent', async (t) => {
    const silent = await tcpServer((socket) => socket.write('220 here\r\n'))
    t.after(silent.close)
    const mailer = mailerTo(t, silent.url, { silence: 30 })
    assert.match(await retryable(mailer.send(aMail())), /did not answer in time/)
  })

  test('gives up on a server that is never silent and never comes to an end', async (t) => {
    const slow = await tcpServer((socket) => {
      socket.write('220 here\r\n')
      const trickle = setInterval(() => socket.write('250-and more\r\n'), 5)
      socket.on('close', () => clearInterval(trickle))
    })
    t.after(slow.close)
    const mailer = mailerTo(t, slow.url, { silence: 1_000, mail: 60 })
    assert.match(await retryable(mailer.send(aMail())), /did not answer in time/)
  })

  test('fails for now when the server hangs up before its greeting', async (t) => {
    const rude = await tcpServer((socket) => socket.end())
    t.after(rude.close)
    assert.match(await retryable(mailerTo(t, rude.url).send(aMail())), /could not be reached/)
  })

  test('fails for now when what answers is no mail server', async (t) => {
    const web = await tcpServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    t.after(web.close)
    assert.match(await retryable(mailerTo(t, web.url).send(aMail())), /could not be reached/)
  })

  test('fails for now when the host does not exist', async (t) => {
    // Some networks answer for every name, so it may be a host that nobody is behind.
    const mailer = mailerTo(t, 'smtp://mail.invalid:25', { connection: 500 })
    assert.match(
      await retryable(mailer.send(aMail())),
      /mail\.invalid:25 (could not be reached|did not answer)/,
    )
  })

  test('tells of a sign-in that failed without a word of the credentials', async (t) => {
    const { mailer } = await connected(
      t,
      { onAuth: ({ username }, _session, done) => done(new Error(`${username} is wrong`)) },
      (url) => url.replace('//', '//someone:s3cret@'),
    )
    const message = await retryable(mailer.send(aMail()))
    assert.match(message, /did not sign us in \(535\).*user and password in SMTP_URL/)
    assert.doesNotMatch(message, /someone|s3cret/)
  })

  test('takes no certificate that nobody vouches for when told so', async (t) => {
    const { mailer } = await connected(t, {}, (url) => `${url}?tls.rejectUnauthorized=true`)
    assert.match(await retryable(mailer.send(aMail())), /over TLS.*certificate/)
  })

  test('tells when the server has no TLS from the start', async (t) => {
    const { mailer } = await connected(t, {}, (url) => url.replace('smtp:', 'smtps:'))
    assert.match(await retryable(mailer.send(aMail())), /over TLS.*smtp: or smtps:/)
  })

  test('sends nothing once it is closed', async (t) => {
    const { server, mailer } = await connected(t)
    mailer.close()
    assert.match(await retryable(mailer.send(aMail())), /mailer was closed/)
    assert.deepEqual(server.mails, [])
  })
})

test('smtpMailer signs in with the user and the password of the URL', async (t) => {
  const seen: unknown[] = []
  const { mailer } = await connected(
    t,
    {
      authOptional: false,
      onAuth: ({ username, password }, _session, done) => {
        seen.push([username, password])
        done(null, { user: username ?? '' })
      },
    },
    (url) => url.replace('//', '//a%40b:p%25%2Fq@'),
  )
  await mailer.send(aMail())
  assert.deepEqual(seen, [['a@b', 'p%/q']])
})

suite('smtpMailer does not start with a setting that cannot be right', () => {
  const urls: Readonly<Record<string, RegExp>> = {
    'mail.example.org': /SMTP_URL is not a URL.*smtp:\/\/host:port/,
    'http://mail.example.org': /begins with http: and has to begin with smtp: or smtps:/,
    'smtp://': /SMTP_URL/,
    'smtp://user:s3cret@': /SMTP_URL/,
    'smtp://mail.example.org:0': /port 0/,
    'smtp://user:s3cret@mail.example.org:99999': /not a URL/,
    'smtp://mail.example.org/inbox': /goes on behind/,
    'smtp://mail.example.org?pool=true': /not known; known are requireTLS, ignoreTLS/,
    'smtp://mail.example.org?requireTLS=yes': /requireTLS in SMTP_URL has to be true or false/,
    'smtp://user:s3cret%@mail.example.org': /write it as %25/,
  }
  for (const [url, message] of Object.entries(urls)) {
    test(`rejects SMTP_URL ${url}`, () => {
      assert.throws(
        () => smtpMailer({ url, from }),
        ({ message: told }: Error) => message.test(told) && !told.includes('s3cret'),
      )
    })
  }

  for (const sender of ['', 'blog', 'a@example.org, b@example.org', 'Blog <>'])
    test(`rejects MAIL_FROM “${sender}”`, () => {
      assert.throws(() => smtpMailer({ url: 'smtp://127.0.0.1', from: sender }), /MAIL_FROM/)
    })
})
