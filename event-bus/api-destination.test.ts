import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { apiDestination, apiDestinationChanges, updatedApiDestination } from './api-destination.ts'

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

  test('is called no more often than its quota allows', () => {
    const often = { ...request, InvocationRateLimitPerSecond: 301 }

    assert.throws(() => apiDestination(often), {
      code: 'LimitExceededException',
      message:
        "Failed to create the api-destination(s). Invalid Invocation Rate Limit: Rate specified '301' for 'crm' exceeds maximum allowed of '300'.",
    })
    assert.equal(apiDestination(often, { mostPerSecond: 500 }).InvocationRateLimitPerSecond, 301)
  })

  test('is changed by what is asked for, and an empty description is none', () => {
    const stored = apiDestination({
      ...request,
      Description: 'Orders',
      InvocationRateLimitPerSecond: 5,
    })
    const updated = (fields: object) =>
      updatedApiDestination(stored, apiDestinationChanges({ Name: 'crm', ...fields }))
    const { Description: _, ...rest } = stored

    assert.deepEqual(updated({ HttpMethod: 'PUT' }), { ...stored, HttpMethod: 'PUT' })
    assert.deepEqual(updated({}), stored)
    assert.deepEqual(updated({ Description: '' }), rest)
    assert.throws(() => updated({ InvocationRateLimitPerSecond: 999 }), {
      code: 'LimitExceededException',
      message: /^Failed to update the api-destination\(s\)\. Invalid Invocation Rate Limit: /,
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
          "Value null at 'invocationEndpoint' failed to satisfy constraint: Member must not be null; " +
          "Value 'TRACE' at 'httpMethod' failed to satisfy constraint: Member must satisfy enum value set: [HEAD, POST, PATCH, DELETE, PUT, GET, OPTIONS]; " +
          "Value '0' at 'invocationRateLimitPerSecond' failed to satisfy constraint: Member must have value greater than or equal to 1",
      ),
    )
  })

  for (const [member, value, message] of [
    ['Name', 'x'.repeat(65), /at 'name' .* length less than or equal to 64$/],
    [
      'Name',
      '',
      /Value '' at 'name' .* pattern: .*; .* 'name' .* length greater than or equal to 1$/,
    ],
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
    'api.example.org/orders/*',
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

  for (const endpoint of [
    'http://api.example.org/',
    'http://127.0.0.1.example.org/',
    'http://localhost.example.org/',
    'http://10.0.0.1/',
    'ftp://api.example.org/',
    'file:///etc/passwd',
    'https://',
    'https://*.example.org/',
    'https://me@api.example.org/',
  ])
    test(`may not be ${endpoint}`, () => {
      const why = `. Parameter InvocationEndpoint is not valid. Reason: Endpoint '${endpoint}' is invalid, please provide a valid HTTPS endpoint URL.`
      const stored = apiDestination(request)
      const changes = { Name: 'crm', InvocationEndpoint: endpoint }

      assert.throws(
        () => apiDestination({ ...request, InvocationEndpoint: endpoint }),
        invalid(`Failed to create the api-destination(s)${why}`),
      )
      assert.throws(
        () => updatedApiDestination(stored, apiDestinationChanges(changes)),
        invalid(`Failed to update the api-destination(s)${why}`),
      )
    })

  test('is looked at when all else is as the model says', () => {
    const both = { ...request, HttpMethod: 'SEND', InvocationEndpoint: 'http://api.example.org/' }

    assert.throws(() => apiDestination(both), invalid(/^1 validation error .*'httpMethod'/))
  })
})
