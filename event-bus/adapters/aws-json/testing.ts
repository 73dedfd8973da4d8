/** What tests of the wire need: a whole bus in memory behind the door, listening on a free port. */
import { once } from 'node:events'
import { createServer, type RequestListener, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { engine } from '../../engine/engine.ts'
import { type EventBridge, eventBridge } from '../../event-bridge/event-bridge.ts'
import { operations } from '../../event-bridge/operations.ts'
import { settings } from '../../settings.ts'
import { plainSecrets } from '../../testing/event-bridge.ts'
import { memoryStore } from '../memory/store.ts'
import { systemClock as clock } from '../node/clock.ts'
import { type AwsJsonOptions, awsJson } from './aws-json.ts'

/** Started; ends with the test. */
export async function aBridge(t: TestContext): Promise<EventBridge> {
  const made = await engine({ store: memoryStore(), clock, random: Math.random, failed: () => {} })
  const bridge = eventBridge({
    ...{ engine: made, settings: settings(made.inside), secrets: plainSecrets },
    ...{ functions: new Map(), topics: new Map() },
    http: { request: async () => ({ status: 200, headers: {}, body: '' }) },
  })
  await made.start({ rules: [], fanOutTargets: new Map(), pipes: new Map() })
  bridge.start()
  t.after(async () => {
    bridge.close()
    await made.close(0)
  })
  return bridge
}

export interface Asked {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string
}

/** Listens until the test ends. */
export async function listening(t: TestContext, requests: RequestListener) {
  const server = createServer(requests)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    endpoint: `http://127.0.0.1:${port}`,
    /** One request on a connection of its own. */
    async ask(
      target: string,
      body: string | Uint8Array = '',
      headers: Readonly<Record<string, string>> = {},
    ): Promise<Asked> {
      const asked = request({
        ...{ host: '127.0.0.1', port, method: 'POST', agent: false },
        headers: { 'x-amz-target': target, ...headers },
      })
      asked.end(body)
      const [answer] = await once(asked, 'response')
      asked.on('error', () => {}) // of a body that nobody reads any more
      return { status: answer.statusCode, headers: answer.headers, body: await text(answer) }
    },
    /** Sends bytes as they are, ends its side, and answers all that comes back. */
    async send(bytes: string | Uint8Array): Promise<string> {
      const socket = connect(port, '127.0.0.1')
      socket.end(bytes)
      return text(socket).catch(() => '') // some are answered with a reset
    },
  }
}

/** The whole bus, as SDKs see it. */
export async function aDoor(t: TestContext, options: Partial<AwsJsonOptions> = {}) {
  const bridge = options.operations ? null : await aBridge(t)
  const logged: object[] = []
  const door = await listening(
    t,
    awsJson({
      operations: bridge ? operations(bridge) : new Map(),
      ...{ signatures: null, clock, log: (line) => logged.push(line) },
      ...options,
    }),
  )
  return { ...door, logged }
}
