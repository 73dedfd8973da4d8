/** The blog's own buses by the AWS SDK: what others may add to a flow that runs. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import {
  CreateEventBusCommand,
  DeleteRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge'
import { embedded } from './embedded.ts'
import { call } from './http.ts'
import { openStage, type Stage } from './stage.ts'

const account = 'us-east-1:000000000000'

describe('the buses of the blog', () => {
  let stage: Stage
  let client: EventBridgeClient
  before(async () => {
    stage = await openStage(embedded)
    client = new EventBridgeClient({
      endpoint: stage.blog().busUrl,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    })
  })
  after(async () => {
    client.destroy()
    await stage.close()
  })

  test('list the rules of the flow, with the functions and the topic that they lead to', async () => {
    const { Rules = [] } = await client.send(new ListRulesCommand({ EventBusName: 'blog' }))
    const creation = Rules.find(({ Name }) => Name === 'blog-post-creation')
    assert.deepEqual(JSON.parse(creation?.EventPattern ?? ''), {
      source: ['blog'],
      'detail-type': ['BlogPostCreated'],
    })

    const { Targets = [] } = await client.send(
      new ListTargetsByRuleCommand({ EventBusName: 'blog', Rule: 'blog-post-creation' }),
    )
    assert.deepEqual(Targets.map(({ Arn }) => Arn).sort(), [
      `arn:aws:lambda:${account}:function:count-readers`,
      `arn:aws:lambda:${account}:function:recognize-entities`,
      `arn:aws:sns:${account}:new-posts`,
    ])
  })

  test('let nobody change a rule of the flow', async () => {
    await assert.rejects(
      client.send(new DeleteRuleCommand({ EventBusName: 'blog', Name: 'blog-post-creation' })),
      { name: 'ManagedRuleException' },
    )
  })

  test('tell a rule that was put beside those of the flow', async () => {
    const rule = { EventBusName: 'blog', Rule: 'audit' }
    await client.send(
      new PutRuleCommand({
        ...{ EventBusName: 'blog', Name: 'audit' },
        EventPattern: '{"detail-type":["BlogPostCreated"]}',
      }),
    )
    await client.send(
      new PutTargetsCommand({
        ...rule,
        Targets: [
          {
            ...{ Id: 'log', Arn: `arn:aws:logs:${account}:log-group:audit` },
            InputTransformer: {
              InputPathsMap: { id: '$.detail.id' },
              InputTemplate: '{"message":<id>}',
            },
          },
        ],
      }),
    )

    const { post } = await stage.api.post({ topic: 'audited' })

    const file = join(stage.blog().dataDir, 'log-groups', 'audit.log')
    await until(async () => (await readFile(file, 'utf8').catch(() => '')).includes(post.id))
  })

  test('a function of the flow is called for a rule of another bus, and one that nobody has is not', async () => {
    await client.send(new CreateEventBusCommand({ Name: 'shop' }))
    await client.send(
      new PutRuleCommand({
        ...{ EventBusName: 'shop', Name: 'hear' },
        EventPattern: '{"source":["shop"]}',
      }),
    )
    const functionArn = (name: string) => `arn:aws:lambda:${account}:function:${name}`
    await client.send(
      new PutTargetsCommand({
        ...{ EventBusName: 'shop', Rule: 'hear' },
        Targets: [
          { Id: 'known', Arn: functionArn('recognize-entities') },
          { Id: 'unknown', Arn: functionArn('nobody') },
        ],
      }),
    )
    const { post } = await stage.api.post({ topic: 'elsewhere' })
    await client.send(
      new PutEventsCommand({
        Entries: [
          {
            ...{ EventBusName: 'shop', Source: 'shop', DetailType: 'Reread' },
            Detail: JSON.stringify(post),
          },
        ],
      }),
    )

    await until(async () => {
      const { targets } = (await call(`${stage.blog().busUrl}/status.json`)).json<Status>()
      const of = (id: string) => targets.find(({ key }) => key === `shop/hear/${id}`)
      const [known, unknown] = [of('known'), of('unknown')]
      if (unknown?.dead !== 1 || known?.waiting !== 0 || known.underWay !== 0) return false
      assert.equal(known.dead, 0)
      return true
    })
  })
})

/** For what nothing outside the process tells: asks again, every 50 ms, for 20 s. */
async function until(done: () => Promise<boolean>): Promise<void> {
  const stop = AbortSignal.timeout(20_000)
  while (!(await done())) {
    stop.throwIfAborted()
    await pause(50)
  }
}

interface Status {
  readonly targets: readonly {
    readonly key: string
    readonly waiting: number
    readonly underWay: number
    readonly dead: number
  }[]
}
