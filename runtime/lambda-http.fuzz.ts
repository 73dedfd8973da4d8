import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { httpApi } from './lambda-http.ts'
import { aContext, aRequest } from './testing.ts'

/** Of a path; dots alone and backslashes mean something else in an address. */
const segment = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((text) => !/[/\\]|^\.{1,2}$|^%2e|%[0-9a-f]{2}/i.test(text) && text.isWellFormed())

test('a path is the one that was asked for, whatever is in it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(segment, { maxLength: 4 }), fc.string(), async (segments, query) => {
      const path = `/${segments.join('/')}`
      let seen = ''
      const handler = httpApi((request) => {
        seen = new URL(request.url).pathname
        return new Response('')
      })

      const rawQueryString = encodeURIComponent(query.toWellFormed())
      await handler({ ...aRequest('GET', path), rawQueryString }, aContext())

      assert.deepEqual(seen.split('/').map(decodeURIComponent), path.split('/'))
    }),
  )
})

test('a body comes and goes as it is, text or bytes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      ),
      fc.boolean(),
      async (bytes, encoded) => {
        const isText = Buffer.from(bytes.toString()).equals(bytes)
        const isBase64Encoded = encoded || !isText
        const body = bytes.toString(isBase64Encoded ? 'base64' : 'utf8')
        const echo = httpApi(async (request) => new Response(await request.arrayBuffer()))

        const answer = await echo({ ...aRequest('POST', '/'), body, isBase64Encoded }, aContext())

        const sent = Buffer.from(answer.body, answer.isBase64Encoded ? 'base64' : 'utf8')
        assert.deepEqual(sent, bytes)
        assert.equal(answer.isBase64Encoded, !isText)
      },
    ),
  )
})
