/** Packs the packages, installs the tarballs where nothing else is, and uses them as a stranger does. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { json } from 'node:stream/consumers'
import { after, describe, test } from 'node:test'
import {
  CreateApiDestinationCommand,
  CreateConnectionCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge'
import { publint } from 'publint'
import { checkout, cleanEnvironment, run } from './checkout.ts'
import { within } from './within.ts'

const packages = ['event-pattern', 'event-bus', 'runtime'] as const
const tarball = (name: string) => join(tarballs, `busbar-${name}-0.1.0.tgz`)
const tools = resolve('node_modules/.bin')

const copy = checkout(packages)
const tarballs = mkdtempSync(join(tmpdir(), 'busbar-tarballs-'))
const stranger = mkdtempSync(join(tmpdir(), 'busbar-stranger-'))
after(() => {
  copy.remove()
  for (const folder of [tarballs, stranger]) rmSync(folder, { recursive: true, force: true })
})
const before = copy.files()

/** What the published package.json says. */
interface Manifest {
  readonly version: string
  readonly exports: Readonly<Record<string, string | { readonly [condition: string]: string }>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly [key: string]: unknown
}
const installed = (name: string) =>
  JSON.parse(
    readFileSync(join(stranger, 'node_modules/@busbar', name, 'package.json'), 'utf8'),
  ) as Manifest
const subpaths = (name: string) =>
  Object.keys(installed(name).exports).map((subpath) => join('@busbar', name, subpath))

