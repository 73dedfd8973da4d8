/** What API Gateway does in front of the functions: who may write, and what never reaches them. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { aDraft } from '../api.ts'
import { call } from '../http.ts'
import type { Open, Stage } from '../stage.ts'

export function gatewayContract(openStage: Open): void {
  describe('in front of the functions on AWS', () => {
    let stage: Stage
    before(async () => {
      stage = await openStage()
    })
    after(() => stage.close())

    const post = (headers: Readonly<Record<string, string>>) =>
      call(`${stage.blog().url}/api/posts`, { method: 'POST', json: aDraft(), headers })

    test('writing takes the author’s token, and reading does not', async () => {
      const { authorToken } = stage.blog()
      assert.equal((await post({})).status, 401)
      assert.equal((await post({ authorization: 'Bearer nearly' })).status, 403)
      assert.equal((await post({ authorization: `Basic ${authorToken}` })).status, 403)
      const written = await post({ authorization: `Bearer ${authorToken}` })
      assert.equal(written.status, 201, written.text)
      const { id } = written.json<{ readonly id: string }>()
      for (const method of ['PATCH', 'DELETE']) {
        const headers = { 'if-match': '*' }
        const answer = await call(stage.api.addressOf(id), { method, headers })
        assert.equal(answer.status, 401, method)
      }
      assert.equal((await stage.api.find(id))?.id, id)
    })

    test('a form without the author’s token writes nothing', async () => {
      const form = { ...aDraft({ topic: 'forms' }), token: 'nearly' }
      const answer = await call(`${stage.blog().url}/write`, { method: 'POST', form })
      assert.equal(answer.status, 401)
      assert.deepEqual(await stage.api.all('forms'), [])
    })

    test('another host and a binary frame get no further', async () => {
      const answer = await call(`${stage.blog().url}/`, { headers: { host: 'evil.example' } })
      assert.equal(answer.status, 403)
      const socket = await stage.openSocket()
      socket.send(Buffer.from('{"action":"watch","topic":"binary"}'))
      assert.equal(await socket.ended, 1003)
      assert.deepEqual(socket.frames.items, [])
    })
  })
}
