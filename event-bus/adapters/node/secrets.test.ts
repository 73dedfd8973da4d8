import assert from 'node:assert/strict'
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import { fileSecrets } from './secrets.ts'

function aKeyFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'busbar-secrets-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return join(folder, 'secrets.key')
}

test('what was sealed is opened, by the next process too', (t) => {
  const path = aKeyFile(t)
  for (const plain of ['hunter2', '', 'pässwörd ☕', 'x'.repeat(100_000)]) {
    const sealed = fileSecrets(path).seal(plain)

    assert.equal(fileSecrets(path).open(sealed), plain)
  }
})

test('the sealed text shows nothing, and is another each time', (t) => {
  const secrets = fileSecrets(aKeyFile(t))

  const [one, other] = [secrets.seal('hunter2'), secrets.seal('hunter2')]

  assert.notEqual(one, other)
  assert.match(one, /^v1\.[0-9a-f]{8}\.[\w-]+$/)
  assert.ok(!Buffer.from(one.split('.')[2] ?? '', 'base64url').includes('hunter2'))
})

test('the key is 32 random bytes in a file that is its owner’s alone', (t) => {
  const [path, other] = [aKeyFile(t), aKeyFile(t)]

  for (const file of [path, other]) fileSecrets(file).seal('hunter2')

  assert.match(readFileSync(path, 'utf8'), /^[0-9a-f]{64}\n$/)
  assert.notEqual(readFileSync(path, 'utf8'), readFileSync(other, 'utf8'))
  if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(join(path, '..')), ['secrets.key'], 'no draft is left')
})

test('a key that is there is never replaced', (t) => {
  const path = aKeyFile(t)
  const [one, other] = [fileSecrets(path), fileSecrets(path)]

  const sealed = one.seal('first')

  assert.equal(other.open(sealed), 'first')
  assert.equal(one.open(other.seal('second')), 'second')
})

test('without its key a secret is not opened, and no key is made for it', (t) => {
  const path = aKeyFile(t)
  const sealed = fileSecrets(path).seal('hunter2')
  rmSync(path)

  assert.throws(() => fileSecrets(path).open(sealed), {
    message: `${path}, the key of the stored secrets, is missing. Restore it from a backup, or enter the credentials again.`,
  })
  assert.throws(() => readFileSync(path), { code: 'ENOENT' })
})

test('another key is told from damage', (t) => {
  const [path, other] = [aKeyFile(t), aKeyFile(t)]
  const sealed = fileSecrets(path).seal('hunter2')
  fileSecrets(other).seal('')
  const damaged = sealed.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'))
  const short = sealed.split('.').slice(0, 2).join('.')

  assert.throws(() => fileSecrets(other).open(sealed), /sealed with another key than the one in/)
  for (const text of [damaged, short, `${short}.AAAA`])
    assert.throws(() => fileSecrets(path).open(text), /A stored secret is damaged\. Restore/)
  assert.throws(() => fileSecrets(path).open('v2.x.y'), /Update the program/)
  copyFileSync(path, other)
  assert.equal(fileSecrets(other).open(sealed), 'hunter2')
})

test('a file that is no key is told, without its contents', (t) => {
  const path = aKeyFile(t)
  writeFileSync(path, 'hunter2')

  assert.throws(
    () => fileSecrets(path).seal(''),
    (error: Error) => {
      assert.match(error.message, /is no key: 64 hexadecimal digits are\./)
      assert.ok(!inspect(error).includes('hunter2'))
      return true
    },
  )
})
