/** `busbar dlq`: what the bus has given up: to be looked into, tried again or thrown away. */
import type {
  ListedDeadLetter,
  PurgeProgress,
  RedriveProgress,
} from '../../event-bridge/busbar-answers.ts'
import { count, given, none, only, parsed } from '../arguments.ts'
import { all, type Client, type OnWire } from '../client.ts'
import { connect } from '../connect.ts'
import { parseExactly } from '../exact-json.ts'
import { exitCodes, failed, usage } from '../failure.ts'
import { suggestion } from '../nearest.ts'
import { progress } from '../progress.ts'
import { counted, cut, table } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { told } from '../times.ts'

export const help = `Usage: busbar dlq list [FILTERS] [--limit N]
       busbar dlq show ID
       busbar dlq redrive FILTERS|ID|--all [--dry-run]
       busbar dlq purge FILTERS|ID|--all [--dry-run] [--yes]

Dead letters are deliveries that were given up. A redriven one is delivered again, with all its
attempts; a purged one is gone. On a terminal a purge is done with --yes only.

Filters, all of which hold:
  --bus NAME      of this bus's rules
  --rule NAME     of this rule, on --bus or else on default
  --target KEY    of this target: <bus>/<rule>/<id>
  --code CODE     with this ERROR_CODE, like TIMEOUT
  --error TEXT    with this in its error
  --id ID         this one
  --all           all of them

  --limit N       list: at most N, the newest first; 100 when absent
  --dry-run       says how many it would be and changes nothing
  --yes           purges without being asked again
  --json          a dead letter a line; of redrive and purge the numbers

Examples:
  busbar dlq list --bus orders --code TIMEOUT
  busbar dlq redrive --bus orders --rule placed --dry-run
`

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const
export const options = {
  ...{ bus: text, rule: text, target: text, code: text, error: text, id: text, limit: text },
  ...{ all: flag, 'dry-run': flag, yes: flag },
} as const

type Letter = OnWire<ListedDeadLetter>
interface Asked {
  readonly bus: Client
  readonly filter: Readonly<Record<string, string>>
  readonly json: boolean
  readonly dryRun: boolean
  readonly terminal: Terminal
}

const verbs = ['list', 'show', 'redrive', 'purge']

export async function dlq(args: string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parsed(args, options)
  const [verb = '', ...ids] = positionals
  if (!verbs.includes(verb))
    throw usage(
      verb === ''
        ? `Say ${verbs.join(', ')}.`
        : `dlq does not ${verb}, but ${verbs.join(', ')}.${suggestion(verb, verbs)}`,
    )
  if (verb === 'list') none(ids)
  else if (verb === 'show' || ids.length > 0) only(ids, 'which one: busbar dlq list tells its id')
  const filter: Asked['filter'] = given({
    DeadLetterId: ids[0] ?? values.id,
    Target: values.target,
    EventBusName: values.bus,
    Rule: values.rule,
    ErrorCode: values.code,
    Error: values.error,
  })
  const isAll = values.all ?? false
  const isChange = verb === 'redrive' || verb === 'purge'
  if (isChange && isAll === Object.keys(filter).length > 0)
    throw usage(
      isAll ? 'Say filters or --all, not both.' : `Say which: filters, an ID, or --all for all.`,
    )
  const dryRun = values['dry-run'] ?? false
  if (verb === 'purge' && terminal.asks && !values.yes && !dryRun)
    throw usage('What is purged is gone. Say --yes to do it, or --dry-run to see how many it is.')
  const bus = await connect(values.endpoint, terminal)
  const asked: Asked = { bus, filter, json: values.json ?? false, dryRun, terminal }
  switch (verb) {
    case 'list':
      return list(asked, count('--limit', values.limit) ?? 100)
    case 'show':
      return show(asked)
    case 'redrive':
      return redrive(asked)
    default:
      return purge(asked)
  }
}

