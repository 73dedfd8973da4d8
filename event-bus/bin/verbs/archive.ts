/** `busbar archive`: which events are kept, to be replayed. */
import type { ArchiveAnswer, DescribedArchive, ListedArchive } from '../../archive.ts'
import { count, given, none, only, parsed } from '../arguments.ts'
import { all, type Client, type OnWire } from '../client.ts'
import { connect } from '../connect.ts'
import { patternText } from '../event-input.ts'
import { exitCodes, usage } from '../failure.ts'
import { suggestion } from '../nearest.ts'
import { counted, table } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { told } from '../times.ts'

export const help = `Usage: busbar archive list [--bus NAME]
       busbar archive create NAME [--bus NAME] [--pattern JSON] [--days N] [--description TEXT]
       busbar archive describe NAME
       busbar archive delete NAME

An archive keeps the events that are put from its creation on. busbar replay puts them again.

  --bus NAME          of this bus; default when it is created, all when they are listed
  --pattern JSON      events that match only; a file's name or - (stdin) will do, too
  --days N            so long; for ever when absent
  --description TEXT
  --json              an archive a line

Example:
  busbar archive create orders-30d --bus orders --days 30
`

const text = { type: 'string' } as const
export const options = { bus: text, pattern: text, days: text, description: text } as const

const verbs = ['list', 'create', 'describe', 'delete']

export async function archive(args: string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parsed(args, options)
  const { out, log } = terminal
  const [verb = '', ...names] = positionals
  if (!verbs.includes(verb))
    throw usage(
      `Say ${verbs.join(', ')}, not “${verb}”.${suggestion(verb, verbs)}`.replace(', not “”', ''),
    )
  if (verb === 'list') none(names)
  const ArchiveName = verb === 'list' ? '' : only(names, 'which archive')
  const days = count('--days', values.days, 0)
  const pattern =
    values.pattern === undefined ? undefined : await patternText(terminal, values.pattern)
  const bus = await connect(values.endpoint, terminal)
  switch (verb) {
    case 'list': {
      const source = values.bus === undefined ? undefined : await busArn(bus, values.bus)
      const found: OnWire<ListedArchive>[] = []
      const filter = given({ EventSourceArn: source })
      for await (const each of all<ListedArchive>(bus, 'ListArchives', 'Archives', filter))
        found.push(each)
      if (values.json) for (const each of found) out(JSON.stringify(each))
      else if (found.length > 0) out(table(found.map(row)))
      else log('There are no archives.')
      return exitCodes.ok
    }
    case 'create': {
      const answer = await bus.call<ArchiveAnswer>('CreateArchive', {
        ArchiveName,
        EventSourceArn: await busArn(bus, values.bus ?? 'default'),
        ...given({
          EventPattern: pattern,
          RetentionDays: days,
          Description: values.description,
        }),
      })
      out(values.json ? JSON.stringify(answer) : `Archive ${ArchiveName} was created.`)
      return exitCodes.ok
    }
    case 'describe': {
      const answer = await bus.call<DescribedArchive>('DescribeArchive', { ArchiveName })
      out(values.json ? JSON.stringify(answer) : described(answer))
      return exitCodes.ok
    }
    default:
      await bus.call('DeleteArchive', { ArchiveName })
      out(
        values.json
          ? JSON.stringify({ ArchiveName, Deleted: true })
          : `Archive ${ArchiveName} was deleted.`,
      )
      return exitCodes.ok
  }
}

async function busArn(bus: Client, Name: string): Promise<string> {
  const { Arn } = await bus.call<{ Arn: string }>('DescribeEventBus', { Name })
  return Arn
}

const busOf = (arn: string): string => arn.replace(/^.*:event-bus\//, '')
const daysOf = (days: number): string => (days === 0 ? 'for ever' : counted(days, 'day'))

const row = (archive: OnWire<ListedArchive>): string[] => [
  archive.ArchiveName,
  busOf(archive.EventSourceArn),
  daysOf(archive.RetentionDays),
  counted(archive.EventCount, 'event'),
  counted(archive.SizeBytes, 'byte'),
  told(archive.CreationTime),
]

const described = (archive: OnWire<DescribedArchive>): string =>
  table([
    ['name', archive.ArchiveName],
    ['bus', busOf(archive.EventSourceArn)],
    ['keeps', daysOf(archive.RetentionDays)],
    ['holds', `${counted(archive.EventCount, 'event')}, ${counted(archive.SizeBytes, 'byte')}`],
    ['created', told(archive.CreationTime)],
    ['arn', archive.ArchiveArn],
    ...(archive.Description === undefined ? [] : [['description', archive.Description]]),
    ...(archive.EventPattern === undefined ? [] : [['pattern', archive.EventPattern]]),
  ])
