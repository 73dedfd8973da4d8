/** What tests of tails need: one on a bus in memory, its lines in short, and time that goes on while they are read. */
import type { TailedEvent, TailLine } from '../event-bridge/busbar-answers.ts'
import { busbarStreams } from '../event-bridge/busbar-operations.ts'
import type { Request } from '../request.ts'
import { aShop, type Options, type StartedEventBridge } from './event-bridge.ts'
import { type ReadStream, readStream } from './streams.ts'

export function tailOf({ engine, bridge }: StartedEventBridge) {
  const stream = busbarStreams({ engine, bridge }).get('Busbar.Tail')
  return (request: Request = {}) => readStream<TailLine>(stream, request)
}

export async function aTailedShop(options?: Options) {
  const shop = await aShop(options)
  return { ...shop, tail: tailOf(shop) }
}

/** The id that an event's line tells. */
export const idIn = ({ Event }: TailedEvent) => (JSON.parse(Event) as { id: string }).id

/** The orders of events, and how deliveries have ended. */
export const brief = (lines: readonly TailLine[]) =>
  lines.map((line) => {
    if (line.Type === 'Event')
      return (JSON.parse(line.Event) as { detail: { order: number } }).detail.order
    if (line.Type === 'Delivery') return `${line.TargetId ?? line.Target} ${line.Outcome}`
    return `missed ${line.Count ?? 'events'}`
  })

/** Reads so many lines while time goes on: a tail that is up to date rests for a moment. */
export async function readAll(
  lines: Pick<ReadStream<TailLine>, 'next'>,
  clock: StartedEventBridge['clock'],
  count: number,
): Promise<readonly TailLine[]> {
  let isRead = false
  const read = lines.next(count).finally(() => {
    isRead = true
  })
  for (let turns = 0; !isRead && turns < 1_000; turns++) {
    await clock.turn()
    if (!isRead) await clock.move(20)
  }
  if (!isRead) throw new Error(`Fewer than ${count} lines came`)
  return read
}
