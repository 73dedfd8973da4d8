/** Makes a bus have what a template declares, and says of each resource what became of it. */
import type { Place } from '../event.ts'
import { type Client, unreachable } from './client.ts'
import { Failure } from './failure.ts'
import { apiDestination, connection } from './template/api-destinations.ts'
import { eventBus, eventBusPolicy } from './template/event-buses.ts'
import { Unresolved } from './template/intrinsics.ts'
import type { Created } from './template/other-services.ts'
import type { Ensure, Ensured, Importing, Wanted } from './template/resource.ts'
import { archive, refuseFailed, rule } from './template/rules.ts'
import type { importedTypes, Opened } from './template/template.ts'

export type Imported = {
  readonly LogicalId: string
  readonly Type: string
} & (
  | { readonly Action: Ensured['action']; readonly Name: string }
  | { readonly Action: 'failed'; readonly Why: string }
)

const ensure: Readonly<Record<(typeof importedTypes)[number], Ensure>> = {
  'AWS::Events::EventBus': eventBus,
  'AWS::Events::EventBusPolicy': eventBusPolicy,
  'AWS::Events::Connection': connection,
  'AWS::Events::ApiDestination': apiDestination,
  'AWS::Events::Rule': rule,
  'AWS::Events::Archive': archive,
}

/** Each resource for itself: one that the bus refuses stops only those that refer to it. */
export async function* importTemplate(
  { resources, resolve }: Opened,
  bus: Pick<Client, 'call'>,
  {
    place,
    dryRun,
    secrets,
  }: { readonly place: Place; readonly dryRun: boolean; readonly secrets: boolean },
): AsyncGenerator<Imported> {
  const created = new Map<string, Created>()
  const importing: Importing = {
    ...{ place, secrets },
    call: bus.call,
    async change(operation, request) {
      if (!dryRun) refuseFailed(await bus.call<object>(operation, request))
    },
  }
  for (const { logicalId, type, properties, metadata } of resources) {
    const of = { LogicalId: logicalId, Type: type }
    try {
      const wanted: Wanted = {
        logicalId,
        properties: resolve(properties, created) as Wanted['properties'],
        metadata,
      }
      const { action, name, ...made } = await ensure[type as keyof typeof ensure](wanted, importing)
      created.set(logicalId, made)
      yield { ...of, Action: action, Name: name }
    } catch (error) {
      const isTold = error instanceof Unresolved || error instanceof Failure
      if (!isTold || (error as Failure).code === unreachable) throw error
      yield { ...of, Action: 'failed', Why: error.message }
    }
  }
}
