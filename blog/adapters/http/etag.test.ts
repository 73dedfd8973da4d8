import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allowedRevisions, isKnown, parseEntityTags } from './etag.ts'

const strong = (value: string) => ({ value, weak: false })

test('a list of entity tags is read as RFC 9110 writes it', () => {
  const cases: readonly [string, ReturnType<typeof parseEntityTags>][] = [
    ['*', 'any'],
    [' * ', 'any'],
    ['"1.2"', [strong('1.2')]],
    ['"1.2", W/"3.4"', [strong('1.2'), { value: '3.4', weak: true }]],
    ['"a,b" ,"c"', [strong('a,b'), strong('c')]],
    [', "1.2",,', [strong('1.2')]],
    ['""', [strong('')]],
  ]
  for (const [header, tags] of cases) assert.deepEqual(parseEntityTags(header), tags, header)
})

test('what is no list of entity tags is malformed', () => {
  const malformed = ['', ' ', ',', '1.2', "'1.2'", '"1.2', '"1.2" "3.4"', 'w/"1.2"', '*, "1.2"']
  for (const header of malformed) assert.equal(parseEntityTags(header), null, header)
})

test('a long header of blanks is read in no time', () => {
  const started = performance.now()
  assert.equal(parseEntityTags(`"1.2",${' '.repeat(200_000)}x`), null)
  assert.ok(performance.now() - started < 1_000)
})

test('If-Match allows the revisions of strong tags, whatever their versions are', () => {
  assert.equal(allowedRevisions('*'), 'any')
  assert.deepEqual(allowedRevisions('"3.7", "4.1"'), [3, 4])
  assert.deepEqual(allowedRevisions('W/"3.7"'), [])
  assert.deepEqual(allowedRevisions('"3", "x.1", "3.7.1", "-3.7", ""'), [])
})

test('If-None-Match knows a representation by its whole tag, weak or strong', () => {
  assert.ok(isKnown('"3.7"', '"3.7"'))
  assert.ok(isKnown('"1.1", W/"3.7"', '"3.7"'))
  assert.ok(isKnown('*', '"3.7"'))
  assert.ok(!isKnown('"3.6"', '"3.7"'))
  assert.ok(!isKnown(undefined, '"3.7"'))
})
