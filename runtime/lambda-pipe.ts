/**
 * The function behind a pipe: of a list of stream records it makes the list of events that the pipe puts
 * on its bus, the very ones that the other runtimes put.
 */
import type { PutEventsRequestEntry } from '@busbar/event-bus'
import type { PipeEntry, StreamRecord } from './lambda-event.ts'

/** What a record of the table's stream tells; null for nothing. */
export type Tell = (record: StreamRecord) => PutEventsRequestEntry | null

/**
 * A record that cannot be told rejects the whole list: the pipe halves it until the record stands alone
 * and is a dead letter. For an empty answer a pipe does not call its target.
 */
export const enrichment =
  (tell: Tell) =>
  async (records: readonly StreamRecord[]): Promise<readonly PipeEntry[]> =>
    records.flatMap((record): PipeEntry[] => {
      const entry = tell(record)
      if (!entry) return []
      const { Source: source, DetailType, Detail } = entry
      return [{ source, 'detail-type': DetailType, detail: JSON.parse(Detail) as object }]
    })
