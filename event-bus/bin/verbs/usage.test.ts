/** What a verb says when it is asked wrongly, before it looks for a bus; and what it does without one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Terminal } from '../terminal.ts'
import { archive } from './archive.ts'
import { dlq } from './dlq.ts'
import { explain } from './explain.ts'
import { import as importVerb } from './import.ts'
import { pause } from './pause.ts'
import { put } from './put.ts'
import { replay } from './replay.ts'
import { rules } from './rules.ts'
import { tail } from './tail.ts'

function aTerminal(of: Partial<Terminal> & { readonly stdin?: string } = {}) {
  const out: string[] = []
  const nothing = () => {}
  const terminal: Terminal = {
    ...{ env: {}, log: nothing, progress: nothing, asks: false, typed: false },
    out: (text) => void out.push(text),
    drained: async () => {},
    paint: (_style, text) => text,
    async *read() {
      yield Buffer.from(of.stdin ?? '')
    },
    now: () => Date.parse('2026-09-30T10:00:00Z'),
    wait: async () => {},
    signal: new AbortController().signal,
    ...of,
  }
  return { terminal, out }
}

test('each verb says what it lacks or does not know', async () => {
  const { terminal } = aTerminal()
  for (const [verb, args, message] of [
    [put, ['--source', 'shop'], 'Say --detail-type, too.'],
    [put, ['--in-flight', '0'], /^--in-flight is “0”/],
    [put, ['--time', 'noon', '--source', 'a'], /^--time: the time "noon" is none/],
    [tail, ['--patern', '{}'], 'There is no --patern. Did you mean --pattern?'],
    [tail, ['--timeout', '30'], /^--timeout is “30”; it has to be a duration/],
    [rules, ['all'], 'It does not know what to do with “all”.'],
    [rules, ['--endpoint', 'nowhere'], /^--endpoint is “nowhere”; it has to be an address/],
    [explain, [], 'Say --event.'],
    [explain, ['--event', '{}', '--pattern', '{}', '--bus', 'a'], /^A --pattern is asked alone/],
    [explain, ['--event', '-', '--pattern', '-'], /^Only one of --event and --pattern/],
    [dlq, [], 'Say list, show, redrive, purge.'],
    [dlq, ['purg', '--all'], /Did you mean purge\?$/],
    [dlq, ['purge'], 'Say which: filters, an ID, or --all for all.'],
    [dlq, ['redrive', '--all', '--bus', 'a'], 'Say filters or --all, not both.'],
    [dlq, ['show'], /^Say which one/],
    [pause, ['--rule', 'a'], 'Say --rule and --target.'],
    [replay, ['--archive', 'a'], 'Say --archive and --from.'],
    [replay, ['start', '--archive', 'a', '--from', 'noon'], /^--from is “noon”/],
    [replay, ['stop', 'a'], /^replay does not stop, but start, follow/],
    [archive, ['create'], 'Say which archive.'],
    [archive, ['remove', 'a'], /^Say list, create, describe, delete, not “remove”/],
    [importVerb, [], /^Say which template/],
  ] as const)
    await assert.rejects(verb([...args], terminal), { name: 'Failure', exitCode: 2, message })
})

test('whoever types is told to say what to put, and that a purge cannot be taken back', async () => {
  const { terminal } = aTerminal({ typed: true, asks: true })
  await assert.rejects(put([], terminal), { exitCode: 2, message: /^Say what to put/ })
  await assert.rejects(dlq(['purge', '--all'], terminal), { exitCode: 2, message: /Say --yes/ })
})

test('a pattern is asked without a bus, and the exit code says what it answers', async () => {
  const pattern = '{"detail":{"total":[{"numeric":[">",100]}]}}'
  const asked = async (stdin: string, ...more: string[]) => {
    const { terminal, out } = aTerminal({ stdin })
    const code = await explain(['--pattern', pattern, '--event', '-', ...more], terminal)
    return [code, out.join('\n')] as const
  }
  assert.deepEqual(await asked('{"detail":{"total":25}}'), [
    ...[3, 'The event does not match.\n✗ detail.total  is 25, wanted a number > 100'],
  ])
  const [code, json] = await asked(
    '{"Source":"a","DetailType":"b","Detail":"{\\"total\\":250}"}',
    '--json',
  )
  assert.deepEqual([code, JSON.parse(json).matched], [0, true])
})

test('JSON that is none is told by its place, and a pattern that is none in words of EventBridge', async () => {
  const { terminal } = aTerminal()
  const asked = (pattern: string, event: string) =>
    explain(['--pattern', pattern, '--event', event], terminal)
  await assert.rejects(asked('{"a":\n[1}', '{}'), {
    ...{ exitCode: 1, message: 'the argument:2:3: it is not JSON: "}" is not expected here.' },
  })
  await assert.rejects(asked('{"a":[]}', '{}'), { message: /Empty arrays are not allowed/ })
  await assert.rejects(asked('{"a":[1]}', '[1]'), {
    message: 'the argument: it is not a JSON object.',
  })
})
