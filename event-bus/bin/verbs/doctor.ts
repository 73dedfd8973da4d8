/** `busbar doctor`: what is wrong with the bus and with what it is to do, and what helps. */
import type { DescribedStatus, ListedDeadLetter } from '../../event-bridge/busbar-answers.ts'
import { none, parsed } from '../arguments.ts'
import { all, type Client, type OnWire } from '../client.ts'
import { connect } from '../connect.ts'
import { exitCodes, Failure } from '../failure.ts'
import { clocks, type Examined, type Finding, findings } from '../findings.ts'
import { rulesOf } from '../rules-of.ts'
import type { Terminal } from '../terminal.ts'

export const help = `Usage: busbar doctor [--json]

Looks whether the bus can be reached and signed in to, at clocks, failing targets, dead letters, rules
without targets, and targets that nobody serves; at the store and, in a cluster, at its nodes. Each
finding says what to do.

  --json   {"Level":"ok|note|wrong","Finding":"…","Do":"…"} a line

Exit codes: 0 nothing is wrong, 1 something is.

Example:
  busbar doctor
`

export const options = {} as const

/** Targets whose newest dead letter is looked at. */
const mostAsked = 10

const signIn = [
  'IncompleteSignatureException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'UnrecognizedClientException',
]

export async function doctor(args: string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parsed(args, options)
  none(positionals)
  const bus = await connect(values.endpoint, terminal)
  let isWrong = false
  for await (const finding of examined(bus, terminal)) {
    terminal.out(values.json ? JSON.stringify(finding) : shown(finding, terminal.paint))
    isWrong ||= finding.Level === 'wrong'
  }
  return isWrong ? exitCodes.failed : exitCodes.ok
}

async function* examined(bus: Client, { now, env }: Terminal): AsyncGenerator<Finding> {
  let status: OnWire<DescribedStatus>
  const before = now()
  try {
    status = await bus.call<DescribedStatus>('Busbar.DescribeStatus')
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    yield { Level: 'wrong', ...refused(bus, error) }
    return
  }
  const after = now()
  const { Version = 'of an unknown version', Region, Account } = status
  yield {
    Level: 'ok',
    Finding: `${bus.endpoint} is a bus ${Version}, in ${Region} of ${Account}`,
  }
  yield { Level: 'ok', Finding: signedIn(env) }
  yield clocks(status.Time * 1_000, before, after)

  const rules: Examined['rules'][number][] = []
  for await (const rule of rulesOf(bus, undefined)) rules.push(rule)
  const apiDestinations: Examined['apiDestinations'][number][] = []
  for await (const each of all(bus, 'ListApiDestinations', 'ApiDestinations'))
    apiDestinations.push(each as Examined['apiDestinations'][number])
  const deadLetters = new Map<string, OnWire<ListedDeadLetter>>()
  const withDead = status.Targets.filter(({ DeadLetters }) => DeadLetters > 0)
  for (const { Target } of withDead.slice(0, mostAsked)) {
    const { DeadLetters } = await bus.call<{ DeadLetters: readonly ListedDeadLetter[] }>(
      'Busbar.ListDeadLetters',
      { Target, Limit: 1 },
    )
    for (const letter of DeadLetters) deadLetters.set(Target, letter)
  }
  yield* findings({ status, rules, deadLetters, apiDestinations })
}

function refused({ endpoint }: Client, { code = '', message }: Failure): Omit<Finding, 'Level'> {
  if (!signIn.includes(code)) return { Finding: message, Do: 'Then ask again: busbar doctor' }
  return {
    Finding: `${endpoint} wants requests to be signed: ${message}`,
    Do: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to one of the BUSBAR_ACCESS_KEYS (id:secret) that the bus was started with.',
  }
}

function signedIn({ AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret }: Terminal['env']) {
  return id && secret ? `requests are signed with the key ${id}` : 'no sign-in is needed'
}

const marks = {
  ok: ['✓', 'green'],
  note: ['·', 'cyan'],
  wrong: ['✗', 'red'],
} as const

function shown({ Level, Finding, Do }: Finding, paint: Terminal['paint']): string {
  const [mark, style] = marks[Level]
  const line = `${paint(style, mark)} ${Finding}`
  return Do === undefined ? line : `${line}\n    ${paint('bold', Do)}`
}