async function list({ bus, filter, json, terminal }: Asked, limit: number): Promise<number> {
  const rows: string[][] = []
  let found = 0
  let isMore = false
  const request = { ...filter, Limit: Math.min(limit, 100) }
  for await (const letter of all<ListedDeadLetter>(
    bus,
    'Busbar.ListDeadLetters',
    'DeadLetters',
    request,
  )) {
    isMore = found === limit
    if (isMore) break
    found++
    if (json) terminal.out(jsonOf(letter))
    else
      rows.push([
        letter.DeadLetterId,
        told(letter.Time),
        letter.Target,
        terminal.paint('red', letter.ErrorCode),
        counted(letter.Attempts, 'attempt'),
        cut(letter.ErrorMessage, 120),
      ])
  }
  if (rows.length > 0) terminal.out(table(rows))
  if (isMore) terminal.log(`There are more: --limit ${limit * 10} shows more of them.`)
  else if (found === 0) terminal.log('There are none.')
  return exitCodes.ok
}

async function show({ bus, filter, json, terminal }: Asked): Promise<number> {
  const { DeadLetterId } = filter
  const { DeadLetters } = await bus.call<{ DeadLetters: readonly ListedDeadLetter[] }>(
    'Busbar.ListDeadLetters',
    { ...filter, Limit: 1 },
  )
  const [letter] = DeadLetters
  if (!letter)
    throw failed(`There is no dead letter ${DeadLetterId}. It may have been redriven or purged.`)
  if (json) {
    terminal.out(jsonOf(letter))
    return exitCodes.ok
  }
  const { ExhaustedRetryCondition: exhausted } = letter
  terminal.out(
    table([
      ['id', letter.DeadLetterId],
      ['target', letter.Target],
      ['error', `${terminal.paint('red', letter.ErrorCode)} ${letter.ErrorMessage}`],
      ['attempts', `${letter.Attempts}${exhausted ? ` (${exhausted})` : ''}`],
      ['first', told(letter.FirstAttemptTime)],
      ['died', told(letter.Time)],
      ['event', letter.EventId],
    ]),
  )
  terminal.out(`\n${JSON.stringify(parseExactly(letter.Event), null, 2)}`)
  return exitCodes.ok
}

/** With the event as the JSON that it is. */
const jsonOf = ({ Event, ...letter }: Letter): string =>
  `${JSON.stringify(letter).slice(0, -1)},"Event":${Event}}`

async function redrive(asked: Asked): Promise<number> {
  const { json, dryRun, terminal } = asked
  const { Redriven, WithoutTarget } = await followed<RedriveProgress>(
    asked,
    'Busbar.RedriveDeadLetters',
    ({ Redriven }) => Redriven,
  )
  if (json) terminal.out(JSON.stringify({ Redriven, WithoutTarget, DryRun: dryRun }))
  else {
    const verb = dryRun ? 'would be delivered again' : 'redriven'
    terminal.out(`${counted(Redriven, 'dead letter')} ${verb}.`)
  }
  if (WithoutTarget > 0)
    terminal.log(
      `${counted(WithoutTarget, 'dead letter')} stay: their targets are gone. Put the targets again, or purge them.`,
    )
  return exitCodes.ok
}

async function purge(asked: Asked): Promise<number> {
  const { json, dryRun, terminal } = asked
  const { Purged } = await followed<PurgeProgress>(
    asked,
    'Busbar.PurgeDeadLetters',
    ({ Purged }) => Purged,
  )
  if (json) terminal.out(JSON.stringify({ Purged, DryRun: dryRun }))
  else terminal.out(`${counted(Purged, 'dead letter')} ${dryRun ? 'would be deleted' : 'deleted'}.`)
  return exitCodes.ok
}

/** The last line of a stream that says how far it is. */
async function followed<Progress extends { readonly Done?: true }>(
  { bus, filter, dryRun, terminal }: Asked,
  operation: string,
  done: (progress: OnWire<Progress>) => number,
): Promise<OnWire<Progress>> {
  let last: OnWire<Progress> | undefined
  const tell = progress(terminal, (seconds) => {
    const number = last ? done(last) : 0
    return `${number.toLocaleString('en-US')} so far, ${Math.round(number / seconds)}/s`
  })
  const request = {
    ...(Object.keys(filter).length > 0 ? filter : { All: true }),
    ...(dryRun && { DryRun: true }),
  }
  for await (const line of bus.stream<Progress>(operation, request, terminal.signal)) {
    if (line !== null) last = line
    tell()
  }
  if (last?.Done) return last
  throw failed(
    `It ended after ${counted(last ? done(last) : 0, 'dead letter')}. Those are done; ask again for the others.`,
  )
}
