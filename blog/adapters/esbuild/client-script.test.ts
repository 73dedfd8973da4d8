import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { clientScript } from './client-script.ts'

test('the script is one file of less than 30 kB, and has nothing in it that only a server needs', () => {
  const script = clientScript()
  assert.match(script, /new WebSocket/)
  assert.ok(gzipSync(script).length < 30_000, `${gzipSync(script).length} bytes`)
  assert.doesNotMatch(script, /\b(?:import|require|process|Buffer)\b|sourceMappingURL/)
  assert.doesNotMatch(script, /Hiragana/, 'what is not called is left out')
})

test('what was made is taken as it is, until a file that went into it or its maker has changed', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'busbar-client-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const cache = join(folder, 'new/client.json')
  const made = clientScript(cache)
  const kept = JSON.parse(readFileSync(cache, 'utf8'))
  assert.ok(
    kept.inputs.includes('blog/web/client/main.ts') && kept.inputs.includes('blog/excerpt.ts'),
  )

  writeFileSync(cache, JSON.stringify({ ...kept, script: 'as it was kept' }))
  assert.equal(clientScript(cache), 'as it was kept')
  for (const other of [
    JSON.stringify({ ...kept, script: 'of other files', hash: 'other' }),
    JSON.stringify({ ...kept, script: 'of a file that is gone', inputs: ['blog/gone.ts'] }),
    'half of a fi',
  ]) {
    writeFileSync(cache, other)
    assert.equal(clientScript(cache), made)
    assert.deepEqual(JSON.parse(readFileSync(cache, 'utf8')), kept)
  }
})

test('where nothing can be written it is made all the same', () => {
  const cache = join(import.meta.filename, 'client.json')
  assert.match(clientScript(cache), /new WebSocket/)
  assert.ok(!existsSync(cache))
})
