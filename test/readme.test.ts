/** Walks the README's five minutes as a newcomer does: its own commands, in its own order. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { call } from './http.ts'
import { assertInstalled } from './installed.ts'
import { within } from './within.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'busbar-readme-'))
const [blog, bus, smtp] = [await freePort(), await freePort(), await freePort()]
const running = new Set<ChildProcess>()
after(() => {
  for (const child of running) if (child.pid) process.kill(-child.pid, 'SIGKILL')
  rmSync(dataDir, { recursive: true, force: true })
})

/** The commands of the tour, with the ports of this test. */
const tour = readFileSync('README.md', 'utf8').split('## Five minutes')[1]?.split('\n## ')[0] ?? ''
const commands = [...tour.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text]) =>
  String(text)
    .trim()
    .replaceAll('3000', `${blog}`)
    .replaceAll('4010', `${bus}`)
    .replaceAll('2525', `${smtp}`),
)

test('the five minutes go as the README says', { timeout: 120_000 }, async () => {
  assertInstalled()
  const [start, post, subscribe, startWithoutServer, postAgain, kill, mailServer, startAgain] =
    commands
  assert.equal(commands.length, 8, 'the tour has the steps that this test walks')

  const first = await started(start)
  assert.match(await run(post), /^HTTP\/1\.1 201 .*"title":"Title"/s)
  await until('Joe and Spain are shown', async () => {
    const page = await call(`http://127.0.0.1:${blog}/topics/summer`)
    return page.text.includes('Spain') && page.text.includes('Joe')
  })
  await run(subscribe)
  await until('the mailbox has the question', async () => {
    const mailbox = await call(`http://127.0.0.1:${blog}/mailbox`)
    const [, mail] = /href="(\/mailbox\/[^"]+)"/.exec(mailbox.text) ?? []
    if (!mail) return false
    const text = (await call(`http://127.0.0.1:${blog}${mail}`)).text
    const [confirm] = /\/subscriptions\/confirm\/[\w-]+/.exec(text) ?? []
    return (await call(`http://127.0.0.1:${blog}${confirm}`)).status === 200
  })
  process.kill(first.pid, 'SIGTERM')
  assert.equal(await first.ended, 0)

  const second = await started(startWithoutServer)
  await run(postAgain)
  await until('the console says why the mail waits', async () => {
    const page = (await call(`http://127.0.0.1:${bus}/`)).text
    return page.includes('new-posts/email') && page.includes('ECONNREFUSED')
  })
  await run(String(kill).replace('$PID', String(second.pid)))
  await second.ended

  const mails = background(mailServer)
  await started(startAgain)
  const kept = () => mails.output().match(/^Subject: Kept/gm)?.length ?? 0
  await until('the mail has come', async () => kept() > 0, 75_000)
  await until('nothing waits any more', async () => {
    const { targets } = (await call(`http://127.0.0.1:${bus}/status.json`)).json<{
      targets: { waiting: number; underWay: number }[]
    }>()
    return targets.every(({ waiting, underWay }) => waiting + underWay === 0)
  })
  assert.equal(kept(), 1)
})

/** Starts a command of its own process group and waits for the line with the process id. */
async function started(command: string | undefined) {
  const { ended, output } = background(command)
  const pid = Promise.withResolvers<number>()
  void ended.then(() => pid.reject(new Error(`${command} has ended:\n${output()}`)))
  await until(`${command} is ready`, async () => {
    const [, found] = /\(process (\d+)/.exec(output()) ?? []
    if (found) pid.resolve(Number(found))
    return found !== undefined || (await Promise.race([ended, null])) !== null
  })
  return { pid: await pid.promise, ended }
}

function background(command: string | undefined) {
  const env = { ...process.env, PORT: `${blog}`, BUSBAR_PORT: `${bus}`, DATA_DIR: dataDir }
  const child = spawn('sh', ['-c', String(command)], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  const ended = once(child, 'exit').then(([code]) => {
    running.delete(child)
    return code as number
  })
  return { ended, output: () => output }
}

async function run(command: string | undefined): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-ec', String(command)], { timeout: 10_000 })
  return stdout
}

/** For what nothing outside a process tells: asks again, every 50 ms. */
async function until(what: string, done: () => Promise<boolean>, ms = 20_000): Promise<void> {
  const stop = new AbortController()
  const asking = async () => {
    while (!stop.signal.aborted && !(await done())) await pause(50)
  }
  await within(ms, what, asking()).finally(() => stop.abort())
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}
