import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WebSocketEvent } from './lambda-event.ts'
import { webSocketApi } from './lambda-websocket.ts'
import { aContext } from './testing.ts'

const connectionId = 'L0SM9cOFvHcCIhw='
const anEvent = (routeKey: string, fields: Partial<WebSocketEvent> = {}): WebSocketEvent => ({
  ...{ requestContext: { routeKey, connectionId }, isBase64Encoded: false },
  ...fields,
})

test('$connect opens a connection, its headers by their names in lower case', async () => {
  const { call, told } = anApi()

  const answer = await call(anEvent('$connect', { headers: { Origin: 'https://blog.test' } }))

  assert.deepEqual(answer, { statusCode: 200 })
  assert.deepEqual(told, [['connect', connectionId, { origin: 'https://blog.test' }]])
})

test('$connect of who is not welcome is refused', async () => {
  const { call } = anApi()

  assert.deepEqual(await call(anEvent('$connect', { headers: { Origin: 'https://evil.test' } })), {
    statusCode: 403,
  })
})

test('$disconnect closes it', async () => {
  const { call, told } = anApi()

  assert.deepEqual(await call(anEvent('$disconnect')), { statusCode: 200 })
  assert.deepEqual(told, [['disconnect', connectionId]])
})

test('a frame is answered whatever route its action led to', async () => {
  const { call, told } = anApi()
  const frames = ['{"action":"watch","topic":"summer"}', '{"action":"unwatch"}', 'nonsense', '']

  for (const [n, body] of frames.entries())
    assert.deepEqual(
      await call(anEvent(['watch', 'unwatch', '$default', '$default'][n] as string, { body })),
      { statusCode: 200 },
    )
  await call(anEvent('$default'))

  assert.deepEqual(
    told,
    [...frames, ''].map((text) => ['answer', connectionId, text, false]),
  )
})

test('a frame of bytes is known as one', async () => {
  const { call, told } = anApi()

  await call(anEvent('$default', { body: 'AP8=', isBase64Encoded: true }))

  assert.deepEqual(told, [['answer', connectionId, 'AP8=', true]])
})

test('what fails is API Gateway’s to tell', async () => {
  const { call } = anApi()

  await assert.rejects(call(anEvent('watch', { body: 'fails' })), /No route to the table/)
})

function anApi() {
  const told: unknown[] = []
  const handler = webSocketApi({
    async connect(id, headers) {
      told.push(['connect', id, headers])
      return headers.origin === 'https://blog.test'
    },
    async disconnect(id) {
      told.push(['disconnect', id])
    },
    async answer(id, text, isBinary) {
      if (text === 'fails') throw new Error('No route to the table')
      told.push(['answer', id, text, isBinary])
    },
  })
  return { told, call: (event: WebSocketEvent) => handler(event, aContext()) }
}
