/** Connections over a table of a test, and browsers that keep what they are sent. */
import type { TestContext } from 'node:test'
import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi'
import type { Clock } from '@busbar/event-bus'
import { systemClock } from '@busbar/event-bus/adapters/node/clock'
import type { PostChange } from '../../../events.ts'
import type { Post } from '../../../post.ts'
import { type GatewayConnections, gatewayConnections } from '../connections.ts'
import { type DynamoDb, local, type TestTable } from './dynamo-db.ts'
import { type HeldConnections, listening, managementApi } from './management-api.ts'

export interface Frame {
  readonly type: string
  readonly cursor?: string
  readonly eventName?: string
  readonly post?: Partial<Post>
  readonly [field: string]: unknown
}
export interface TestBrowser {
  readonly id: string
  readonly frames: readonly Frame[]
  /** Of the posts that it was shown. */
  titles(): readonly (string | undefined)[]
  /** What API Gateway answers to whoever sends to it; a number of frames after which that begins. */
  is: 'there' | 'full' | 'broken'
  left: number
}

export interface Stage {
  readonly table: TestTable
  /** Another function's: it shares nothing with the first but the table. */
  another(clock?: Pick<Clock, 'now'>): GatewayConnections
  readonly connections: GatewayConnections
  open(id: string): Promise<TestBrowser>
  /** It is gone, and nobody was told. */
  vanish(id: string): void
  isOpen(id: string): boolean
}

export async function aStage(
  t: TestContext,
  db: DynamoDb,
  clock: Pick<Clock, 'now'> = systemClock,
): Promise<Stage> {
  const browsers = new Map<string, TestBrowser & { frames: Frame[] }>()
  const held: HeldConnections = {
    has: (id) => browsers.has(id),
    send(id, data) {
      const browser = browsers.get(id) as TestBrowser & { frames: Frame[] }
      if (browser.is !== 'there' && browser.left-- <= 0) {
        if (browser.is === 'full') return 'full'
        throw new Error('broken')
      }
      browser.frames.push(JSON.parse(data.toString()))
      return 'sent'
    },
    close: (id) => void browsers.delete(id),
  }
  const answer = managementApi(held)
  const api = await listening(async (request, response) => {
    try {
      await answer(request, response)
    } catch {
      response.writeHead(500, { 'x-amzn-errortype': 'InternalServerException' }).end('{}')
    }
  })
  const gateway = new ApiGatewayManagementApiClient({
    ...local(`${api.endpoint}/prod`),
    maxAttempts: 1,
  })
  t.after(async () => {
    gateway.destroy()
    await api.close()
  })
  const table = await db.table()
  const another = (its: Pick<Clock, 'now'> = clock) =>
    gatewayConnections({
      ...{ dynamoDb: db.client, gateway, table: table.name, clock: its },
      patience: { looks: 5, pauseMs: 20 },
    })
  const connections = another()
  return {
    table,
    another,
    connections,
    async open(id) {
      const frames: Frame[] = []
      const browser = {
        ...{ id, frames, is: 'there' as const, left: 0 },
        titles: () => frames.flatMap(({ post }) => (post ? post.title : [])),
      }
      browsers.set(id, browser)
      await connections.connect(id)
      return browser
    },
    vanish: (id) => void browsers.delete(id),
    isOpen: (id) => browsers.has(id),
  }
}

/** All the changes of a post that is created and then gets these further titles. */
export function storyOf(post: Post, ...titles: readonly string[]): readonly PostChange[] {
  const images = [post, ...titles.map((title) => ({ ...post, title }))]
  return images.map((newImage, n) => ({
    eventName: n === 0 ? 'INSERT' : 'MODIFY',
    keys: { id: post.id },
    ...(n > 0 && { oldImage: images[n - 1] as Post }),
    newImage,
    version: n + 1,
  }))
}
