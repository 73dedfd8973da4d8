/** The events that are stored together with a row, as items that the table's stream tells. */
import type { Clock, PutEventsRequestEntry } from '@busbar/event-bus'
import type { Write } from './table.ts'

/** Ids of its items, which sort as the events were announced. */
export interface OutboxOptions {
  readonly ids: { next(): string }
  readonly clock: Pick<Clock, 'now'>
}

/** The stream keeps a record for 24 hours; an item has done its part when it is written. */
const keptSeconds = 2 * 86_400

/** Throws for an entry whose detail is no JSON: it would be refused when nobody waits for it any more. */
export function outbox({ ids, clock }: OutboxOptions) {
  return (announced: readonly PutEventsRequestEntry[]): readonly Write[] =>
    announced.map(({ Source, DetailType, Detail }) => {
      JSON.parse(Detail)
      const id = ids.next()
      return {
        put: {
          ...{ pk: `outbox#${id}`, sk: 'outbox', id },
          ...{ source: Source, detailType: DetailType, detail: Detail },
          expiresAt: Math.floor(clock.now().getTime() / 1_000) + keptSeconds,
        },
      }
    })
}
