import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { apiDestination } from './api-destination.ts'

const request = {
  Name: 'crm',
  ConnectionArn: 'arn:aws:events:eu-central-1:000000000000:connection/crm/0190-abc',
  InvocationEndpoint: 'https://api.example.org/v1/*/orders',
  HttpMethod: 'POST',
}
const invalid = (message: string | RegExp) => ({
  name: 'ValidationException',
  code: 'ValidationException',
  message,
})

describe('an API destination', () => {
  test('is called at most 300 times a second unless it is told', () => {
    assert.deepEqual(apiDestination(request), { ...request, InvocationRateLimitPerSecond: 300 })
    assert.equal(
      apiDestination({ ...request, InvocationRateLimitPerSecond: 1 }).InvocationRateLimitPerSecond,
      1,
    )
  })

  test('is changed by what is stored with what is asked for', () => {
    const stored = apiDestination({
      ...request,
      Description: 'Orders',
      InvocationRateLimitPerSecond: 5,
    })

    assert.deepEqual(apiDestination({ ...stored, HttpMethod: 'PUT' }), {
      ...stored,
      HttpMethod: 'PUT',
    })
  })

  test('keeps nothing that it does not know', () => {
    assert.ok(!('Extra' in apiDestination({ ...request, Extra: 'x' })))
  })

  test('tells all faults at once, in EventBridge’s words', () => {
    assert.throws(
      () =>
        apiDestination({
          Name: 'no spaces!',
          ConnectionArn: request.ConnectionArn,
          HttpMethod: 'TRACE',
          InvocationRateLimitPerSecond: 0,
        }),
      invalid(
        '4 validation errors detected: ' +
          "Value 'no spaces!' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+; " +
          "Value 'TRACE' at 'httpMethod' failed to satisfy constraint: Member must satisfy enum value set: [POST, GET, HEAD, OPTIONS, PUT, PATCH, DELETE]; " +
          "Value '0' at 'invocationRateLimitPerSecond' failed to satisfy constraint: Member must have value greater than or equal to 1; " +
          "Value null at 'invocationEndpoint' failed to satisfy constraint: Member must not be null",
      ),
    )
  })

  for (const [member, value, message] of [
    ['Name', 'x'.repeat(65), /at 'name' .* length less than or equal to 64$/],
    ['Name', '', /at 'name' .* length greater than or equal to 1; Value '' at 'name' .* pattern: /],
    ['Description', 'x'.repeat(513), /at 'description' .* less than or equal to 512$/],
    ['ConnectionArn', 'crm', /at 'connectionArn' .* pattern: \^arn:aws/],
    ['InvocationEndpoint', `https://e.org/${'x'.repeat(2035)}`, /less than or equal to 2048$/],
    ['InvocationEndpoint', 'https://e.org/a b', /at 'invocationEndpoint' .* pattern: /],
  ] as const)
    test(`is refused with ${member} ${JSON.stringify(value).slice(0, 20)}`, () => {
      assert.throws(() => apiDestination({ ...request, [member]: value }), invalid(message))
    })

  for (const [member, value, message] of [
    ['Name', 7, 'NUMBER_VALUE can not be converted to a String (at name)'],
    ['Description', {}, 'Start of structure or map found where not expected. (at description)'],
    [
      'InvocationRateLimitPerSecond',
      1.5,
      'DECIMAL_VALUE can not be converted to an Integer (at invocationRateLimitPerSecond)',
    ],
    [
      'InvocationRateLimitPerSecond',
      '5',
      'STRING_VALUE can not be converted to an Integer (at invocationRateLimitPerSecond)',
    ],
  ] as const)
    test(`is not read with ${member} ${JSON.stringify(value)}`, () => {
      assert.throws(() => apiDestination({ ...request, [member]: value }), {
        code: 'SerializationException',
        message,
      })
    })

  test('is refused when it is no object', () => {
    for (const value of [[], 'x', 7])
      assert.throws(() => apiDestination(value), { code: 'SerializationException' })
    assert.throws(() => apiDestination(null), invalid(/at 'request' .* not be null/))
  })
})

describe('its endpoint', () => {
  for (const endpoint of [
    'https://api.example.org',
    'https://api.example.org:8443/a/*/b/*?x=y',
    'http://localhost:3000/hook',
    'http://127.0.0.1:3000/hook',
    'http://127.1/hook',
  ])
    test(`may be ${endpoint}`, () => {
      assert.equal(
        apiDestination({ ...request, InvocationEndpoint: endpoint }).InvocationEndpoint,
        endpoint,
      )
    })

  for (const [endpoint, why] of [
    ['http://api.example.org/', /must use HTTPS/],
    ['http://127.0.0.1.example.org/', /must use HTTPS/],
    ['http://localhost.example.org/', /must use HTTPS/],
    ['http://10.0.0.1/', /must use HTTPS/],
    ['ftp://api.example.org/', /must use HTTPS/],
    ['file:///etc/passwd', /must use HTTPS/],
    ['api.example.org', /it is no URL/],
    ['https://', /it is no URL/],
    ['https://*.example.org/', /stands in the path alone/],
    ['https://me:hunter2@api.example.org/', /credentials belong in the connection/],
  ] as const)
    test(`may not be ${endpoint}`, () => {
      assert.throws(
        () => apiDestination({ ...request, InvocationEndpoint: endpoint }),
        ({ code, message }: { code: string; message: string }) => {
          assert.equal(code, 'ValidationException')
          assert.match(message, /^Parameter InvocationEndpoint is not valid\. Reason: /)
          assert.match(message, why)
          assert.ok(!message.includes('hunter2'))
          return true
        },
      )
    })
})
