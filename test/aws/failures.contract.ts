/** What the flow says of failures holds on AWS: for handlers that fail, and for functions that die. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kill } from 'node:process'
import { after, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Draft, Post } from '../../blog/post.ts'
import { aDraft } from '../api.ts'
import { call } from '../http.ts'
import { random } from '../random.ts'
import { settings } from '../settings.ts'
import { openStage } from '../stage.ts'
import { assertStories } from '../story.ts'
import { type LocalAws, startLocalAws } from './local-aws.ts'
import { running, startOnAws } from './on-aws.ts'
import { failingStack } from './synth.ts'

const limitMs = 30_000

/** Looks again and again until the queue has so many messages, and answers them. */
async function messagesOn({ services, output }: LocalAws, queue: string, count: number) {
  for (const giveUp = performance.now() + limitMs; ; await pause(50)) {
    const found = await services.queues.messages(queue)
    if (found.length >= count) return found
    assert.ok(performance.now() < giveUp, `${queue} has ${found.length} messages; ${output()}`)
  }
}

/** Posts under one key until it is answered. */
async function insistently(url: string, draft: Draft): Promise<Post> {
  for (const giveUp = performance.now() + limitMs; ; await pause(20)) {
    const answer = await call(`${url}/api/posts`, {
      ...{ method: 'POST', json: draft, headers: { 'idempotency-key': draft.title } },
    })
    if (answer.status === 201) return answer.json<Post>()
    assert.equal(answer.status, 500, answer.text)
    assert.ok(performance.now() < giveUp, answer.text)
  }
}

export function failuresContract(): void {
  describe('a handler that fails on AWS', () => {
    let dataDir: string
    let aws: LocalAws
    after(async () => {
      await aws?.kill()
      await rm(dataDir, { recursive: true, force: true })
    })

    const countOf = (text: string) => aws.output().split(text).length - 1

    test('is tried again as the flow says, and no more; what refuses is dead at once; both tell EventBridge’s attributes', async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'busbar-aws-'))
      aws = await startLocalAws({ files: await failingStack(), dataDir })
      const { Entries = [] } = await aws.services.buses.events.putEvents({
        Entries: [
          {
            ...{ EventBusName: 'failing-shop', Source: 'shop', DetailType: 'Placed' },
            Detail: '{"order":"7"}',
          },
        ],
      })
      const id = Entries[0]?.EventId
      const [refused] = await messagesOn(aws, 'failing-refuse-dead-letters', 1)
      const [thrown] = await messagesOn(aws, 'failing-throw-always-dead-letters', 1)
      for (const dead of [refused, thrown]) {
        assert.equal(JSON.parse(dead?.body ?? '').id, id, 'the event as it was')
        assert.match(dead?.attributes.TARGET_ARN ?? '', /:failing-(refuse|throw-always)$/)
        assert.match(dead?.attributes.RULE_ARN ?? '', /:rule\/failing-shop\/failing-placed$/)
      }
      assert.equal(refused?.attributes.RETRY_ATTEMPTS, '0')
      assert.equal(refused?.attributes.ERROR_CODE, 'INVALID_PARAMETER')
      assert.equal(refused?.attributes.EXHAUSTED_RETRY_CONDITION, undefined)
      assert.equal(thrown?.attributes.RETRY_ATTEMPTS, '2')
      assert.equal(thrown?.attributes.EXHAUSTED_RETRY_CONDITION, 'MaximumRetryAttempts')
      assert.match(thrown?.attributes.ERROR_MESSAGE ?? '', /nothing can be done for 7/)
      assert.equal(countOf('"An attempt failed","target":"throw-always"'), 3)
      assert.equal(countOf('"An attempt failed","target":"refuse"'), 1)
    })

    test('is given up on when it takes too long, and done by its next attempt', async () => {
      for (const giveUp = performance.now() + limitMs; ; await pause(50)) {
        const counts = await aws.services.queues.counts()
        if (counts.get('failing-hesitate') === 0) break
        assert.ok(performance.now() < giveUp, aws.output())
      }
      assert.equal(countOf('"An attempt failed","target":"hesitate"'), 1)
      assert.deepEqual(await aws.services.queues.messages('failing-hesitate-dead-letters'), [])
      assert.deepEqual(aws.services.endpoint.denied, [], 'each function may do what it does')
    })
  })

  test('functions that are killed while authors write lose nothing: entities, mails, and each change to each browser', async (t) => {
    t.diagnostic(`BUSBAR_SEED=${settings.seed}`)
    const { int, pick } = random(settings.seed)
    const stage = await openStage(startOnAws())
    t.after(() => stage.close())
    const aws = running.get(stage.blog()) as LocalAws
    const topic = 'killed'
    await stage.subscribe('reader@example.org', topic)
    const stays = await stage.openWatch({ topic })

    let kills = 0
    let isWriting = true
    const killing = (async () => {
      while (isWriting) {
        await pause(int(100, 600))
        const pids = [...aws.deployed.functions.values()].flatMap((each) => each.pids())
        if (pids.length === 0) continue
        try {
          kill(pick(pids), 'SIGKILL')
          kills++
        } catch {
          // It has ended by itself.
        }
      }
    })()
    const stories = new Map<string, { titles: string[]; isRemoved: boolean }>()
    const titles = Array.from({ length: 15 }, (_, at) => `Post ${at}`)
    const left = titles.values()
    await Promise.all(
      [1, 2, 3].map(async () => {
        for (const title of left) {
          // A function that is killed answers 500, and nobody knows what it had done: the key tells.
          const post = await insistently(stage.blog().url, aDraft({ title, topic }))
          stories.set(post.id, { titles: [title], isRemoved: false })
        }
      }),
    )
    isWriting = false
    await killing
    assert.ok(kills > 3, `${kills} were killed`)

    const patienceMs = 60_000
    const ids = [...stories.keys()]
    await stays.frames.until(
      (frames) =>
        ids.every((id) =>
          frames.some(({ post }) => post?.id === id && post.entities !== undefined),
        ),
      'all entities',
      patienceMs,
    )
    for (const id of ids) await stage.mailed('reader@example.org', id, patienceMs)
    assertStories(stays.changes(), stories)
    const counts = await aws.services.queues.counts()
    const dead = [...counts].filter(([name, count]) => name.endsWith('dead-letters') && count > 0)
    assert.deepEqual(dead, [])
    assert.deepEqual(aws.services.endpoint.denied, [], 'each function may do what it does')
    const mails = ids.map((id) => stage.mailsAbout('reader@example.org', id).length)
    const copies = mails.reduce((sum, count) => sum + count, 0) - ids.length
    // Each copy needs a function that was killed between SES's answer and the end of its invocation.
    assert.ok(copies <= kills, `${copies} copies of ${ids.length} mails`)
    t.diagnostic(`${kills} functions killed, ${copies} mails came twice`)
  })
}
