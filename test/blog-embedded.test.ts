/** The whole suite on the embedded runtime, and what only a single process promises. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { blogContract } from './blog.contract.ts'
import { signInContract } from './blog-sign-in.contract.ts'
import { embedded } from './embedded.ts'

blogContract('in one process', embedded)
signInContract(embedded)

test('a port that is taken is told by its number, and nothing is left running', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'busbar-'))
  t.after(() => rm(dataDir, { recursive: true, force: true }))
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  t.after(() => taken.close())
  const address = taken.address()
  assert.ok(typeof address === 'object' && address)
  await assert.rejects(embedded({ dataDir, port: address.port }), ({ message }: Error) => {
    assert.match(message, /ended with [1-9]/)
    assert.match(message, new RegExp(`\\b${address.port}\\b`))
    assert.doesNotMatch(message, /\n\s+at /, 'no stack trace')
    return true
  })
})
