/** `busbar tail`: what comes to the bus, as it comes, and what becomes of it. */
import type { TailLine } from '../../event-bridge/busbar-answers.ts'
import { count, given, none, parsed } from '../arguments.ts'
import { type Client, type OnWire, unreachable } from '../client.ts'
import { connect } from '../connect.ts'
import { patternText } from '../event-input.ts'
import { parseExactly } from '../exact-json.ts'
import { exitCodes, Failure, unmet } from '../failure.ts'
import { counted, cut } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { duration, momentOf, roughly, told } from '../times.ts'

export const help = `Usage: busbar tail [options]

Shows events as they come, the rules that they match, and how their deliveries end. When the bus
restarts, it goes on behind the last event that it has shown. On a cluster: the events of all nodes,
and the deliveries of the one that is asked.

  --bus NAME         of this bus; of all when absent
  --pattern JSON     only events that match; a file's name or - (stdin) will do, too
  --since WHEN       from so long ago (10m), a time (2026-09-30T10:00Z) or an event's cursor on
  --no-deliveries    events only
  --limit N          ends after N events
  --timeout 30s      ends then; with exit code 3 when fewer than --limit (or 1) events have come
  --json             {"Type":"Event","Event":{…},"Rules":[…],…} and {"Type":"Delivery",…} a line

Exit codes: 0 done, 3 fewer events than asked for came in time.

Examples:
  busbar tail --bus orders --since 10m
  busbar tail --pattern '{"detail-type":["OrderPlaced"]}' --limit 1 --timeout 30s --json
`

const text = { type: 'string' } as const
export const options = {
  ...{ bus: text, pattern: text, since: text, limit: text, timeout: text },
  'no-deliveries': { type: 'boolean' },
} as const

type Line = OnWire<TailLine>
const firstPauseMs = 100
const longestPauseMs = 5_000

export async function tail(args: string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parsed(args, options)
  none(positionals)
  const limit = count('--limit', values.limit)
  const timeout = values.timeout === undefined ? null : duration('--timeout', values.timeout)
  const request = given({
    EventBusName: values.bus,
    EventPattern:
      values.pattern === undefined ? undefined : await patternText(terminal, values.pattern),
    Deliveries: values['no-deliveries'] ? undefined : true,
  })
  const since = sinceOf(values.since, terminal)
  const bus = await connect(values.endpoint, terminal)
  const ending = new AbortController()
  const late = timeout === null ? null : setTimeout(() => ending.abort(), timeout)
  let events = 0
  try {
    const signal = AbortSignal.any([ending.signal, terminal.signal])
    for await (const line of followed(bus, request, since, signal, terminal)) {
      const isEvent = line.Type === 'Event'
      terminal.out(values.json ? jsonOf(line) : shown(line, terminal))
      if (isEvent) events++
      await terminal.drained()
      if (events === limit) return exitCodes.ok
    }
  } catch (error) {
    if (!ending.signal.aborted) throw error
  } finally {
    if (late !== null) clearTimeout(late)
  }
  const wanted = limit ?? 1
  if (events >= wanted) return exitCodes.ok
  throw unmet(
    `${counted(events, 'event')} came in ${roughly(timeout ?? 0)}, not ${wanted}. busbar explain tells why an event does not match.`,
  )
}

/** Where it begins: a cursor or a time in words; a moment by this machine's clock, in ms; or now. */
type Since = string | number | undefined

function sinceOf(value: string | undefined, { now }: Terminal): Since {
  if (value === undefined) return undefined
  const at = momentOf(value, now())
  if (at === null) return value
  return /^\d{4}-/.test(value) ? new Date(at).toISOString() : at
}

/** Lines until the signal aborts, over restarts of the bus: no event twice, and none left out. */
export async function* followed(
  bus: Pick<Client, 'stream'>,
  asked: Readonly<Record<string, unknown>>,
  begin: Since,
  signal: AbortSignal,
  terminal: Pick<Terminal, 'log' | 'now' | 'wait'>,
): AsyncGenerator<Line> {
  let since = begin
  let reached = false
  let pause = firstPauseMs
  for (;;) {
    const start = terminal.now()
    try {
      // So many seconds ago: whatever the bus's clock says.
      const Since = typeof since === 'number' ? (start - since) / 1_000 : since
      const request = { ...asked, ...given({ Since }) }
      for await (const line of bus.stream<TailLine>('Busbar.Tail', request, signal)) {
        if (!reached && pause > firstPauseMs) terminal.log('The bus is back.')
        reached = true
        pause = firstPauseMs
        since ??= start
        if (line === null) continue
        if (line.Type === 'Event') since = line.Cursor
        yield line
      }
      signal.throwIfAborted()
    } catch (error) {
      signal.throwIfAborted()
      const isAway = error instanceof Failure && error.code === unreachable
      if (!isAway || !(reached || pause > firstPauseMs)) throw error
      if (reached) terminal.log('The bus is away. Waiting for it…')
    }
    reached = false
    await terminal.wait(pause, signal)
    pause = Math.min(longestPauseMs, pause * 2)
  }
}

/** The event as the JSON that it is. */
function jsonOf(line: Line): string {
  if (line.Type !== 'Event') return JSON.stringify(line)
  const { Event, ...rest } = line
  return `${JSON.stringify(rest).slice(0, -1)},"Event":${Event}}`
}

const outcomes = { succeeded: 'green', failed: 'yellow', dead: 'red' } as const

function shown(line: Line, { paint }: Terminal): string {
  switch (line.Type) {
    case 'Event': {
      const event = parseExactly(line.Event) as Readonly<Record<string, unknown>>
      const rules =
        line.Rules.length > 0
          ? paint('green', `→ ${line.Rules.join(', ')}`)
          : paint('dim', '→ no rule')
      const head = `${event.time}  ${line.EventBusName}  ${paint('bold', `${event.source} ${event['detail-type']}`)}`
      return `${head}  ${rules}\n  ${paint('dim', String(event.id))}  ${cut(JSON.stringify(event.detail), 500)}`
    }
    case 'Delivery': {
      const took = line.DurationMs === undefined ? '' : `  ${roughly(line.DurationMs)}`
      const attempts = line.Attempts > 1 ? `  attempt ${line.Attempts}` : ''
      const why = line.ErrorMessage ? `  ${line.ErrorCode}: ${cut(line.ErrorMessage, 300)}` : ''
      const outcome = paint(outcomes[line.Outcome], line.Outcome)
      return `${told(line.At).slice(0, 10)}T${told(line.At).slice(11)}  ${line.Target}  ${outcome}${attempts}${took}${why}\n  ${paint('dim', line.EventId)}`
    }
    case 'Missed':
      return paint(
        'yellow',
        line.Count === undefined
          ? 'Some events are missing here: the log has forgotten them.'
          : `${counted(line.Count, 'delivery', 'deliveries')} not shown: this terminal is too slow.`,
      )
  }
}
