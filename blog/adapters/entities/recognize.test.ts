/** What is found in which text: `P:` a person, `L:` a location, `O:` an organization. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { assertInPlace } from '../../entity-recognizer.contract.ts'
import { loadGazetteer } from './gazetteer.ts'
import { recognize } from './recognize.ts'

const gazetteer = loadGazetteer()

const table: Readonly<Record<string, readonly (readonly [text: string, ...found: string[]])[]>> = {
  'finds persons and places': [
    ['Joe is going to Spain', 'P:Joe', 'L:Spain'],
    ['My wife Maria and I flew from Lisbon to Tokyo.', 'P:Maria', 'L:Lisbon', 'L:Tokyo'],
    ['Spain beat Joe', 'L:Spain', 'P:Joe'],
  ],
  'finds names of several words': [
    ['I read Hunter S. Thompson.', 'P:Hunter S. Thompson'],
    ['By J.R.R. Tolkien and J. K. Rowling', 'P:J.R.R. Tolkien', 'P:J. K. Rowling'],
    ['Jean-Claude Juncker met Vincent van Gogh', 'P:Jean-Claude Juncker', 'P:Vincent van Gogh'],
    ['From New York to the United Kingdom', 'L:New York', 'L:United Kingdom'],
    [
      'San Francisco, Rio de Janeiro, St. Louis',
      'L:San Francisco',
      'L:Rio de Janeiro',
      'L:St. Louis',
    ],
    ["Côte d'Ivoire and Bosnia and Herzegovina", "L:Côte d'Ivoire", 'L:Bosnia and Herzegovina'],
    ['We climbed Mount Everest.', 'L:Mount Everest'],
    ['Off to the Dominican Republic', 'L:Dominican Republic'],
    ['She comes from Feira de Santana.', 'L:Feira de Santana'],
    ['Grand Rapids is cold.', 'L:Grand Rapids'],
    ['Joe      Smith', 'P:Joe', 'P:Smith'],
  ],
  'finds organizations': [
    ['She left Microsoft, then the BBC.', 'O:Microsoft', 'O:BBC'],
    ['He studied at the University of Oxford.', 'O:University of Oxford'],
    [
      'They work for Stanford University and the Red Cross.',
      'O:Stanford University',
      'O:Red Cross',
    ],
    ['Microsoft CEO Satya Nadella', 'O:Microsoft', 'P:Satya Nadella'],
    ['She founded the Wuzzle Foundation.', 'O:Wuzzle Foundation'],
    ['They left Brisbane Council.', 'O:Brisbane Council'],
    ['World Health Organisation recommends it.', 'O:World Health Organisation'],
    ['He joined the French Academy of Sciences.', 'O:French Academy of Sciences'],
  ],
  'leaves out the possessive and the punctuation around a name': [
    ["Joe's car and Joe’s dog", 'P:Joe', 'P:Joe'],
    ["In James' house", 'P:James'],
    ['(Joe), "Anna"; ‘Peter’ … —Maria— Spain!', 'P:Joe', 'P:Anna', 'P:Peter', 'P:Maria', 'L:Spain'],
    ['Spain/Portugal and Paris-based Joe', 'L:Spain', 'L:Portugal', 'L:Paris', 'P:Joe'],
  ],
  'reads accents, and names that were written without theirs': [
    ['José and Zoë live in São Paulo.', 'P:José', 'P:Zoë', 'L:São Paulo'],
    ['Off to Sao Paulo and Zurich', 'L:Sao Paulo', 'L:Zurich'],
    ['We love Turkiye', 'L:Turkiye'],
  ],
  'never joins a name across lines': [
    ['A night with Joe\n\nSmith went home.', 'P:Joe', 'P:Smith'],
    ['New\n\nYork', 'L:York'],
    ['- Joe\n- Anna\n\n| Paris | Rome |', 'P:Joe', 'P:Anna', 'L:Paris', 'L:Rome'],
  ],
  'tells a place from the word or the person of the same name': [
    ['Nice work! Reading is fun. The Mobile page'],
    ['We met in Nice, and in Reading.', 'L:Nice', 'L:Reading'],
    [
      'They drove from Reading, England to Mobile, Alabama.',
      'L:Reading',
      'L:England',
      'L:Mobile',
      'L:Alabama',
    ],
    ['Charlotte left.', 'P:Charlotte'],
    ['They live in Charlotte.', 'L:Charlotte'],
    ['We slept in Colmar and loved Colmar.', 'L:Colmar'],
    ['We met Austin yesterday.', 'P:Austin'],
    ['Paris Hilton saw Paris.', 'P:Paris Hilton', 'L:Paris'],
    ['Michael Jordan flew to Jordan.', 'P:Michael Jordan', 'L:Jordan'],
    ['Chad is large.', 'L:Chad'],
    ['They love Houston and Osasco.', 'L:Houston', 'L:Osasco'],
    ['The Bush burns at Sunset.'],
  ],
  'takes a country’s abbreviation in capitals only': [
    ['Joe left the US for the U.K.', 'P:Joe', 'L:US', 'L:U.K.'],
    ['Tell us. Us too!'],
  ],
  'leaves titles out, and knows by them who follows': [
    ['President Barack Obama met Angela Merkel.', 'P:Barack Obama', 'P:Angela Merkel'],
    ['Dr. Smith and Sir Elton John', 'P:Smith', 'P:Elton John'],
    ['Mayor Wuzzle resigned.', 'P:Wuzzle'],
    ['Stephen King writes.', 'P:Stephen King'],
    [
      'We met Foreign Minister Sergei Lavrov and Dr. Anna Smith.',
      'P:Sergei Lavrov',
      'P:Anna Smith',
    ],
    ['She is the German Anna Schmidt.', 'P:Anna Schmidt'],
    ['A woman and Dr Luke sang.', 'P:Luke'],
    ['We asked Mr. President about Foreign Fighters.'],
  ],
  'knows by the last name who was named in full before': [
    ['Then Joe Wuzzle came. Wuzzle sang.', 'P:Joe Wuzzle', 'P:Wuzzle'],
    ['Then Wuzzle sang.'],
  ],
  'reads headlines in Which Most Words Are Capitalised': [
    ['Why I Moved to New York and Never Looked Back', 'L:New York'],
    ['How Joe Smith Found Work In Spain', 'P:Joe Smith', 'L:Spain'],
    ['A Night With Joe', 'P:Joe'],
    ['Joe Biden Visits Spain', 'P:Joe Biden', 'L:Spain'],
    ['Ten Things I Learned At The University Of Oxford', 'O:University Of Oxford'],
    ['# Visiting Georgia', 'L:Georgia'],
    ['JOE IS GOING TO SPAIN', 'P:JOE', 'L:SPAIN'],
    ['HELLO SPAIN', 'L:SPAIN'],
    ['UK Teacher Saved From South Korea Ferry', 'L:UK', 'L:South Korea'],
  ],
  'finds nothing in addresses and code': [
    ['https://example.com/Joe/in/Spain?to=Paris and www.Spain.example/Joe'],
    ['[here](https://example.com/Joe) <a href="/Spain">there</a> <https://Paris.example>'],
    ['joe.Smith@Spain.example, @Joe, #Spain, src/Joe/Spain.ts, example.com/Joe'],
    ['`Joe in Spain`\n```\nJoe in Spain\n```\nAnna', 'P:Anna'],
    ['~~~\nJoe in Spain, never closed'],
    ['Written in Spain.ts by Joe', 'P:Joe'],
  ],
  'finds what markdown and HTML mark up': [
    ['**Joe** met _Anna_ in [Madrid](https://example.com/Rome)', 'P:Joe', 'P:Anna', 'L:Madrid'],
    ['# Spain\n> said <b>Joe</b>', 'L:Spain', 'P:Joe'],
    ['<b>Joe</b> Smith', 'P:Joe', 'P:Smith'],
  ],
  'reads around emoji, lone surrogates and other scripts': [
    ['🎉Joe🎉 to Spain🇪🇸', 'P:Joe', 'L:Spain'],
    ['\uD800Anna\uDFFF and \uDC00', 'P:Anna'],
    ['ذهب Joe إلى Spain مع سارة', 'P:Joe', 'L:Spain'],
    ['constructor __proto__ Constructor hasOwnProperty'],
  ],
  'finds nothing where no name is': [
    [''],
    [' \n\t\n '],
    ['We meet on Monday in May, at the sea.'],
    ['The API uses JSON and SQL.'],
    ['French wine and Italian food'],
  ],
}

for (const [name, rows] of Object.entries(table))
  suite(`recognize ${name}`, () => {
    for (const [text, ...expected] of rows)
      test(JSON.stringify(text), () => {
        const entities = recognize(text, gazetteer)
        assertInPlace(text, entities)
        const found = entities.map((entity) => `${entity.type[0]}:${entity.text}`)
        assert.deepEqual(found, expected)
      })
  })

suite('recognize', () => {
  test('finds names behind the first part of a long text', () => {
    const text = `${'It rained. '.repeat(500)}Joe slept. ${'It rained. '.repeat(500)}Spain`
    const entities = recognize(text, gazetteer)
    assertInPlace(text, entities)
    assert.deepEqual(
      entities.map((entity) => entity.text),
      ['Joe', 'Spain'],
    )
  })

  test('is surer where compromise and the gazetteer agree', () => {
    const [agreed, alone] = ['They saw Spain.', 'They saw Türkiye.'].map(
      (text) => recognize(text, gazetteer)[0]?.score ?? 0,
    )
    assert.ok(agreed && alone && agreed > alone, `${agreed} is more than ${alone}`)
  })

  test('reads 100,000 characters of any kind in less than half a minute', () => {
    const begun = performance.now()
    for (const unit of ['A.', '.', "Joe's ", '`', '<a ', 'a.', 'A-', '" ', 'a@'])
      recognize(unit.repeat(Math.floor(100_000 / unit.length)), gazetteer)
    assert.ok(performance.now() - begun < 30_000)
  })
})
