import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { busSettings, hostsOf } from './settings.ts'

const secret = '0123456789abcdef'

test('needs nothing to be set', () => {
  assert.deepEqual(busSettings({}, {}), {
    ...{ host: '127.0.0.1', port: 4010, dataDir: './data', accessKeys: new Map() },
    place: { region: 'us-east-1', account: '000000000000' },
    ...{ endpoints: {}, allowAddresses: [] },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
})

test('takes what is set to nothing as not set', () => {
  const names = ['HOST', 'BUSBAR_HOST', 'BUSBAR_PORT', 'DATA_DIR', 'BUSBAR_REGION']
  const more = ['BUSBAR_ACCOUNT', 'BUSBAR_ACCESS_KEYS', 'BUSBAR_RETENTION_DAYS']
  const env = Object.fromEntries([...names, ...more].map((name) => [name, '  ']))

  assert.deepEqual(busSettings({}, env), busSettings({}, {}))
})

test('a flag beats BUSBAR_HOST, which beats HOST', () => {
  const env = { HOST: '127.0.0.2', BUSBAR_HOST: '127.0.0.3' }

  assert.equal(busSettings({ host: '::1' }, env).host, '::1')
  assert.equal(busSettings({}, env).host, '127.0.0.3')
  assert.equal(busSettings({}, { HOST: '127.0.0.2' }).host, '127.0.0.2')
})

describe('access keys', () => {
  const keys = (BUSBAR_ACCESS_KEYS: string) => busSettings({}, { BUSBAR_ACCESS_KEYS }).accessKeys

  test('are pairs of id and secret, several of them while one takes the place of another', () => {
    const [first, second] = [
      ['old', `${secret}:x`],
      ['new', secret],
    ] as const
    const texts = [first, second].map((pair) => pair.join(':'))

    assert.deepEqual(keys(texts.join(',')), new Map([first, second]))
    assert.deepEqual(keys(` ${texts.join('\n')} `), new Map([first, second]))
  })

  test('that are none are refused, and no secret is repeated', () => {
    for (const value of ['nonsense', `:${secret}`, 'joe:0123456789', `ok:${secret},${secret}`])
      assert.throws(
        () => keys(value),
        ({ message }: Error) =>
          message.includes('BUSBAR_ACCESS_KEYS') && !message.includes('0123456789'),
        value,
      )
  })

  test('are needed where others reach the bus, unless it stays on this machine', () => {
    for (const host of ['0.0.0.0', '::', '192.168.1.2', 'bus.example.org']) {
      assert.throws(() => busSettings({ host }, {}), /BUSBAR_ACCESS_KEYS.*BUSBAR_HOST=127\.0\.0\.1/)
      assert.equal(busSettings({ host }, { BUSBAR_ACCESS_KEYS: `joe:${secret}` }).host, host)
    }
  })
})

test('names the setting that is wrong, and says what it may be', () => {
  for (const [name, value, may] of [
    ['BUSBAR_PORT', '65536', /0 to 65535/],
    ['BUSBAR_REGION', 'mars', /us-east-1/],
    ['BUSBAR_ACCOUNT', '123', /12 digits/],
    ['BUSBAR_RETENTION_DAYS', '1', /at least 2/],
    ['BUSBAR_RETENTION_BYTES', '5GB', /whole number/],
    ['AWS_ENDPOINT_URL_SQS', 'localhost:9324', /http:/],
    ['AWS_ENDPOINT_URL_SNS', 'http://x/?a=b', /http:/],
    ['BUSBAR_ALLOW_ADDRESSES', '10.0.0.0/33', /10\.0\.0\.0\/8/],
  ] as const)
    assert.throws(
      () => busSettings({}, { [name]: value }),
      ({ message }: Error) =>
        message.startsWith(name) && message.includes(value) && may.test(message),
    )
})

test('takes the endpoints of services, without a slash at the end', () => {
  const env = { AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:9324/', AWS_ENDPOINT_URL_LAMBDA: ' ' }

  assert.deepEqual(busSettings({}, env).endpoints, { sqs: 'http://127.0.0.1:9324' })
})

test('the Host headers that are answered are the names under which the machine finds itself', () => {
  assert.deepEqual(hostsOf('127.0.0.1', 4010), ['127.0.0.1:4010', 'localhost:4010', '[::1]:4010'])
  assert.ok(hostsOf('127.0.0.2', 80)?.includes('127.0.0.2'))
  assert.equal(hostsOf('192.168.1.2', 4010), null)
})

test('answers also to the host under which a proxy is found', () => {
  const { publicUrl } = busSettings({}, { BUSBAR_PUBLIC_URL: ' http://bus.example.org:8080 ' })
  assert.ok(publicUrl)
  assert.ok(hostsOf('127.0.0.1', 4010, publicUrl)?.includes('bus.example.org:8080'))
  assert.ok(!hostsOf('127.0.0.1', 4010)?.includes('bus.example.org:8080'))
  for (const wrong of ['bus.example.org', 'ftp://bus.example.org', ':'])
    assert.throws(() => busSettings({}, { BUSBAR_PUBLIC_URL: wrong }), /BUSBAR_PUBLIC_URL is/)
})
