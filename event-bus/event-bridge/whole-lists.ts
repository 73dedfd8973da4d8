/** Lists that EventBridge answers in parts, for those who need the whole. */
import type { EventBridge } from './event-bridge.ts'
import type { DescribedRule } from './rules.ts'

export async function eventBusNames(
  bridge: Pick<EventBridge, 'listEventBuses'>,
): Promise<readonly string[]> {
  const buses = await whole(bridge.listEventBuses, ({ EventBuses }) => EventBuses)
  return buses.map(({ Name }) => Name)
}

/** Throws `ResourceNotFoundException` when there is no such bus. */
export const rulesOn = (
  bridge: Pick<EventBridge, 'listRules'>,
  bus: string,
): Promise<readonly DescribedRule[]> =>
  whole(
    (request) => bridge.listRules({ ...request, EventBusName: bus }),
    ({ Rules }) => Rules,
  )

async function whole<Part extends { readonly NextToken?: string }, Item>(
  list: (request: { readonly NextToken?: string }) => Promise<Part>,
  itemsOf: (part: Part) => readonly Item[],
): Promise<readonly Item[]> {
  const all: Item[] = []
  for (let from: { readonly NextToken?: string } | null = {}; from; ) {
    const part: Part = await list(from)
    all.push(...itemsOf(part))
    from = part.NextToken === undefined ? null : { NextToken: part.NextToken }
  }
  return all
}
