/** The other verbs in their own processes, over a real bus: what they show, change and answer. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { busbar, type RunOptions } from './busbar.ts'
import { type Served, serve } from './serve.ts'

let bus: Served
let at: RunOptions
before(async () => {
  bus = await serve()
  at = { env: { AWS_ENDPOINT_URL_EVENTBRIDGE: bus.url } }
  const client = bus.client()
  await client.createEventBus({ Name: 'orders' })
  await client.putRule({
    ...{ Name: 'placed', EventBusName: 'orders' },
    EventPattern: '{"source":["shop"],"detail":{"total":[{"numeric":[">",100]}]}}',
  })
  const Arn = 'arn:aws:lambda:us-east-1:000000000000:function:ship'
  const Targets = [{ Id: 'ship', Arn }]
  await client.putTargets({ Rule: 'placed', EventBusName: 'orders', Targets })
})
after(() => bus?.stop())

const lines = (text: string) =>
  text === '' ? [] : text.split('\n').map((line) => JSON.parse(line))
const json = async (...args: string[]) => lines((await busbar([...args, '--json'], at)).stdout)
const put = (detail: object) =>
  busbar(
    [
      ...['put', '--bus', 'orders', '--source', 'shop', '--detail-type', 'OrderPlaced'],
      ...['--detail', JSON.stringify(detail)],
    ],
    at,
  )

test('help is there for the command and for each verb, and needs no bus', async () => {
  const { code, stdout } = await busbar(['--help'])
  assert.equal(code, 0)
  const verbs = [...stdout.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, verb = '']) => verb)
  assert.equal(verbs.length, 13)
  for (const args of [
    ['tail', '--help'],
    ['help', 'tail'],
  ]) {
    const help = await busbar(args)
    assert.deepEqual([help.code, help.stderr], [0, ''])
    assert.match(help.stdout, /^Usage: busbar tail[\s\S]*Examples:\n {2}busbar /)
  }
  assert.match((await busbar(['--version'])).stdout, /^\d+\.\d+\.\d+$/)
})

test('what is misspelt is told with what may have been meant, and ends with 2', async () => {
  for (const [args, words] of [
    [['tial'], /^busbar: There is no verb tial\. Did you mean tail\?\nTry: busbar --help$/],
    [['toString'], /^busbar: There is no verb toString\.\n/],
    [['tail', '--patern', '{}'], /^busbar tail: There is no --patern\. Did you mean --pattern\?/],
    [['serve', '--prot', '1'], /^busbar serve: There is no --prot\./],
  ] as const) {
    const { code, stdout, stderr } = await busbar(args)
    assert.deepEqual([code, stdout], [2, ''], stderr)
    assert.match(stderr, words)
  }
})

test('explain asks the rules of a bus', async () => {
  const ask = (total: number) => {
    const event = { source: 'shop', 'detail-type': 'OrderPlaced', detail: { total } }
    return busbar(['explain', '--bus', 'orders', '--event', JSON.stringify(event)], at)
  }
  const yes = await ask(250)
  assert.deepEqual([yes.code, yes.stderr], [0, '1 rule of 1 matches.'])
  assert.match(
    yes.stdout,
    /^✓ orders\/placed\n {2}✓ source {8}is "shop"\n {2}✓ detail\.total {2}is 250/,
  )
  assert.equal((await ask(25)).code, 3)
  const unknown = await busbar(['explain', '--bus', 'gone', '--event', '{"source":"a"}'], at)
  assert.equal(unknown.code, 1)
})

test('a dead letter is listed, shown, redriven and purged, and the doctor names it', async () => {
  assert.equal((await busbar(['doctor'], at)).code, 0, 'nothing is wrong at first')
  await put({ total: 250, exact: 1 })
  const [letter] = await json('dlq', 'list', '--bus', 'orders')
  assert.equal(letter.ErrorCode, 'NO_RESOURCE')
  assert.equal(letter.Event.detail.total, 250)
  const shown = await busbar(['dlq', 'show', letter.DeadLetterId], at)
  assert.match(shown.stdout, /^target {4}orders\/placed\/ship$/m)
  assert.match(shown.stdout, /"total": 250/)
  assert.deepEqual(await json('dlq', 'list', '--code', 'TIMEOUT'), [])

  const [rule] = await json('rules', '--bus', 'orders')
  assert.deepEqual([rule.Name, rule.Targets[0].DeadLetters], ['placed', 1])
  const doctor = await busbar(['doctor', '--json'], at)
  const [wrong, ...others] = lines(doctor.stdout).filter(({ Level }) => Level === 'wrong')
  assert.deepEqual([doctor.code, others.length], [1, 0])
  assert.match(wrong.Finding, /^1 dead letter for orders\/placed\/ship, the newest: NO_RESOURCE/)

  const filter = ['--bus', 'orders', '--rule', 'placed', '--error', 'function:ship']
  const dry = { Redriven: 1, WithoutTarget: 0, DryRun: true }
  assert.deepEqual(await json('dlq', 'redrive', ...filter, '--dry-run'), [dry])
  assert.deepEqual(await json('dlq', 'redrive', ...filter), [{ ...dry, DryRun: false }])
  const tail = await busbar(
    ['tail', '--json', '--bus', 'orders', '--since', '1h', '--limit', '1', '--timeout', '10s'],
    at,
  )
  assert.equal(tail.code, 0)
  assert.equal((await busbar(['dlq', 'purge', '--all'], at)).code, 0)
  const gone = await busbar(['dlq', 'show', letter.DeadLetterId], at)
  assert.deepEqual([gone.code, gone.stdout], [1, ''])
})

test('a target is paused and resumed', async () => {
  const target = ['--bus', 'orders', '--rule', 'placed', '--target', 'ship']
  assert.equal((await busbar(['pause', ...target], at)).code, 0)
  assert.match((await busbar(['doctor'], at)).stdout, /· orders\/placed\/ship is paused/)
  assert.equal((await busbar(['resume', ...target], at)).code, 0)
  assert.equal((await json('rules', '--bus', 'orders'))[0].Targets[0].Paused, false)
  const none = await busbar(['pause', '--rule', 'none', '--target', 'ship'], at)
  assert.equal(none.code, 1)
  assert.match(none.stderr, /Rule none does not exist on EventBus default/)
})

test('an archive is made, filled, replayed to a rule, followed, and deleted', async () => {
  const made = await busbar(
    [
      'archive',
      'create',
      'keep',
      '--bus',
      'orders',
      '--days',
      '3',
      '--pattern',
      '{"source":["shop"]}',
    ],
    at,
  )
  assert.equal(made.code, 0, made.stderr)
  await put({ total: 1 })
  await put({ total: 2 })
  const [archive] = await json('archive', 'list', '--bus', 'orders')
  assert.deepEqual([archive.ArchiveName, archive.EventCount, archive.RetentionDays], ['keep', 2, 3])
  const start = ['replay', '--archive', 'keep', '--from', '1h', '--rule', 'placed']
  const [done] = await json(...start, '--name', 'again')
  assert.deepEqual([done.State, done.BusbarProgress.EventsReplayed], ['COMPLETED', 2])
  assert.deepEqual(
    (await json('replay', 'list')).map(({ ReplayName }) => ReplayName),
    ['again'],
  )
  assert.match((await busbar(['replay', 'follow', 'again'], at)).stdout, /COMPLETED, 2 events/)
  const cancelled = await busbar(['replay', 'cancel', 'again'], at)
  assert.equal(cancelled.code, 1)
  assert.match(cancelled.stderr, /not in a valid state/)
  assert.match((await busbar(['archive', 'describe', 'keep'], at)).stdout, /^holds {4}2 events/m)
  assert.equal((await busbar(['archive', 'delete', 'keep'], at)).code, 0)
})

test('requests are signed when there are keys, and the doctor says when they are needed', async () => {
  const secret = 'a-secret-of-twenty-letters'
  const own = await serve({ env: { BUSBAR_ACCESS_KEYS: `ops:${secret}` } })
  try {
    const env = { AWS_ENDPOINT_URL_EVENTBRIDGE: own.url }
    const without = await busbar(['doctor'], { env })
    assert.equal(without.code, 1)
    assert.match(without.stdout, /wants requests to be signed[\s\S]*Set AWS_ACCESS_KEY_ID/)
    const keys = { AWS_ACCESS_KEY_ID: 'ops', AWS_SECRET_ACCESS_KEY: secret }
    assert.equal((await busbar(['doctor'], { env: { ...env, ...keys } })).code, 0)
    const tail = ['tail', '--timeout', '300ms', '--limit', '1']
    assert.equal((await busbar(tail, { env: { ...env, ...keys } })).code, 3)
    const wrong = { ...keys, AWS_SECRET_ACCESS_KEY: 'another-secret-of-letters' }
    const refused = await busbar(['rules'], { env: { ...env, ...wrong } })
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /InvalidSignatureException/)
  } finally {
    await own.stop()
  }
})

test('where no bus is, it says how to start one; where something else is, it says that', async () => {
  const answers: readonly RequestListener[] = [
    (_request, response) => void response.writeHead(502).end('<html>Bad Gateway</html>'),
    (_request, response) => void response.writeHead(200).end('"hello"'),
    (request) => void request.socket.destroy(),
    (_request, response) => void response.writeHead(200).end('{"Type":"Ev'),
  ]
  let answer: RequestListener | undefined
  const server = createServer((request, response) => answer?.(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    for (const each of answers) {
      answer = each
      const [rules, tail] = await Promise.all([
        busbar(['rules', '--endpoint', endpoint]),
        busbar(['tail', '--endpoint', endpoint, '--timeout', '20s']),
      ])
      for (const { code, stderr } of [rules, tail]) {
        assert.equal(code, 1, stderr)
        assert.match(stderr, /not as a bus does|The connection to .* broke off/)
      }
    }
  } finally {
    server.closeAllConnections()
    server.close()
  }
  const nobody = await busbar([
    'put',
    '--source',
    'a',
    '--detail-type',
    'b',
    '--endpoint',
    endpoint,
  ])
  assert.equal(nobody.code, 1)
  assert.match(nobody.stderr, /No bus answers at .*Start one with: busbar serve/)
})
