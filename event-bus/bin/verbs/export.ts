/** `busbar export`: what a bus has, as a CloudFormation template. */
import type { DescribedArchive } from '../../archive.ts'
import type { DescribedApiDestination } from '../../event-bridge/api-destinations.ts'
import type { DescribedStatus } from '../../event-bridge/busbar-answers.ts'
import type { DescribedConnection } from '../../event-bridge/connections.ts'
import type { DescribedEventBus } from '../../event-bridge/event-buses.ts'
import type { Tag } from '../../event-bridge/tags.ts'
import { none, parsed } from '../arguments.ts'
import { all, type Client, type OnWire } from '../client.ts'
import { connect } from '../connect.ts'
import { type Exported, exportTemplate, onlyOf } from '../export-template.ts'
import { exitCodes } from '../failure.ts'
import { busNames, rulesOf } from '../rules-of.ts'
import type { Terminal } from '../terminal.ts'

export const help = `Usage: busbar export [--bus NAME] > template.json

Writes event buses, rules with their targets, archives, connections and API destinations as a
CloudFormation template, for busbar import, for AWS, or to be kept with the code: what is the same gives
the same text. Secrets of connections are not in it, but parameters that import asks for.

  --bus NAME   this bus and what belongs to it; everything when absent
  --json       the template on one line

Example:
  busbar export --bus orders > orders.json
`

export const options = { bus: { type: 'string' } } as const

const exportVerb = async (args: string[], terminal: Terminal): Promise<number> => {
  const { values, positionals } = parsed(args, options)
  none(positionals)
  const bus = await connect(values.endpoint, terminal)
  // The bus says when there is no such bus.
  if (values.bus !== undefined) await bus.call('DescribeEventBus', { Name: values.bus })
  const everything = await read(bus)
  const wanted = values.bus === undefined ? everything : onlyOf(values.bus, everything)
  for (const { Name, ConnectionState } of wanted.connections)
    if (ConnectionState === 'DEAUTHORIZED')
      terminal.log(`Not exported: the connection ${Name}, which is deauthorized.`)
  const template = exportTemplate({
    ...wanted,
    connections: wanted.connections.filter(
      ({ ConnectionState }) => ConnectionState !== 'DEAUTHORIZED',
    ),
  })
  terminal.out(JSON.stringify(template, null, values.json ? undefined : 2))
  return exitCodes.ok
}

export { exportVerb as export }

async function read(bus: Client): Promise<Exported> {
  const { Region: region, Account: account } =
    await bus.call<DescribedStatus>('Busbar.DescribeStatus')
  const described = async <T>(
    list: readonly [operation: string, member: string],
    describe: readonly [operation: string, member: string, named: string],
  ): Promise<OnWire<T>[]> => {
    const found: OnWire<T>[] = []
    const [operation, member, named] = describe
    for await (const each of all<Readonly<Record<string, unknown>>>(bus, ...list))
      found.push(await bus.call<T>(operation, { [member]: each[named] }))
    return found
  }
  const tagsOf = async (ResourceARN: string): Promise<readonly Tag[]> =>
    (await bus.call<{ Tags: readonly Tag[] }>('ListTagsForResource', { ResourceARN })).Tags

  const buses: Exported['buses'][number][] = []
  for (const Name of await busNames(bus)) {
    const described = await bus.call<DescribedEventBus>('DescribeEventBus', { Name })
    buses.push({ ...described, Tags: await tagsOf(described.Arn) })
  }
  const rules: Exported['rules'][number][] = []
  for await (const rule of rulesOf(bus, undefined))
    rules.push({ ...rule, Tags: await tagsOf(rule.Arn) })
  return {
    ...{ place: { region, account }, buses, rules },
    archives: await described<DescribedArchive>(
      ['ListArchives', 'Archives'],
      ['DescribeArchive', 'ArchiveName', 'ArchiveName'],
    ),
    connections: await described<DescribedConnection>(
      ['ListConnections', 'Connections'],
      ['DescribeConnection', 'Name', 'Name'],
    ),
    apiDestinations: await described<DescribedApiDestination>(
      ['ListApiDestinations', 'ApiDestinations'],
      ['DescribeApiDestination', 'Name', 'Name'],
    ),
  }
}
