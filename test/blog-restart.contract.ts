/** Ending and starting again while people write. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { aDraft } from './api.ts'
import { call } from './http.ts'
import type { Differences, Start } from './running.ts'
import { openStage, type Stage } from './stage.ts'
import { within } from './within.ts'

export function restartContract(start: Start, differences: Differences = {}): void {
  const ending = { skip: differences.without?.['an end that is asked for'] ?? false }

  describe('ending and starting again', () => {
    let stage: Stage
    beforeEach(async () => {
      stage = await openStage(start)
    })
    afterEach(async (t) => {
      stage.explain(t)
      await stage.close()
    })

    /** Authors who post without a pause until nobody answers. Resolves to the ids that were acknowledged. */
    function authors(count: number, topic: string) {
      const acknowledged: string[] = []
      const enough = Promise.withResolvers<void>()
      const limit = performance.now() + 20_000
      const write = async () => {
        while (performance.now() < limit) {
          const answer = await call(`${stage.blog().url}/api/posts`, {
            method: 'POST',
            json: aDraft({ topic }),
          }).catch(() => null)
          if (answer?.status !== 201) return answer?.status ?? null
          acknowledged.push(answer.json<{ readonly id: string }>().id)
          if (acknowledged.length === 50) enough.resolve()
        }
        return null
      }
      const done = Promise.all(Array.from({ length: count }, write))
      done.then(() => enough.resolve())
      return { acknowledged, done, enough: enough.promise }
    }

    test(
      'asked to end while posts come in, it exits with 0 and keeps every post it acknowledged',
      ending,
      async () => {
        await stage.subscribe('reader@example.org', 'ending')
        const writing = authors(8, 'ending')
        await writing.enough
        assert.equal(await stage.blog().stop(), 0)
        const last = await writing.done
        for (const status of last)
          assert.ok(
            status === null || status === 503,
            `refused with ${status}, not answered wrongly`,
          )
        assert.ok(writing.acknowledged.length >= 50)

        await stage.startAgain()
        const watch = await stage.openWatch({ topic: 'ending' })
        const stored = new Set((await stage.api.all('ending')).map(({ id }) => id))
        assert.deepEqual(
          writing.acknowledged.filter((id) => !stored.has(id)),
          [],
        )
        // What waited for its turn goes on: each gets its entities and its one mail.
        for (const id of writing.acknowledged) await stage.mailed('reader@example.org', id, 30_000)
        const { post } = await stage.api.post({ topic: 'ending' })
        await watch.wait((frame) => frame.post?.id === post.id && !!frame.post.entities, 'the last')
        await stage.mailed('reader@example.org', post.id)
        for (const id of writing.acknowledged) {
          assert.equal(stage.mailsAbout('reader@example.org', id).length, 1, id)
          assert.deepEqual((await stage.api.find(id))?.entities?.persons, ['Joe'], id)
        }
      },
    )

    test(
      'a request that is under way when it is asked to end is answered, and kept',
      ending,
      async () => {
        const told = await stage.openWatch({ topic: 'under way' })
        const body = JSON.stringify(aDraft({ topic: 'under way' }))
        const outgoing = request(`${stage.blog().url}/api/posts`, {
          method: 'POST',
          agent: false,
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
            expect: '100-continue',
          },
        })
        outgoing.flushHeaders()
        await within(10_000, 'leave to go on', once(outgoing, 'continue'))
        outgoing.write(body.slice(0, 20))
        const stopping = stage.blog().stop()
        assert.equal(await told.ended, 1001, 'the end has begun')
        outgoing.end(body.slice(20))
        const [answer] = await within(10_000, 'an answer', once(outgoing, 'response'))
        assert.equal(answer.statusCode, 201)
        const { id } = (await json(answer)) as { readonly id: string }
        assert.equal(await stopping, 0)

        await stage.startAgain()
        assert.equal((await stage.api.find(id))?.topic, 'under way')
      },
    )

    test('a mail that is under way when it is asked to end is not sent again', ending, async () => {
      await stage.subscribe('under-way@example.org', 'mails under way')
      const release = stage.mail.hold()
      const { post } = await stage.api.post({ topic: 'mails under way' })
      await stage.mailed('under-way@example.org', post.id)

      const stopping = stage.blog().stop()
      const refused = () =>
        stage.api.find(post.id).then(
          () => false,
          () => true,
        )
      while (!(await refused()));
      release()
      assert.equal(await stopping, 0)

      await stage.startAgain()
      const { post: marker } = await stage.api.post({ topic: 'mails under way' })
      await stage.mailed('under-way@example.org', marker.id)
      assert.equal(stage.mailsAbout('under-way@example.org', post.id).length, 1)
    })

    test('a browser that is connected is told of the end', ending, async () => {
      const watch = await stage.openWatch({ topic: 'ending' })
      assert.equal(await stage.blog().stop(), 0)
      assert.equal(await watch.ended, 1001)
    })

    test('a second request to end does not spoil the first', ending, async () => {
      const [first, second] = await Promise.all([stage.blog().stop(), stage.blog().stop()])
      assert.deepEqual([first, second], [0, 0])
    })
  })
}
