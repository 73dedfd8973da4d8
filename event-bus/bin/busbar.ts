#!/usr/bin/env node
/** `busbar <verb>`: the bus alone, and the command line. A verb's file is loaded when it is asked for. */
import process from 'node:process'
import { refused } from './arguments.ts'
import { exitCodes, Failure, usage } from './failure.ts'
import { suggestion } from './nearest.ts'
import { processTerminal, type Terminal } from './terminal.ts'

/** Resolves with the exit code. */
type Run = (args: string[], terminal: Terminal) => Promise<number>
interface Verb {
  readonly about: string
  /** The file exports `help` and, by the verb's name, what runs it. */
  readonly load: () => Promise<{ readonly help: string }>
}

const verbs: Readonly<Record<string, Verb>> = {
  serve: { about: 'run the bus', load: () => import('./verbs/serve.ts') },
  put: { about: 'put events: from flags, files or stdin', load: () => import('./verbs/put.ts') },
  tail: {
    about: 'watch events, which rules match, how deliveries end',
    load: () => import('./verbs/tail.ts'),
  },
  explain: {
    about: 'why an event matches a pattern, or the rules of a bus, or does not',
    load: () => import('./verbs/explain.ts'),
  },
  rules: { about: 'the rules, their targets, what waits', load: () => import('./verbs/rules.ts') },
  dlq: { about: 'dead letters: list, show, redrive, purge', load: () => import('./verbs/dlq.ts') },
  replay: { about: 'put archived events again', load: () => import('./verbs/replay.ts') },
  archive: { about: 'keep events to replay them', load: () => import('./verbs/archive.ts') },
  pause: { about: 'hold what comes for a target', load: () => import('./verbs/pause.ts') },
  resume: { about: 'deliver to it again', load: () => import('./verbs/resume.ts') },
  doctor: { about: 'what is wrong, and what to do', load: () => import('./verbs/doctor.ts') },
  export: { about: 'rules as a CloudFormation template', load: () => import('./verbs/export.ts') },
  import: { about: 'rules of a CloudFormation template', load: () => import('./verbs/import.ts') },
}

const help = () => `Usage: busbar <verb> [options]

${Object.entries(verbs)
  .map(([name, { about }]) => `  ${name.padEnd(9)} ${about}`)
  .join('\n')}

Every verb takes --endpoint URL (else AWS_ENDPOINT_URL_EVENTBRIDGE, else http://127.0.0.1:4010, with
BUSBAR_PORT in place of 4010) and --json (a JSON object a line), and explains itself with --help.
When AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set, requests are signed with them.
Data goes to stdout, words to stderr.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 timed out or not as asserted, 130 interrupted.

Example:
  busbar serve &
  busbar put --source shop --detail-type OrderPlaced --detail '{"order":1}'
`

const graceMs = 200
const ending = new AbortController()
quietPipes(process.argv[2] === 'serve')
const code = await run(process.argv.slice(2))
if (code !== exitCodes.interrupted) await written()
process.exit(code)

async function run([name, ...args]: string[]): Promise<number> {
  try {
    if (name === undefined) throw usage('Say what to do.')
    if (name === '--help' || name === '-h' || name === 'help') {
      const [asked] = args
      process.stdout.write(asked === undefined ? help() : (await verb(asked).load()).help)
      return exitCodes.ok
    }
    if (name === '--version' || name === '-v') {
      const { version } = await import('./version.ts')
      process.stdout.write(`${await version()}\n`)
      return exitCodes.ok
    }
    const loaded = await verb(name).load()
    if (args.includes('--help') || args.includes('-h')) {
      process.stdout.write(loaded.help)
      return exitCodes.ok
    }
    // The bus ends by its own rules.
    if (name !== 'serve') endOnSignals()
    const start = (loaded as unknown as Readonly<Record<string, Run>>)[name] as Run
    return await Promise.race([start(args, processTerminal(ending.signal)), interrupted()])
  } catch (error) {
    return ended(name, refused(error, []))
  }
}

function verb(name: string): Verb {
  const found = Object.hasOwn(verbs, name) ? verbs[name] : undefined
  if (found) return found
  throw usage(`There is no verb ${name}.${suggestion(name, Object.keys(verbs))}`)
}

function ended(name: string | undefined, error: unknown): number {
  if (ending.signal.aborted) return exitCodes.interrupted
  const known = name !== undefined && Object.hasOwn(verbs, name)
  const title = known ? `busbar ${name}` : 'busbar'
  const isFailure = error instanceof Failure
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  // A fault of our own is told with its place; what others have to do about it is nothing.
  const isOwn = !isFailure && (error instanceof TypeError || error instanceof ReferenceError)
  process.stderr.write(`${title}: ${isOwn ? stack : message}\n`)
  if (!isFailure || error.exitCode !== exitCodes.usage)
    return isFailure ? error.exitCode : exitCodes.failed
  process.stderr.write(`Try: ${title} --help\n`)
  return exitCodes.usage
}

/** Rejects when a verb that was asked to end has had its time for that. */
function interrupted(): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => void setTimeout(reject, graceMs, ending.signal.reason)
    ending.signal.addEventListener('abort', end, { once: true })
  })
}

function endOnSignals(): void {
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => {
      if (ending.signal.aborted) process.exit(exitCodes.interrupted)
      ending.abort(new Failure('interrupted', 'Interrupted.'))
    })
}

/** Resolves when all that was printed has gone out: a pipe takes no more than its reader does. */
function written(): Promise<unknown> {
  return new Promise((resolve) => process.stdout.write('', resolve))
}

/** `busbar tail | head` is no error. And a bus does not end because nobody reads its log any more. */
function quietPipes(goesOn: boolean): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      if (!goesOn) process.exit(exitCodes.ok)
    })
}
