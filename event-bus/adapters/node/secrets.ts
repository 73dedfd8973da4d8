/**
 * Secrets at rest: AES-256-GCM with a key in a file of its own, so that a copy of the database alone
 * tells nothing. Back the file up, apart from the database.
 *
 * `v1.<key>.<sealed>`: which key it was, as the start of its SHA-256, so that another key is told
 * from damage; then nonce, ciphertext and tag in base64url.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Secrets } from '../../ports.ts'

const algorithm = 'aes-256-gcm'
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

interface Key {
  readonly bytes: Buffer
  readonly name: string
}

/** The key is made when something is sealed first. `path` is beside the database. */
export function fileSecrets(path: string): Secrets {
  let kept: Key | null = null

  function key(create: boolean): Key {
    kept ??= readKey(path) ?? (create ? createKey(path) : null)
    if (kept) return kept
    throw new Error(`${path}, the key of the stored secrets, is missing. ${remedy}`)
  }

  return {
    seal(plain) {
      const { bytes, name } = key(true)
      const prefix = `v1.${name}.`
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv(algorithm, bytes, nonce).setAAD(Buffer.from(prefix))
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return prefix + Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64url')
    },
    open(sealed) {
      const [version, name, text = ''] = sealed.split('.')
      if (version !== 'v1')
        throw new Error('A stored secret is not of a form that is known here. Update the program.')
      const { bytes, name: own } = key(false)
      if (name !== own)
        throw new Error(
          `A stored secret was sealed with another key than the one in ${path}. ${remedy}`,
        )
      const data = Buffer.from(text, 'base64url')
      try {
        const decipher = createDecipheriv(algorithm, bytes, data.subarray(0, nonceBytes), {
          authTagLength: tagBytes,
        })
          .setAAD(Buffer.from(`v1.${name}.`))
          .setAuthTag(data.subarray(-tagBytes))
        const plain = decipher.update(data.subarray(nonceBytes, -tagBytes))
        return Buffer.concat([plain, decipher.final()]).toString('utf8')
      } catch {
        throw new Error(`A stored secret is damaged. ${remedy}`)
      }
    },
  }
}

const remedy = 'Restore it from a backup, or enter the credentials again.'

function readKey(path: string): Key | null {
  let text: string
  try {
    text = readFileSync(path, 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  if (!/^[0-9a-f]{64}$/.test(text))
    throw new Error(`${path} is no key: 64 hexadecimal digits are. ${remedy}`)
  const bytes = Buffer.from(text, 'hex')
  return { bytes, name: createHash('sha256').update(bytes).digest('hex').slice(0, 8) }
}

/** Whole or not at all, on disk before anything is sealed with it, and never in another's place. */
function createKey(path: string): Key | null {
  const draft = `${path}.${randomBytes(4).toString('hex')}`
  try {
    const file = openSync(draft, 'wx', 0o600)
    try {
      writeSync(file, `${randomBytes(keyBytes).toString('hex')}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
  syncFolder(dirname(path))
  return readKey(path)
}

/** Windows has no such thing, nor the need. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
