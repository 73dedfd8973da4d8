import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { busSettings } from '@busbar/event-bus/bin/settings'
import { hostsOf, settings } from './settings.ts'

const defaults = {
  ...{ host: '127.0.0.1', port: 3000, bus: busSettings({}, {}), dataDir: './data' },
  ...{
    smtpUrl: null,
    mailFrom: 'Busbar blog <blog@localhost>',
    publicUrl: null,
    authorToken: null,
    authors: [],
    ...{ webhooks: { allow: [], allowLoopback: true }, trustProxy: false },
    cluster: null,
  },
}
const token = '0123456789abcdef'
const smtp = 'smtp://mail.example.org'
/** What others may reach needs both, and a bus that they do not. */
const guarded = { AUTHOR_TOKEN: token, SMTP_URL: smtp, BUSBAR_HOST: '127.0.0.1' }

test('needs nothing to be set', () => {
  assert.deepEqual(settings([], {}), defaults)
})

test('takes each setting from the environment, without the blanks around it', () => {
  const env = {
    ...{
      HOST: ' ::1 ',
      PORT: '8080 ',
      BUSBAR_PORT: ' 0',
      DATA_DIR: '/var/lib/blog',
      SMTP_URL: smtp,
    },
    ...{ MAIL_FROM: 'b@example.org', PUBLIC_URL: 'http://localhost:8080', AUTHOR_TOKEN: token },
    AUTHORS: ' ann@Example.org,bob@example.org  Ann@example.org, ann@example.ORG ',
  }

  assert.deepEqual(settings([], env), {
    ...{
      host: '::1',
      port: 8080,
      bus: busSettings({ host: '::1', port: '0', dataDir: '/var/lib/blog' }, {}),
      dataDir: '/var/lib/blog',
      smtpUrl: smtp,
    },
    ...{ mailFrom: 'b@example.org', publicUrl: 'http://localhost:8080', authorToken: token },
    authors: ['ann@example.org', 'bob@example.org', 'Ann@example.org'],
    ...{ webhooks: { allow: [], allowLoopback: true }, trustProxy: false },
    cluster: null,
  })
})

test('calls webhooks on this machine only while nobody else reaches it, and trusts a proxy when told', () => {
  const reached = { PUBLIC_URL: 'https://blog.example', AUTHOR_TOKEN: token, SMTP_URL: smtp }
  const keys = { BUSBAR_ACCESS_KEYS: 'busbar:0123456789abcdef' }
  for (const env of [reached, keys, { ...reached, ...keys }])
    assert.equal(settings([], env).webhooks.allowLoopback, false)
  const allow = settings([], { BUSBAR_ALLOW_ADDRESSES: '10.0.0.0/8' }).webhooks.allow
  assert.deepEqual(allow, ['10.0.0.0/8'])
  assert.equal(settings([], { TRUST_PROXY: 'yes' }).trustProxy, true)
  assert.throws(() => settings([], { TRUST_PROXY: 'true' }), /TRUST_PROXY is “true”.*yes or no/)
})

test('takes what is set to nothing as not set', () => {
  const names = ['HOST', 'PORT', 'BUSBAR_PORT', 'DATA_DIR', 'SMTP_URL', 'MAIL_FROM', 'PUBLIC_URL']
  for (const nothing of ['', '  ', undefined]) {
    const env = Object.fromEntries(
      [...names, 'AUTHORS', 'AUTHOR_TOKEN'].map((name) => [name, nothing]),
    )
    assert.deepEqual(settings([], env), defaults)
  }
})

describe('a flag beats the environment, which beats the default', () => {
  const flags = [
    { flag: '--host', name: 'HOST', key: 'host', env: 'localhost', given: '127.0.0.2' },
    { flag: '--port', name: 'PORT', key: 'port', env: '5000', given: '6000' },
    { flag: '--data-dir', name: 'DATA_DIR', key: 'dataDir', env: './env', given: './flag' },
  ] as const
  for (const { flag, name, key, env, given } of flags)
    test(flag, () => {
      assert.equal(String(settings([], { [name]: env })[key]), env)
      assert.equal(String(settings([flag, given], { [name]: env })[key]), given)
      assert.equal(String(settings([`${flag}=${given}`], {})[key]), given)
      assert.equal(String(settings([`${flag}=`], { [name]: env })[key]), env, 'a flag of nothing')
    })
})

