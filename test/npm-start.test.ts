/** `npm start` as a service manager uses it: it knows npm's process id and nothing else. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'node:test'
import { assertInstalled } from './installed.ts'
import { within } from './within.ts'

test('npm start, asked to end, ends with 0 and leaves no process behind', async (t) => {
  assertInstalled()
  const dataDir = mkdtempSync(join(tmpdir(), 'busbar-start-'))
  const npm = spawn('npm', ['start'], {
    env: { ...process.env, PORT: '0', BUSBAR_PORT: '0', DATA_DIR: dataDir },
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  t.after(() => {
    try {
      process.kill(-(npm.pid as number), 'SIGKILL')
    } catch {} // all of its group have ended, as they should
    rmSync(dataDir, { recursive: true, force: true })
  })
  const ended = once(npm, 'exit')

  let printed = ''
  const blog = new Promise<number>((resolve) => {
    npm.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      const [, pid] = /\(process (\d+)/.exec(printed) ?? []
      if (pid) resolve(Number(pid))
    })
  })
  const pid = await within(20_000, () => `the start; it printed:\n${printed}`, blog)

  npm.kill('SIGTERM')
  assert.deepEqual(await within(20_000, 'npm to end', ended), [0, null])
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
})