describe('npm pack', () => {
  test('leaves a package as it was when it cannot be compiled', async () => {
    const broken = join(copy.folder, 'event-pattern/index.ts')
    const whole = readFileSync(broken)
    appendFileSync(broken, 'export const wrong: number = "text"\n')
    const { status, stderr } = await npm('pack', '-w', 'event-pattern')
    writeFileSync(broken, whole)

    assert.notEqual(status, 0)
    assert.match(stderr, /event-pattern could not be compiled/)
    assert.deepEqual(copy.files(), before)
  })

  test('packs what is right after a run that was killed, and leaves the checkout as it was', async () => {
    const killed = join(copy.folder, 'event-bus')
    const prepared = await run(killed, 'node', '../tools/pack.mjs', 'prepack')
    assert.equal(prepared.status, 0, prepared.stderr)
    assert.notDeepEqual(copy.files(), before, 'it stands there half done')

    const each = packages.flatMap((name) => ['-w', name])
    const { status, stderr } = await npm('pack', ...each, '--pack-destination', tarballs)

    assert.equal(status, 0, stderr)
    assert.deepEqual(copy.files(), before)
  })

  test('is what is released: npm publish of a folder refuses, and says how', async () => {
    const { status, stderr } = await npm('publish', '-w', 'event-pattern', '--dry-run')

    assert.notEqual(status, 0)
    assert.match(stderr, /npm run pack, then npm publish dist\//)
  })

  function npm(...args: string[]) {
    return run(copy.folder, 'npm', ...args)
  }
})

for (const name of packages)
  describe(`the tarball of ${name}`, () => {
    test('holds JavaScript with its types, a page, the licence, and no test', async () => {
      const { stdout } = await run(tarballs, 'tar', '-tzf', tarball(name))
      const files = stdout
        .trim()
        .split('\n')
        .map((file) => file.replace('package/', ''))

      for (const file of ['LICENSE', 'README.md', 'package.json', 'dist/index.js'])
        assert.ok(files.includes(file), file)
      const plain = /^(LICENSE|package\.json|[A-Z]+\.md|dist\/[\w/-]+\.(js|d\.ts))$/
      assert.deepEqual(
        files.filter((file) => !plain.test(file) || /(testing|ledger)\.(js|d\.ts)$/.test(file)),
        [],
      )
      const scripts = files.filter((file) => file.endsWith('.js'))
      assert.deepEqual(
        scripts.filter((file) => !files.includes(file.replace(/js$/, 'd.ts'))),
        [],
      )
    })

    test('is faultless to publint, suggestions included', async () => {
      const { buffer } = Uint8Array.from(readFileSync(tarball(name)))
      const { messages } = await publint({ pack: { tarball: buffer }, strict: true })

      assert.deepEqual(messages, [])
    })

    // `esm-only`: who resolves as Node 10 did, or calls require where that cannot load modules, has
    // no Node 24, which each package asks for in `engines`.
    test('has types that are found and right', async () => {
      const args = ['--profile', 'esm-only', '--format', 'json', tarball(name)]
      const { status, stdout } = await run(tarballs, join(tools, 'attw'), ...args)

      const { analysis, problems } = JSON.parse(stdout)
      assert.equal(status, 0, JSON.stringify(problems))
      // It is content with a package that has none.
      assert.equal(analysis.types.kind, 'included')
    })
  })

describe('in an empty folder', () => {
  test('the tarballs are installed, with undici and nothing else', async () => {
    writeFileSync(join(stranger, 'package.json'), '{"private":true,"type":"module"}')
    const undici = resolve('node_modules/undici')
    const args = ['install', '--ignore-scripts', '--install-links', ...packages.map(tarball)]
    const { status, stderr } = await run(stranger, 'npm', ...args, undici)
    assert.equal(status, 0, stderr)

    const { stdout } = await run(stranger, 'npm', 'ls', '--all', '--parseable')
    const names = stdout.trim().split('\n').slice(1)
    assert.deepEqual(
      names.map((path) => path.split('node_modules/')[1]).sort(),
      [...packages.map((name) => `@busbar/${name}`), 'undici'].sort(),
    )
  })

  test('they name each other by their versions, and no source of the checkout', () => {
    const versions = new Map(packages.map((name) => [`@busbar/${name}`, installed(name).version]))
    for (const name of packages) {
      const { private: isPrivate, exports, bin, dependencies = {} } = installed(name)
      assert.equal(isPrivate, undefined)
      assert.doesNotMatch(JSON.stringify([exports, bin]), /(?<!\.d)\.ts"/)
      const dist = join(stranger, 'node_modules/@busbar', name, 'dist')
      for (const file of globSync('**/*', { cwd: dist }).filter((file) => /[jt]s$/.test(file)))
        assert.doesNotMatch(readFileSync(join(dist, file), 'utf8'), /'\.\.?\/[^'\n]+\.ts'/, file)
      for (const [other, version] of Object.entries(dependencies))
        assert.equal(version, versions.get(other) ?? version, `${name} needs ${other}`)
    }
  })

  test('every entry is loaded, and its types hold without skipLibCheck, as do all examples', async () => {
    const entries = packages.flatMap(subpaths).filter((entry) => !entry.endsWith('.json'))
    const imports = entries.map((entry, at) => `import * as entry${at} from '${entry}'`)
    const counts = entries.map((_entry, at) => `Object.keys(entry${at}).length`)
    const main = `${imports.join('\n')}\nconsole.log(${counts.join(', ')})\n`
    writeFileSync(join(stranger, 'entries.ts'), main)
    for (const page of pages()) writeFileSync(join(stranger, nameOf(page)), exampleOf(page))
    mkdirSync(join(stranger, 'node_modules/@types'), { recursive: true })
    // What a package asks for and does not bring: whoever uses PostgreSQL installs its driver.
    for (const asked of ['@types/node', 'undici-types', 'pg', '@types/pg'])
      symlinkSync(resolve('node_modules', asked), join(stranger, 'node_modules', asked))
    const compilerOptions = { module: 'nodenext', strict: true, noEmit: true, types: ['node'] }
    writeFileSync(join(stranger, 'tsconfig.json'), JSON.stringify({ compilerOptions }))

    const checked = await run(stranger, join(tools, 'tsc'), '-p', '.')
    assert.equal(checked.stdout, '')
    assert.equal(checked.status, 0)
    const loaded = await run(stranger, 'node', 'entries.ts')
    assert.equal(loaded.stderr, '')
    const numbers = loaded.stdout.trim().split(' ').map(Number)
    assert.equal(numbers.length, entries.length)
    assert.ok(Math.min(...numbers) > 0, `each exports something: ${loaded.stdout}`)
  })

  for (const page of pages())
    test(`the example of ${page} does what it asserts`, async () => {
      const { status, stdout, stderr } = await run(stranger, 'node', nameOf(page))

      assert.equal(status, 0, stdout + stderr)
    })

  test('npx busbar tells its version and its verbs', async () => {
    const version = await run(stranger, 'npx', 'busbar', '--version')
    assert.deepEqual(version, { status: 0, stdout: '0.1.0\n', stderr: '' })

    const help = await run(stranger, 'npx', 'busbar', '--help')
    assert.equal(help.status, 0)
    assert.match(help.stdout, /^ {2}serve /m)
  })

  test('npx busbar serve takes an event by the AWS SDK and delivers it', async (t) => {
    const received = Promise.withResolvers<unknown>()
    const server = createServer(async (request, response) => {
      received.resolve(await json(request))
      response.end()
    })
    t.after(() => server.close().closeAllConnections())
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const bus = await serve(join(stranger, 'data'))
    t.after(bus.kill)
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
    const client = new EventBridgeClient({ endpoint: bus.url, region: 'us-east-1', credentials })
    t.after(() => client.destroy())
    const { ConnectionArn } = await client.send(
      new CreateConnectionCommand({
        Name: 'shop',
        AuthorizationType: 'API_KEY',
        AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'x-key', ApiKeyValue: 'secret' } },
      }),
    )
    const { port } = server.address() as AddressInfo
    const { ApiDestinationArn } = await client.send(
      new CreateApiDestinationCommand({
        Name: 'shop',
        ConnectionArn,
        HttpMethod: 'POST',
        InvocationEndpoint: `http://127.0.0.1:${port}/`,
      }),
    )
    const pattern = { EventPattern: '{"source":["shop"]}' }
    await client.send(new PutRuleCommand({ Name: 'placed', ...pattern }))
    const RoleArn = 'arn:aws:iam::000000000000:role/caller'
    const target = { Id: 'shop', Arn: ApiDestinationArn, RoleArn, InputPath: '$.detail' }
    await client.send(new PutTargetsCommand({ Rule: 'placed', Targets: [target] }))
    const entry = { Source: 'shop', DetailType: 'OrderPlaced', Detail: '{"order":1}' }
    await client.send(new PutEventsCommand({ Entries: [entry] }))

    assert.deepEqual(await within(10_000, 'the event', received.promise), { order: 1 })
    assert.equal(await bus.stop(), 0)
  })
})