test('the flags of the bus beat its environment', () => {
  const env = { BUSBAR_PORT: '5001', DATA_DIR: './env', BUSBAR_HOST: '127.0.0.3' }
  const { bus } = settings(['--bus-port', '6001', '--data-dir=./flag', '--host', '::1'], env)

  assert.deepEqual([bus.port, bus.dataDir, bus.host], [6001, './flag', '127.0.0.3'])
})

test('names the flag that is not known', () => {
  assert.throws(() => settings(['--prot', '3000'], {}), /--prot/)
  assert.throws(() => settings(['3000'], {}), /3000/)
  assert.throws(() => settings(['--port'], {}), /--port/)
})

test('names the port that is none, and says what it may be', () => {
  for (const port of ['http', '65536', '-1', '30.5', '1e3', '0x10', '3000,4000'])
    for (const name of ['PORT', 'BUSBAR_PORT'])
      assert.throws(() => settings([], { [name]: port }), {
        message: `${name} is “${port}”; it has to be a number from 0 to 65535`,
      })
  assert.equal(settings(['--port', '65535'], {}).port, 65_535)
})

describe('what others can reach', () => {
  const reached = [
    ...['0.0.0.0', '::'].map((HOST) => ({ HOST, PUBLIC_URL: 'http://localhost:3000' })),
    ...['192.168.1.2', 'blog.example.org', '127.0.0.1.example.org', '1270.0.0.1'].map((HOST) => ({
      HOST,
    })),
    { PUBLIC_URL: 'https://blog.example.org' },
    { PUBLIC_URL: 'http://192.168.1.2:3000' },
  ]
  for (const env of reached) {
    const [where] = Object.values(env)
    test(`${where} is not started without authors or a token to write with`, () => {
      assert.throws(
        () => settings([], { ...env, SMTP_URL: smtp }),
        ({ message }: Error) =>
          /AUTHORS .* or AUTHOR_TOKEN/.test(message) && message.includes(`${where}`),
      )
      assert.equal(settings([], { ...env, ...guarded }).authorToken, token)
      const { AUTHOR_TOKEN: _, ...others } = guarded
      const authors = { ...env, ...others, AUTHORS: 'ann@example.org' }
      assert.deepEqual(settings([], authors).authors, ['ann@example.org'])
    })

    test(`${where} is not started without a mail server, for the mailbox page is for one alone`, () => {
      assert.throws(
        () => settings([], { ...env, AUTHOR_TOKEN: token }),
        ({ message }: Error) => message.includes('SMTP_URL') && message.includes(`${where}`),
      )
    })
  }

  test('includes the bus only where it has access keys', () => {
    const { BUSBAR_HOST: _inside, ...others } = guarded
    const env = { ...others, HOST: '192.168.1.2' }
    assert.throws(
      () => settings([], env),
      /192\.168\.1\.2.*BUSBAR_ACCESS_KEYS.*BUSBAR_HOST=127\.0\.0\.1/,
    )
    const keys = { BUSBAR_ACCESS_KEYS: `joe:${token}` }
    assert.equal(settings([], { ...env, ...keys }).bus.host, '192.168.1.2')
    assert.equal(settings([], { ...env, ...guarded }).bus.host, '127.0.0.1')
  })

  test('needs an address for the links in mails when the host is none', () => {
    for (const HOST of ['0.0.0.0', '::', '[::]'])
      assert.throws(() => settings([], { HOST, ...guarded }), /PUBLIC_URL/, HOST)
  })
})

test('takes no author whom no mail could reach, and names what is wrong', () => {
  for (const wrong of ['ann', 'ann@', '@example.org', 'Ann <ann@example.org>', 'ann@b@example.org'])
    assert.throws(() => settings([], { AUTHORS: `bob@example.org, ${wrong}` }), /AUTHORS has “/)
})

test('takes no token that could be guessed, and does not repeat it', () => {
  assert.throws(
    () => settings([], { AUTHOR_TOKEN: '0123456789abcde' }),
    ({ message }: Error) => /AUTHOR_TOKEN.*16/.test(message) && !message.includes('0123456789'),
  )
  assert.equal(settings([], { AUTHOR_TOKEN: token }).authorToken, token)
})

