/** What every `EntityRecognizer` does, whoever reads the text. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Entity, EntityRecognizer } from './ports.ts'

export interface EntityRecognizerUnderTest {
  readonly recognizer: EntityRecognizer
  close(): Promise<void>
}

/** Fails unless every entity is where it says it is, and each begins where the last has ended or later. */
export function assertInPlace(text: string, entities: readonly Entity[]): void {
  let end = 0
  for (const { type, text: name, beginOffset, endOffset, score } of entities) {
    assert.ok(name.length > 0, 'an entity has a text')
    assert.equal(text.slice(beginOffset, endOffset), name)
    assert.ok(beginOffset >= end, `${beginOffset} is behind ${end}`)
    assert.ok(score > 0 && score <= 1, `${score} is a score`)
    assert.ok(['PERSON', 'LOCATION', 'ORGANIZATION'].includes(type))
    end = endOffset
  }
}

export function entityRecognizerContract(
  name: string,
  make: () => Promise<EntityRecognizerUnderTest>,
): void {
  suite(`${name} is an EntityRecognizer`, () => {
    let it: EntityRecognizerUnderTest
    before(async () => {
      it = await make()
    })
    after(() => it.close())

    async function named(text: string): Promise<readonly (readonly [string, string])[]> {
      const entities = await it.recognizer.recognize(text)
      assertInPlace(text, entities)
      return entities.map((entity) => [entity.type, entity.text])
    }

    test('finds the person and the place of the flow', async () => {
      assert.deepEqual(await named('Title\n\nJoe is going to Spain'), [
        ['PERSON', 'Joe'],
        ['LOCATION', 'Spain'],
      ])
    })

    test('counts offsets in UTF-16 units', async () => {
      assert.deepEqual(await named('🎉🎉 Zoë is going to Zürich'), [
        ['PERSON', 'Zoë'],
        ['LOCATION', 'Zürich'],
      ])
    })

    test('finds a name each time it is written', async () => {
      const twice = await named('Spain is large. I love Spain.')
      assert.deepEqual(twice, [
        ['LOCATION', 'Spain'],
        ['LOCATION', 'Spain'],
      ])
    })

    test('finds organizations', async () => {
      assert.deepEqual(await named('She works for Microsoft.'), [['ORGANIZATION', 'Microsoft']])
    })

    test('finds nothing where no name is', async () => {
      assert.deepEqual(await named('we are going to the sea, as ever'), [])
      assert.deepEqual(await named(''), [])
    })

    test('reads a text of 100,000 characters to its end', async () => {
      const end = 'Joe is going to Spain'
      const text = `${'the sea was as blue as ever. '.repeat(4_000).slice(0, 99_978)} ${end}`
      assert.equal(text.length, 99_979 + end.length)
      assert.deepEqual(
        (await named(text)).map(([, found]) => found),
        ['Joe', 'Spain'],
      )
    })

    test('answers texts that are asked for at the same time, each with its own', async () => {
      const names = ['Joe', 'Anna', 'Peter', 'Maria']
      const answers = await Promise.all(names.map((name) => named(`${name} is going home`)))
      assert.deepEqual(
        answers,
        names.map((name) => [['PERSON', name]]),
      )
    })
  })
}
