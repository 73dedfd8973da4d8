/** `busbar replay`: events of an archive are put again, and followed until the last has been. */
import type { DescribedArchive } from '../../archive.ts'
import type { CancelledReplay, DescribedReplay, ListedReplay } from '../../replay.ts'
import { given, none, only, parsed } from '../arguments.ts'
import { all, type Client, type OnWire } from '../client.ts'
import { connect } from '../connect.ts'
import { exitCodes, failed, unmet, usage } from '../failure.ts'
import { progress } from '../progress.ts'
import { counted, table } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { duration, moment, told } from '../times.ts'

export const help = `Usage: busbar replay [start] --archive NAME --from WHEN [--to WHEN] [--rule NAME …] [--name NAME]
       busbar replay follow NAME
       busbar replay list
       busbar replay cancel NAME

Puts the events of an archive again, to all rules of its bus or to those that are named, and says how
far it is until it has ended.

  --archive NAME   the archive
  --from WHEN      events that happened since: 2h (ago) or 2026-09-30T10:00Z
  --to WHEN        and before; now when absent
  --rule NAME      to this rule only; several are allowed
  --name NAME      the replay's name; made of the archive's and the time when absent
  --no-wait        does not wait for its end
  --timeout 10m    waits so long, then ends with exit code 3; the replay goes on
  --json           a replay a line, as DescribeReplay answers it

Exit codes: 0 it was completed, 1 it failed or was cancelled, 3 it goes on after --timeout.

Example:
  busbar replay --archive orders-30d --from 2h --rule placed
`

const text = { type: 'string' } as const
export const options = {
  ...{ archive: text, from: text, to: text, name: text, timeout: text },
  rule: { type: 'string', multiple: true },
  'no-wait': { type: 'boolean' },
} as const

type Values = ReturnType<typeof parsed<typeof options>>['values']
type Replay = OnWire<DescribedReplay>

const firstPauseMs = 50
const longestPauseMs = 1_000

export async function replay(args: string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parsed(args, options)
  const [verb = 'start', ...names] = positionals
  const { out, log } = terminal
  const json = values.json ?? false
  switch (verb) {
    case 'start': {
      none(names)
      const request = startRequest(values, terminal)
      const bus = await connect(values.endpoint, terminal)
      const name = await started(bus, values, request)
      if (!json) log(`Replay ${name} has started.`)
      if (!values['no-wait']) return followed(bus, name, values, terminal)
      out(json ? JSON.stringify(await described(bus, name)) : name)
      return exitCodes.ok
    }
    case 'follow': {
      const name = only(names, 'which replay')
      return followed(await connect(values.endpoint, terminal), name, values, terminal)
    }
    case 'list': {
      none(names)
      const bus = await connect(values.endpoint, terminal)
      const found: OnWire<ListedReplay>[] = []
      for await (const each of all<ListedReplay>(bus, 'ListReplays', 'Replays')) found.push(each)
      if (json) for (const each of found) out(JSON.stringify(each))
      else if (found.length > 0) out(table(found.map(row)))
      else log('There are no replays.')
      return exitCodes.ok
    }
    case 'cancel': {
      const ReplayName = only(names, 'which replay')
      const bus = await connect(values.endpoint, terminal)
      const answer = await bus.call<CancelledReplay>('CancelReplay', { ReplayName })
      out(json ? JSON.stringify(answer) : `Replay ${ReplayName} is ${answer.State}.`)
      return exitCodes.ok
    }
    default:
      throw usage(`replay does not ${verb}, but start, follow, list, cancel.`)
  }
}

function startRequest({ archive, from, to, name }: Values, { now }: Terminal) {
  if (archive === undefined || from === undefined) throw usage('Say --archive and --from.')
  const stamp = new Date(now()).toISOString().replaceAll(/[-:]/g, '').slice(0, 15)
  return {
    ReplayName: name ?? `${archive.slice(0, 40)}-${stamp}`,
    EventStartTime: moment('--from', from, now()) / 1_000,
    EventEndTime: moment('--to', to ?? 'now', now()) / 1_000,
  }
}

async function started(
  bus: Client,
  { archive, rule = [] }: Values,
  request: ReturnType<typeof startRequest>,
): Promise<string> {
  const { ArchiveArn, EventSourceArn } = await bus.call<DescribedArchive>('DescribeArchive', {
    ArchiveName: archive,
  })
  const rules = await Promise.all(
    rule.map((Name) =>
      bus.call<{ Arn: string }>('DescribeRule', { Name, EventBusName: EventSourceArn }),
    ),
  )
  const FilterArns = rules.length > 0 ? rules.map(({ Arn }) => Arn) : undefined
  await bus.call('StartReplay', {
    ...request,
    EventSourceArn: ArchiveArn,
    Destination: { Arn: EventSourceArn, ...given({ FilterArns }) },
  })
  return request.ReplayName
}

const described = (bus: Client, ReplayName: string): Promise<Replay> =>
  bus.call<DescribedReplay>('DescribeReplay', { ReplayName })

async function followed(
  bus: Client,
  name: string,
  { json = false, timeout }: Pick<Values, 'json' | 'timeout'>,
  terminal: Terminal,
): Promise<number> {
  const until =
    timeout === undefined
      ? Number.POSITIVE_INFINITY
      : terminal.now() + duration('--timeout', timeout)
  let replay = await described(bus, name)
  const tell = progress(terminal, () => `${replay.State} ${events(replay)}`)
  for (let pause = firstPauseMs; isUnderWay(replay); pause = Math.min(pause * 2, longestPauseMs)) {
    if (terminal.now() >= until)
      throw unmet(`Replay ${name} goes on: ${events(replay)} so far. busbar replay follow ${name}`)
    await terminal.wait(pause)
    replay = await described(bus, name)
    tell()
  }
  terminal.out(
    json ? JSON.stringify(replay) : `Replay ${name}: ${replay.State}, ${events(replay)}.`,
  )
  if (replay.State === 'COMPLETED') return exitCodes.ok
  throw failed(`Replay ${name} is ${replay.State}. ${replay.StateReason ?? ''}`.trim())
}

const isUnderWay = ({ State }: Replay): boolean =>
  State === 'STARTING' || State === 'RUNNING' || State === 'CANCELLING'

const events = ({ BusbarProgress, EventLastReplayedTime: last }: Replay): string =>
  `${counted(BusbarProgress.EventsReplayed, 'event')}${last === undefined ? '' : ` up to ${told(last)}`}`

const row = (replay: OnWire<ListedReplay>): string[] => [
  replay.ReplayName,
  replay.State,
  replay.EventSourceArn.replace(/^.*:archive\//, ''),
  `${told(replay.EventStartTime)} – ${told(replay.EventEndTime)}`,
  told(replay.ReplayStartTime),
]
