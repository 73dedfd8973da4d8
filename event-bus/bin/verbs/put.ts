/** `busbar put`: events from flags, files or stdin, ten a request and several requests at a time. */
import { count, given, parsed } from '../arguments.ts'
import type { Client } from '../client.ts'
import { connect } from '../connect.ts'
import { type Entry, EntryFault, entryOf, timeOf } from '../entry.ts'
import { exitCodes, usage } from '../failure.ts'
import { lines } from '../lines.ts'
import { progress } from '../progress.ts'
import { type NumberedEntry, type Outcome, putAll } from '../put-all.ts'
import { counted } from '../table.ts'
import type { Terminal } from '../terminal.ts'

export const help = `Usage: busbar put [FILE …] [options]

Puts events and prints their ids, in the order of the input. Without FILE, and with --source, it puts
one event; without both it reads stdin, which FILE - is, too. Each line is an event in PutEvents' words
({"Source":"shop","DetailType":"OrderPlaced","Detail":{"order":1}}, Detail as an object or as text) or as
one was delivered ({"source":…,"detail-type":…,"detail":…}; it is given a new id). Flags say what a line
does not. What cannot be put is told with its file, line and column; the others are put.

  --source TEXT        Source
  --detail-type TEXT   DetailType
  --detail JSON        Detail; {} when absent
  --bus NAME           EventBusName; default when absent
  --resource ARN       one of Resources; several are allowed
  --time TIME          Time, like 2026-09-30T10:00:00Z
  --in-flight N        requests at the same time; 4 when absent, 1 keeps the order of the events
  --json               {"Line":1,"EventId":"…"} a line, and of failed ones their ErrorCode, ErrorMessage

Exit codes: 0 all were put, 1 some were not.

Examples:
  busbar put --bus orders --source shop --detail-type OrderPlaced --detail '{"order":1}'
  busbar put --bus orders events.ndjson
`

const text = { type: 'string' } as const
export const options = {
  ...{ source: text, 'detail-type': text, detail: text, bus: text, time: text },
  'in-flight': text,
  resource: { type: 'string', multiple: true },
} as const

const invalidLine = 'InvalidLine'

export async function put(args: string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parsed(args, options)
  const inFlight = count('--in-flight', values['in-flight']) ?? 4
  const others: Entry = {
    ...given({
      Source: values.source,
      DetailType: values['detail-type'],
      Detail: values.detail,
      EventBusName: values.bus,
      Resources: values.resource,
    }),
    ...timeFlag(values.time),
  }
  const isOne = positionals.length === 0 && values.source !== undefined
  if (!isOne && positionals.length === 0 && terminal.typed)
    throw usage('Say what to put: with --source and --detail-type, a FILE, or through stdin.')
  if (isOne && values['detail-type'] === undefined) throw usage('Say --detail-type, too.')

  const bus = await connect(values.endpoint, terminal)
  const files = positionals.length > 0 ? positionals : ['-']
  const entries = isOne ? one({ Detail: '{}', ...others }) : read(files, others, terminal)
  return report(bus, entries, { inFlight, json: values.json ?? false }, terminal)
}

async function* one(entry: Entry): AsyncGenerator<NumberedEntry> {
  yield { place: 'the event', line: 1, entry }
}

/** Each line, with its place or what is wrong with it. */
async function* read(
  files: readonly string[],
  others: Entry,
  terminal: Pick<Terminal, 'read'>,
): AsyncGenerator<NumberedEntry> {
  for (const file of files) {
    const name = file === '-' ? 'stdin' : file
    for await (const { number, text } of lines(terminal.read(file), { name })) {
      const at = { line: number, place: `${name}:${number}` }
      try {
        yield { ...at, entry: entryOf(text, others) }
      } catch (error) {
        if (!(error instanceof EntryFault)) throw error
        yield {
          ...{ ...at, place: `${at.place}:${error.column}` },
          fault: { ErrorCode: invalidLine, ErrorMessage: error.message },
        }
      }
    }
  }
}

async function report(
  bus: Client,
  entries: AsyncIterable<NumberedEntry>,
  { inFlight, json }: { readonly inFlight: number; readonly json: boolean },
  terminal: Terminal,
): Promise<number> {
  let done = 0
  let wrong = 0
  const tell = progress(terminal, (seconds) => {
    const rate = Math.round((done + wrong) / seconds).toLocaleString('en-US')
    return `${counted(done, 'event')} put, ${wrong} failed, ${rate}/s`
  })
  const start = terminal.now()

  function told({ place, line, ...outcome }: Outcome): void {
    if ('EventId' in outcome) done++
    else wrong++
    if (json) terminal.out(JSON.stringify({ Line: line, ...outcome }))
    else if ('EventId' in outcome) terminal.out(outcome.EventId)
    if ('ErrorCode' in outcome) terminal.log(`${place}: ${outcome.ErrorMessage}${codeOf(outcome)}`)
    tell()
  }

  try {
    await putAll(bus, entries, {
      ...{ inFlight, signal: terminal.signal },
      async told(outcomes) {
        for (const outcome of outcomes) told(outcome)
        await terminal.drained()
      },
    })
  } finally {
    if (wrong > 0 || terminal.now() - start > 1_000)
      terminal.log(`${counted(done, 'event')} put, ${wrong} failed.`)
  }
  return wrong > 0 ? exitCodes.failed : exitCodes.ok
}

const codeOf = ({ ErrorCode }: { readonly ErrorCode: string }): string =>
  ErrorCode === invalidLine ? '' : ` (${ErrorCode})`

function timeFlag(time: string | undefined): Pick<Entry, 'Time'> {
  try {
    return timeOf(time)
  } catch (error) {
    throw usage(`--time: ${(error as Error).message}`)
  }
}
