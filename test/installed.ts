/**
 * Before a test runs `npm start`: that would install anew what the lock file has anew, into the folder that
 * everybody uses, and the test would end it in the middle.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'

export function assertInstalled(): void {
  const stamp = 'node_modules/.busbar-setup' // as tools/setup.mjs leaves it
  const lock = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex')
  const installed = existsSync(stamp) && readFileSync(stamp, 'utf8')
  assert.equal(installed, lock, 'Other packages are installed: run node tools/setup.mjs first')
}
