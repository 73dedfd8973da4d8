/** `npm run cluster` as a newcomer uses it: what it prints is there, a node may die, and Ctrl-C leaves nothing behind. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'node:test'
import { api } from './api.ts'
import { isMissing } from './cluster.ts'
import { collected } from './collected.ts'
import { within } from './within.ts'

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('npm run cluster starts one that outlives a node, and ends all of it', {
  skip: isMissing,
}, async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'busbar-cluster-'))
  chmodSync(dataDir, 0o755) // as root it is somebody else who runs PostgreSQL
  const child = spawn(process.execPath, ['tools/cluster.mjs'], {
    env: { ...process.env, PORT: '0', BUSBAR_PORT: '0', DATA_DIR: dataDir, BUSBAR_NODES: '2' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit')
  const lines = collected<string>()
  for (const stream of [child.stdout, child.stderr])
    stream
      .setEncoding('utf8')
      .on('data', (text: string) => text.split('\n').forEach((line) => lines.add(line)))
  t.after(async () => {
    if (child.exitCode === null) child.kill('SIGTERM')
    await ended
    rmSync(dataDir, { recursive: true, force: true })
  })

  const curl = await Promise.race([
    lines.wait((line) => line.includes('curl http'), 'the command', 60_000),
    ended.then(() => assert.fail(lines.items.join('\n'))),
  ])
  const [url] = /http:\/\/[\d.:]+/.exec(curl) as RegExpExecArray
  const { post } = await api(url).post()
  const pids = lines.items.flatMap((line) => {
    const [, pid] = /\(process (\d+)/.exec(line) ?? []
    return pid ? [Number(pid)] : []
  })
  assert.equal(pids.length, 3, 'two nodes and PostgreSQL')
  process.kill(pids[0] as number, 'SIGKILL')
  await lines.wait((line) => /^node-1 http:.*process/.test(line), 'another node', 30_000)
  assert.equal((await api(url).find(post.id))?.title, post.title)

  child.kill('SIGTERM')
  assert.deepEqual(await within(30_000, 'the end', ended), [0, null])
  assert.deepEqual(pids.filter(isAlive), [])
})
