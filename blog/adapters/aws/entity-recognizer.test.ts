import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { ComprehendClient } from '@aws-sdk/client-comprehend'
import { assertInPlace } from '../../entity-recognizer.contract.ts'
import { entityRecognizerContract } from '../../ports.contract.ts'
import { loadGazetteer } from '../entities/gazetteer.ts'
import { recognize } from '../entities/recognize.ts'
import { comprehendEntityRecognizer } from './entity-recognizer.ts'
import { comprehend } from './testing/comprehend.ts'
import { local } from './testing/dynamo-db.ts'
import { listening } from './testing/management-api.ts'

async function make(find: Parameters<typeof comprehend>[0]) {
  const service = comprehend(find)
  const server = await listening(service.listener)
  const client = new ComprehendClient({ ...local(server.endpoint), maxAttempts: 2 })
  return {
    service,
    recognizer: comprehendEntityRecognizer(client),
    async close() {
      client.destroy()
      await server.close()
    },
  }
}

entityRecognizerContract('comprehendEntityRecognizer', async () => {
  const placeOf = loadGazetteer()
  return make((text) => recognize(text, placeOf))
})

/** Finds a word wherever it stands. */
const findingType = (word: string, type: string) => (text: string) =>
  [...text.matchAll(new RegExp(word, 'g'))].map(({ index }) => ({
    ...{ type, text: word, beginOffset: index, endOffset: index + word.length, score: 0.9 },
  }))
const finding = (word: string) => findingType(word, 'PERSON')

async function open(t: TestContext, find: Parameters<typeof comprehend>[0]) {
  const made = await make(find)
  t.after(made.close)
  return made
}

suite('comprehendEntityRecognizer', () => {
  test('asks for no more than Comprehend reads at a time, and finds each name once, in its place', async (t) => {
    const { recognizer, service } = await open(t, finding('東京😀'))
    const text = '東京😀は大きい。'.repeat(9_000)

    const found = await recognizer.recognize(text)

    assertInPlace(text, found)
    assert.equal(found.length, 9_000)
    const bytes = service.asked.map((each) => each.bytes)
    assert.ok(bytes.length > 3, `${bytes.length} requests`)
    assert.ok(bytes.every((each) => each <= 100_000))
  })

  test('reads a text in the language it is in, and in English where names are not known or none is sure', async (t) => {
    const { recognizer, service } = await open(t, finding('Joe'))
    const asked = async (code: string, score: number) => {
      service.language = { code, score }
      await recognizer.recognize('Joe va en España')
      return service.asked.at(-1)?.language
    }

    assert.equal(await asked('es', 0.9), 'es')
    assert.equal(await asked('zh-TW', 0.9), 'zh-TW')
    assert.equal(await asked('fi', 0.9), 'en')
    assert.equal(await asked('es', 0.4), 'en')
  })

  test('leaves out what is neither person, place nor organisation', async (t) => {
    const types = ['DATE', 'EVENT', 'TITLE', 'OTHER', 'QUANTITY', 'COMMERCIAL_ITEM', 'NEW']
    for (const type of types) {
      const { recognizer } = await open(t, findingType('Joe', type))
      assert.deepEqual(await recognizer.recognize('Joe'), [], type)
    }
  })

  test('asks nothing about a text of blanks', async (t) => {
    const { recognizer, service } = await open(t, finding('Joe'))
    assert.deepEqual(await recognizer.recognize(' \n\t'), [])
    assert.deepEqual(service.asked, [])
  })

  test('keeps the first of two names that overlap', async (t) => {
    const { recognizer } = await open(t, (text) =>
      ['York City', 'New York'].flatMap((word) => finding(word)(text)),
    )
    const found = await recognizer.recognize('New York City')
    assert.deepEqual(
      found.map(({ text }) => text),
      ['New York'],
    )
  })

  test('asks again when it is throttled, and fails to be tried again when it still is', async (t) => {
    const { recognizer, service } = await open(t, finding('Joe'))
    const throttled = { status: 400, type: 'TooManyRequestsException' }

    service.refusals.push(throttled)
    assert.equal((await recognizer.recognize('Joe')).length, 1)

    service.refusals.push(throttled, throttled)
    await assert.rejects(recognizer.recognize('Joe'), {
      name: 'DeliveryFailed',
      code: 'THROTTLING',
    })
  })

  const failures = [
    [500, 'InternalServerException', 'DeliveryFailed', 'ERROR_FROM_TARGET'],
    [400, 'AccessDeniedException', 'DeliveryFailed', 'NO_PERMISSIONS'],
    [400, 'TextSizeLimitExceededException', 'DeliveryRefused', 'INVALID_PARAMETER'],
    [400, 'InvalidRequestException', 'DeliveryRefused', 'INVALID_PARAMETER'],
  ] as const
  for (const [status, type, name, code] of failures)
    test(`throws ${name} after ${type}, without the text`, async (t) => {
      const { recognizer, service } = await open(t, finding('Joe'))
      service.refusals.push({ status, type }, { status, type })
      await assert.rejects(recognizer.recognize('a secret'), (error: Error) => {
        assert.deepEqual([error.name, (error as { code?: string }).code], [name, code])
        assert.doesNotMatch(error.message, /secret/)
        return true
      })
    })

  test('does not read what the port does not promise to', async (t) => {
    const { recognizer } = await open(t, finding('Joe'))
    await assert.rejects(recognizer.recognize('a'.repeat(100_001)), RangeError)
  })

  test('is not led astray by half of a pair', async (t) => {
    const { recognizer } = await open(t, finding('Joe'))
    const text = '\ud83d Joe \ude00 Joe 😀 Joe'
    const found = await recognizer.recognize(text)
    assertInPlace(text, found)
    assert.equal(found.length, 3)
  })
})
