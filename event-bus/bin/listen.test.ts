import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, get, type IncomingMessage, type RequestListener } from 'node:http'
import { type TestContext, test } from 'node:test'
import { address, closed, listen } from './listen.ts'

const host = '127.0.0.1'

test('answers at once that it is not ready, and then as it is told to', {
  timeout: 5_000,
}, async (t) => {
  const listening = await started(t)

  const early = await answer(listening.port)
  assert.equal(early.statusCode, 503)
  assert.equal(early.headers['retry-after'], '1')
  listening.requests = (_request, response) => response.writeHead(204).end()

  assert.equal((await answer(listening.port)).statusCode, 204)
})

test('names the port that is taken and the setting that moves it', {
  timeout: 5_000,
}, async (t) => {
  const { port } = await started(t)

  await assert.rejects(listen('BUSBAR_PORT', host, port), ({ message }: Error) =>
    [`${port}`, 'is taken', 'BUSBAR_PORT'].every((part) => message.includes(part)),
  )
})

test('names the settings of an address that is not this machine', { timeout: 5_000 }, async () => {
  await assert.rejects(listen('PORT', '192.0.2.1', 0), /192\.0\.2\.1.*EADDRNOTAVAIL.*HOST.*PORT/)
})

test('lets a request that is under way end, and then waits no longer', {
  timeout: 2_000,
}, async (t) => {
  const listening = await started(t)
  const asked = Promise.withResolvers<Parameters<RequestListener>[1]>()
  listening.requests = (_request, response) => asked.resolve(response)
  const answered = answer(listening.port)
  const response = await asked.promise

  const ended = closed(listening.server, 60_000)
  assert.equal(listening.server.listening, false, 'it takes no more')
  response.writeHead(204).end()

  assert.equal((await answered).statusCode, 204)
  await ended
})

test('cuts off a request that does not end', { timeout: 5_000 }, async (t) => {
  const listening = await started(t)
  const asked = Promise.withResolvers<void>()
  listening.requests = () => asked.resolve()
  const answered = answer(listening.port)
  answered.catch(() => {}) // looked at below
  await asked.promise

  await closed(listening.server, 1)

  await assert.rejects(answered, { code: 'ECONNRESET' })
})

test('does not wait for a connection that nobody asks anything on', {
  timeout: 5_000,
}, async (t) => {
  const listening = await started(t)
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  await answer(listening.port, agent)

  await closed(listening.server, 60_000)
})

test('writes addresses as a browser takes them', () => {
  assert.equal(address('127.0.0.1', 3000), 'http://127.0.0.1:3000')
  assert.equal(address('::1', 3000), 'http://[::1]:3000')
  assert.equal(address('[::1]', 3000), 'http://[::1]:3000')
})

async function started(t: TestContext) {
  const listening = await listen('PORT', host, 0)
  t.after(() => listening.server.listening && closed(listening.server, 0))
  return listening
}

async function answer(port: number, agent?: Agent): Promise<IncomingMessage> {
  const [message] = await once(get({ host, port, ...(agent && { agent }) }), 'response')
  message.resume()
  await once(message, 'end')
  return message
}
