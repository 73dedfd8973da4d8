/** Reads all of a bus that a template can have. */
import type { DescribedArchive } from '../archive.ts'
import type { DescribedApiDestination } from '../event-bridge/api-destinations.ts'
import type { DescribedStatus } from '../event-bridge/busbar-answers.ts'
import type { DescribedConnection } from '../event-bridge/connections.ts'
import type { DescribedEventBus } from '../event-bridge/event-buses.ts'
import type { Tag } from '../event-bridge/tags.ts'
import { all, type Client, type OnWire } from './client.ts'
import type { Exported } from './export-template.ts'
import { busNames, rulesOf } from './rules-of.ts'

export async function exportedFrom(bus: Pick<Client, 'call'>): Promise<Exported> {
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