test('npm ci leaves a clean tree: the command of the checkout may be run', () => {
  // npm makes it so where it links it; it has to be so already.
  assert.ok(statSync('event-bus/bin/busbar.ts').mode & 0o111)
})

function pages() {
  return ['docs/library.md', 'docs/testing.md', ...packages.map((name) => `${name}/README.md`)]
}

const nameOf = (page: string) => `${page.replaceAll(/\W/g, '-')}.ts`

function exampleOf(page: string): string {
  const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readFileSync(page, 'utf8')) ?? []
  assert.ok(example.length > 100, `${page} has an example`)
  return example
}

/** Of a process group of its own, since npx is not who serves. */
async function serve(dataDir: string) {
  const args = ['busbar', 'serve', '--port', '0', '--data-dir', dataDir, '--json']
  const child = spawn('npx', args, {
    cwd: stranger,
    env: cleanEnvironment(stranger),
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  const kill = () => {
    if (child.exitCode === null && child.pid) process.kill(-child.pid, 'SIGKILL')
  }
  const line = once(createInterface(child.stdout), 'line').then(([text]) => String(text))
  const first = await within(20_000, 'busbar serve', Promise.race([line, ended])).catch(
    (error: unknown) => {
      kill()
      throw error
    },
  )
  assert.ok(typeof first === 'string', `busbar serve has ended with ${first}`)
  const { url, pid } = JSON.parse(first) as { readonly url: string; readonly pid: number }
  return {
    url,
    kill,
    stop() {
      process.kill(pid, 'SIGTERM')
      return within(20_000, 'busbar serve to end', ended)
    },
  }
}
