/**
 * Signature Version 4 by AWS's published examples (docs.aws.amazon.com/IAM, "Signature calculation
 * examples", and its test suite's requests), by our own signer, and by whoever has no key.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { handClock } from '../../testing.ts'
import { type Scope, signingKey } from './canonical-request.ts'
import { type Headers, signatures, signer } from './signature.ts'

const id = 'AKIDEXAMPLE'
const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const keys = new Map([[id, secret]])
const at = '20150830T123600Z'
const clockAt = (time: string) => handClock(time)
const clock = clockAt('2015-08-30T12:36:00Z')
const nothing = new Uint8Array()

const header = (
  signature: string,
  signedHeaders = 'host;x-amz-date',
  {
    service = 'service',
    date = '20150830',
    region = 'us-east-1',
    terminator = 'aws4_request',
  } = {},
) =>
  `AWS4-HMAC-SHA256 Credential=${id}/${date}/${region}/${service}/${terminator}, SignedHeaders=${signedHeaders}, Signature=${signature}`

const vanilla = '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'
const host = 'example.amazonaws.com'

interface Example {
  readonly method?: string
  readonly url?: string
  readonly headers?: Headers
  readonly signed?: string
  readonly body?: string
  readonly signature: string
}

const examples: Readonly<Record<string, Example>> = {
  'get-vanilla': { signature: vanilla },
  'get-vanilla-query-order-key-case': {
    url: '/?Param2=value2&Param1=value1',
    signature: 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  },
  'get-vanilla-utf8-query': {
    url: '/?%E1%88%B4=bar',
    signature: '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04',
  },
  'get-utf8': {
    url: '/ሴ',
    signature: '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85',
  },
  'get-unreserved': {
    url: '/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
    signature: '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f',
  },
  'get-space': {
    url: '/example space/',
    signature: '652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741',
  },
  'get-slash-dot-slash': { url: '/./', signature: vanilla },
  'get-relative': { url: '/example/..', signature: vanilla },
  'get-slashes': {
    url: '//example//',
    signature: '9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84',
  },
  'get-header-key-duplicate': {
    headers: { 'my-header1': ['value2', 'value2', 'value1'] },
    signed: 'host;my-header1;x-amz-date',
    signature: 'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea',
  },
  'get-header-value-trim': {
    headers: { 'my-header1': ' value1', 'my-header2': ' "a   b   c"' },
    signed: 'host;my-header1;my-header2;x-amz-date',
    signature: 'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  },
  'post-vanilla': {
    method: 'POST',
    signature: '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  },
  'post-x-www-form-urlencoded': {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    signed: 'content-type;host;x-amz-date',
    body: 'Param1=value1',
    signature: 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  },
}

describe("a request of AWS's examples is verified", () => {
  const { verify } = signatures({ keys, clock, service: 'service' })
  for (const [name, example] of Object.entries(examples)) {
    const { method = 'GET', url = '/', headers = {}, signed, body = '', signature } = example
    const asked = (changed: string) =>
      verify(
        ...([method, url] as const),
        { host, 'x-amz-date': at, ...headers, authorization: header(changed, signed) },
        Buffer.from(body),
      )
    test(name, () => {
      assert.equal(asked(signature), null)
      const wrong = `${signature.slice(0, -1)}${signature.endsWith('0') ? '1' : '0'}`
      assert.equal(asked(wrong)?.code, 'InvalidSignatureException')
    })
  }

  test('with the key and the signature of the documented ListUsers', () => {
    const scope: Scope = { date: '20150830', region: 'us-east-1', service: 'iam' }
    assert.equal(
      signingKey(secret, scope).export().toString('hex'),
      'c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9',
    )
    const sign = signer({
      ...{ accessKeyId: id, secretAccessKey: secret, region: 'us-east-1', service: 'iam', clock },
    })
    const { authorization } = sign({
      method: 'GET',
      url: 'https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08',
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: '',
    })
    assert.match(
      authorization ?? '',
      /SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7$/,
    )
  })
})

describe('whoever is turned away is told why in AWS’s words', () => {
  const { verify } = signatures({ keys, clock, service: 'service' })
  const told = (headers: Headers, url = '/', body: Uint8Array = nothing) => {
    const error = verify('GET', url, { host, 'x-amz-date': at, ...headers }, body)
    return error && [error.code, error.message]
  }
  const words =
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.'

  const cases: readonly [string, Headers, string, string | RegExp][] = [
    ['unsigned', {}, 'MissingAuthenticationTokenException', 'Missing Authentication Token'],
    [
      'with an older scheme',
      { authorization: 'Basic YTpi' },
      'IncompleteSignatureException',
      "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter.",
    ],
    [
      'with another algorithm',
      { authorization: header(vanilla).replace('HMAC-SHA256', 'HMAC-SHA1') },
      'IncompleteSignatureException',
      "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1'. It has to be AWS4-HMAC-SHA256.",
    ],
    [
      'without a time',
      { authorization: header(vanilla), 'x-amz-date': undefined },
      'IncompleteSignatureException',
      "Authorization header requires existence of a 'X-Amz-Date' header.",
    ],
    [
      'with a time that is none',
      { authorization: header(vanilla), 'x-amz-date': '20150830T993600Z' },
      'IncompleteSignatureException',
      /ISO-8601 'basic format'/,
    ],
    [
      'with a part that says nothing',
      { authorization: 'AWS4-HMAC-SHA256 Credential' },
      'IncompleteSignatureException',
      /missing equal-sign/,
    ],
    [
      'with half a credential',
      { authorization: header(vanilla).replace('/service/aws4_request', '') },
      'IncompleteSignatureException',
      /^Credential must have exactly 5 slash-delimited elements/,
    ],
    [
      'for other services and days',
      {
        authorization: header(vanilla, 'host;x-amz-date', {
          ...{ service: 's3', terminator: 'aws5_request', date: '20150831' },
        }),
      },
      'InvalidSignatureException',
      "Credential should be scoped to correct service: 'service'. Credential should be scoped with a valid terminator: 'aws4_request'. Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.",
    ],
    [
      'for any host',
      { authorization: header(vanilla, 'x-amz-date') },
      'InvalidSignatureException',
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    ],
    [
      'for any operation',
      { authorization: header(vanilla), 'x-amz-target': 'AWSEvents.PutEvents' },
      'InvalidSignatureException',
      "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization.",
    ],
    [
      'with the key of nobody',
      { authorization: header(vanilla).replace(id, 'AKIDNOBODY') },
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    ],
    [
      'with half a signature',
      { authorization: header('5fa0') },
      'InvalidSignatureException',
      words,
    ],
    [
      'with a hash of another body',
      { authorization: header(vanilla), 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
      'InvalidSignatureException',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    ],
    [
      'for another host',
      { authorization: header(vanilla), host: 'evil.example' },
      'InvalidSignatureException',
      words,
    ],
    [
      'twice',
      { authorization: [header(vanilla), header(vanilla)] },
      'MissingAuthenticationTokenException',
      'Missing Authentication Token',
    ],
  ]
  for (const [name, headers, code, message] of cases)
    test(name, () => {
      const [toldCode, toldMessage = ''] = told(headers) ?? []
      assert.equal(toldCode, code)
      if (typeof message === 'string') assert.equal(toldMessage, message)
      else assert.match(toldMessage, message)
      assert.ok(!toldMessage.includes(vanilla), 'and its signature is not repeated')
    })

  test('in the query', () => {
    assert.deepEqual(told({}, '/?X-Amz-Signature=5fa0'), [
      'IncompleteSignatureException',
      'A signature in the query is not taken here. Sign the request with the header Authorization.',
    ])
  })

  test('with another body, path or query than was signed', () => {
    const authorization = header(vanilla)
    assert.equal(told({ authorization }), null)
    for (const [url, body] of [
      ['/', '{}'],
      ['/x', ''],
      ['/?x', ''],
    ] as const)
      assert.deepEqual(told({ authorization }, url, Buffer.from(body)), [
        'InvalidSignatureException',
        words,
      ])
  })

  test('from five minutes before and after', () => {
    const said = (now: string) =>
      signatures({ keys, clock: clockAt(now), service: 'service' }).verify(
        ...(['GET', '/'] as const),
        { host, 'x-amz-date': at, authorization: header(vanilla) },
        nothing,
      )?.message ?? null

    assert.equal(said('2015-08-30T12:41:00Z'), null)
    assert.equal(said('2015-08-30T12:31:00Z'), null)
    assert.equal(
      said('2015-08-30T12:41:01Z'),
      'Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z - 5 min.)',
    )
    assert.equal(
      said('2015-08-30T12:30:59Z'),
      'Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T123059Z + 5 min.)',
    )
  })
})

describe('what the signer signs is verified', () => {
  const events = { region: 'eu-west-3', service: 'events', clock }
  const credentials = { accessKeyId: id, secretAccessKey: secret }
  const { verify, opened, isKey } = signatures({ keys, ...events })
  const request = {
    method: 'POST',
    url: "http://127.0.0.1:4010/a%20b/ü/../c'd/?z=1&a=%2F+x&a=&b",
    headers: {
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': 'AWSEvents.PutEvents',
    },
    body: '{"Entries":"ü"}',
  }
  /** As the server has it. */
  const received = (headers: Readonly<Record<string, string>>) => ({
    host: '127.0.0.1:4010',
    ...Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value]]),
    ),
  })
  const { pathname, search } = new URL(request.url)
  const url = `${pathname}${search}`

  test('with a session token or without, wherever it goes', () => {
    for (const sessionToken of [{}, { sessionToken: 'a token' }]) {
      const headers = received(signer({ ...credentials, ...events, ...sessionToken })(request))
      const body = Buffer.from(request.body)

      assert.equal(verify('POST', url, headers, body), null)
      assert.equal(typeof opened('POST', url, headers), 'function')
      for (const changed of ['x-amz-date', 'x-amz-target', 'content-type', 'host'])
        assert.ok(verify('POST', url, { ...headers, [changed]: 'x' }, body), changed)
      assert.ok(verify('GET', url, headers, body))
    }
  })

  test('with as many regions as somebody makes up', () => {
    for (let made = 0; made < 600; made++) {
      const sign = signer({ ...credentials, ...events, region: `r${made}` })
      const headers = received(sign(request))
      assert.equal(verify('POST', url, headers, Buffer.from(request.body)), null)
    }
  })

  test('and a key is one by its id and its secret', () => {
    assert.equal(isKey(id, secret), true)
    for (const [i, s] of [
      [id, `${secret}x`],
      [id, ''],
      ['', ''],
      ['constructor', 'x'],
    ] as const)
      assert.equal(isKey(i, s), false)
  })
})
