/** Without a mail server nothing is lost to the reader: the mailbox page holds what would have been sent. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { call } from './http.ts'
import type { Differences, Start } from './running.ts'
import { openStage, type Stage } from './stage.ts'
import { confirmLinkIn } from './subscriber.ts'

const limitMs = 10_000

export function mailboxContract(start: Start, differences: Differences = {}): void {
  describe('the mailbox page', { skip: differences.without?.mailbox ?? false }, () => {
    let stage: Stage
    before(async () => {
      stage = await openStage(start, { hasMailServer: false })
    })
    afterEach((t) => stage.explain(t))
    after(() => stage.close())

    /** The mails that the page lists, newest first: where each is, and its line. */
    async function listed(): Promise<readonly (readonly [path: string, line: string])[]> {
      const page = await call(`${stage.blog().url}/mailbox`)
      assert.equal(page.status, 200, page.text)
      return [...page.text.matchAll(/href="(\/mailbox\/[^"]+)"([^\n]*)/g)].map(
        ([, path = '', line = '']) => [path, line],
      )
    }
    /** Loads the page again and again, as a person does, until it lists so many mails. */
    async function mails(count: number) {
      const deadline = performance.now() + limitMs
      for (;;) {
        const found = await listed()
        if (found.length >= count || performance.now() > deadline) {
          assert.equal(found.length, count)
          return found
        }
        await pause(20)
      }
    }
    const read = async (path: string) => (await call(`${stage.blog().url}${path}`)).text

    test('shows each mail once, with links that work, also after a kill', async () => {
      assert.deepEqual(await listed(), [])
      const answer = await call(`${stage.blog().url}/api/subscriptions`, {
        method: 'POST',
        json: { email: 'reader@example.org', topic: 'summer' },
      })
      assert.equal(answer.status, 202)
      const [question] = await mails(1)
      const link = confirmLinkIn(await read(question?.[0] ?? ''))
      assert.equal((await call(link as string)).status, 200)

      const { post } = await stage.api.post({ title: 'In the mailbox' })
      const [newest] = await mails(2)
      assert.match(newest?.[1] ?? '', /In the mailbox.*reader@example\.org/)
      const mail = await read(newest?.[0] ?? '')
      for (const part of ['Joe is going to Spain', `/posts/${post.id}`, 'List-Unsubscribe-Post'])
        assert.ok(mail.includes(part), part)
      const twin = await read(`${newest?.[0]}/html`)
      for (const part of [
        '>Joe is going to Spain<',
        `/posts/${post.id}"`,
        '<base target="_blank">',
      ])
        assert.ok(twin.includes(part), part)

      await stage.blog().kill()
      await stage.startAgain()
      assert.deepEqual(
        (await mails(2)).map(([path]) => path),
        [newest?.[0], question?.[0]],
      )
      await stage.api.post({ title: 'After the kill' })
      const [after] = await mails(3)
      assert.match(after?.[1] ?? '', /After the kill/)
    })
  })
}