describe('PUBLIC_URL', () => {
  const publicUrl = (PUBLIC_URL: string) => settings([], { PUBLIC_URL, ...guarded }).publicUrl

  test('is a beginning to which paths are added', () => {
    assert.equal(publicUrl('https://blog.example.org'), 'https://blog.example.org')
    assert.equal(publicUrl('https://blog.example.org/'), 'https://blog.example.org')
    assert.equal(publicUrl('https://example.org:8443/blog//'), 'https://example.org:8443/blog')
    assert.equal(publicUrl('HTTPS://Blog.Example.org:443'), 'https://blog.example.org')
    assert.equal(publicUrl('https://bücher.example'), 'https://xn--bcher-kva.example')
  })

  test('is refused when nothing can be added to it', () => {
    for (const url of [
      ...['blog.example.org', 'localhost:3000', 'ftp://example.org', 'https://', '/blog'],
      ...[
        'https://example.org/?page=1',
        'https://example.org/#top',
        'https://joe:secret@example.org',
      ],
    ])
      assert.throws(
        () => publicUrl(url),
        ({ message }: Error) => message.includes('PUBLIC_URL') && !message.includes('secret'),
        url,
      )
  })

  test('never breaks a line of a mail', () => {
    assert.equal(publicUrl('https://blog.example.org/a\nb'), 'https://blog.example.org/ab')
  })
})

describe('the Host headers that are answered', () => {
  const hosts = (env: Record<string, string>, port = 3000) => hostsOf(settings([], env), port)

  test('are the names under which a machine finds itself', () => {
    assert.deepEqual(hosts({}), ['127.0.0.1:3000', 'localhost:3000', '[::1]:3000'])
    assert.ok(hosts({ HOST: '127.0.0.2' })?.includes('127.0.0.2:3000'))
    assert.deepEqual(hosts({ HOST: '::1' }), hosts({}))
  })

  test('are also without a port where browsers leave it out', () => {
    for (const name of ['127.0.0.1', 'localhost', '[::1]', 'localhost:80'])
      assert.ok(hosts({}, 80)?.includes(name), name)
    assert.ok(!hosts({}, 8080)?.includes('localhost'))
  })

  test('are that of PUBLIC_URL too, for a proxy on this machine', () => {
    const env = { PUBLIC_URL: 'https://blog.example.org/', ...guarded }
    assert.ok(hosts(env)?.includes('blog.example.org'))
    assert.ok(hosts({ PUBLIC_URL: 'http://localhost:8080' })?.includes('localhost:8080'))
  })

  test('are any where others reach it, for nobody knows its names', () => {
    assert.equal(hosts({ HOST: '192.168.1.2', ...guarded }), null)
  })
})

describe('with a DATABASE_URL it is a node of a cluster', () => {
  const databaseUrl = 'postgres://busbar:secret@db.example.org:5432/blog'

  test('that others take for dead after five seconds, unless told otherwise', () => {
    const env = { DATABASE_URL: ` ${databaseUrl} ` }
    assert.deepEqual(settings([], env).cluster, {
      ...{ databaseUrl, requireStandby: false, deadMs: 5_000 },
    })
    const more = { BUSBAR_REQUIRE_STANDBY: 'yes', BUSBAR_DEAD_AFTER_MS: '2000' }
    assert.deepEqual(settings([], { ...env, ...more }).cluster, {
      ...{ databaseUrl, requireStandby: true, deadMs: 2_000 },
    })
  })

  test('and a wrong one is told without what it holds', () => {
    for (const wrong of ['mysql://root:secret@db', 'secret', 'postgres//secret'])
      assert.throws(
        () => settings([], { DATABASE_URL: wrong }),
        ({ message }: Error) => /^DATABASE_URL/.test(message) && !message.includes('secret'),
      )
    const env = { DATABASE_URL: databaseUrl }
    assert.throws(() => settings([], { ...env, BUSBAR_DEAD_AFTER_MS: '10' }), /at least 1000/)
    assert.throws(() => settings([], { ...env, BUSBAR_REQUIRE_STANDBY: 'maybe' }), /yes or no/)
  })
})
