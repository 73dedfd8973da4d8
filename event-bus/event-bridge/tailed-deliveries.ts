/** What a tail was told of deliveries and has not shown yet: a bounded number, then only how many. */
import type { Match } from '@busbar/event-pattern'
import { uuidOf } from '../engine/event-id.ts'
import type { Outcome } from '../engine/outcome.ts'
import type { Clock } from '../ports.ts'
import type { TailedDelivery, TailLine } from './busbar-answers.ts'
import { eventIdIn, targetName } from './target-name.ts'

const mostWaiting = 1_000
/** Events that are remembered as shown, for deliveries that do not tell whose they are. */
const mostShown = 10_000

export interface TailedDeliveries {
  /** Answers whether it is something to show. */
  add(outcome: Outcome, startedAt: number | undefined): boolean
  readonly count: number
  /** The event with this id was shown. */
  shown(event: number): void
  /** Those of events up to an id and the first `surely`, in the order in which they were added. */
  take(upTo: number, surely: number): readonly TailLine[]
}

interface Waiting {
  readonly event: number
  readonly line: TailedDelivery
  /** A topic's message, say: it is shown when its event was. */
  readonly isOfUnknown: boolean
}

/** Of a bus and of events that match, when these are given. */
export function tailedDeliveries({
  clock,
  suffix,
  bus,
  matches,
}: {
  readonly clock: Pick<Clock, 'now'>
  readonly suffix: string
  readonly bus: string | undefined
  readonly matches: Match | undefined
}): TailedDeliveries {
  let waiting: Waiting[] = []
  let missed = 0
  const shown = new Set<number>()
  const isFiltered = bus !== undefined || matches !== undefined

  return {
    add(outcome, startedAt) {
      const ending = endingOf(outcome, startedAt)
      if (!ending) return false
      const { target, event, text } = outcome.delivery
      const name = targetName(target)
      const id = eventIdIn(text)
      const isOfUnknown = isFiltered && (id === null || name.EventBusName === undefined)
      if (!isOfUnknown && bus !== undefined && name.EventBusName !== bus) return false
      if (!isOfUnknown && matches && !matches(text)) return false
      if (waiting.length >= mostWaiting) {
        missed++
        return true
      }
      const now = clock.now()
      const line: TailedDelivery = {
        ...{ Type: 'Delivery', ...name, EventId: id ?? uuidOf(event, suffix), ...ending, At: now },
        ...(startedAt !== undefined && { DurationMs: now.getTime() - startedAt }),
      }
      waiting.push({ event, line, isOfUnknown })
      return true
    },
    get count() {
      return waiting.length
    },
    shown(event) {
      if (!isFiltered) return
      const [oldest] = shown.size < mostShown ? [] : shown
      if (oldest !== undefined) shown.delete(oldest)
      shown.add(event)
    },
    take(upTo, surely) {
      const isDue = ({ event }: Waiting, at: number) => at < surely || event <= upTo
      const due = waiting.filter(isDue)
      waiting = waiting.filter((each, at) => !isDue(each, at))
      const lines: TailLine[] = due.flatMap(({ event, line, isOfUnknown }) =>
        isOfUnknown && !shown.has(event) ? [] : line,
      )
      if (missed > 0) lines.push({ Type: 'Missed', Count: missed })
      missed = 0
      return lines
    },
  }
}

type Ending = Pick<TailedDelivery, 'Outcome' | 'Attempts' | 'ErrorCode' | 'ErrorMessage'>

/** Null for what is no attempt's end: a part of a fan-out, what goes with its target or back to its row. */
function endingOf(outcome: Outcome, startedAt: number | undefined): Ending | null {
  if (outcome.kind === 'dead') {
    const { attempts, errorCode, error } = outcome.deadLetter
    return { Outcome: 'dead', Attempts: attempts, ErrorCode: errorCode, ErrorMessage: error }
  }
  if (startedAt === undefined) return null
  if (outcome.kind === 'finished')
    return { Outcome: 'succeeded', Attempts: outcome.delivery.attempts + 1 }
  const { attempts, error } = outcome.row
  return error === undefined ? null : { Outcome: 'failed', Attempts: attempts, ErrorMessage: error }
}
