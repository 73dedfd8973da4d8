/** `Busbar.ListDeadLetters`, `RedriveDeadLetters` and `PurgeDeadLetters`: the dead-letter queue by requests. */
import { busNameOf } from '../arn.ts'
import { eventBusNameOrArn, nameConstraint, pattern } from '../constraints.ts'
import type { DeadLetterQuery, Options, Purged, Redriven } from '../dead-letter-queue.ts'
import { uuidOf } from '../engine/event-id.ts'
import type { Inside } from '../engine/inside.ts'
import { BusError, type DeliveryErrorCode, deliveryErrorCodes } from '../errors.ts'
import type { StoredDeadLetter } from '../ports.ts'
import { given, type Request, type Requested, requested } from '../request.ts'
import type { ListedDeadLetter, ListedDeadLetters } from './busbar-answers.ts'
import type { EventBridge } from './event-bridge.ts'
import type { Operation, Stream } from './operations.ts'
import { paging } from './paging.ts'
import { eventIdIn, targetName } from './target-name.ts'

interface HasQueue {
  readonly bridge: Pick<EventBridge, 'deadLetters'>
}

/** Ids and tokens are numbers, told as text: what they are made of is ours to change. */
const number = pattern('[0-9]{1,15}')

export function listDeadLetters({
  engine: {
    inside: { suffix },
  },
  bridge,
}: HasQueue & { readonly engine: { readonly inside: Pick<Inside, 'suffix'> } }): Operation {
  function listed(letter: StoredDeadLetter): ListedDeadLetter {
    const { id, target, event, text, error, exhaustedRetryCondition } = letter
    return {
      DeadLetterId: String(id),
      ...targetName(target),
      EventId: eventIdIn(text) ?? uuidOf(event, suffix),
      ...{ ErrorCode: letter.errorCode, ErrorMessage: error, Attempts: letter.attempts },
      ...(exhaustedRetryCondition && { ExhaustedRetryCondition: exhaustedRetryCondition }),
      FirstAttemptTime: new Date(letter.firstAt),
      Time: new Date(letter.diedAt),
      Event: text,
    }
  }

  return async (request): Promise<ListedDeadLetters> => {
    const asked = requested(request)
    const query = queryOf(asked)
    const { limit, after, tokenAfter } = paging(asked.noted, asked.given)
    if (after !== '') asked.noted.text(after, 'nextToken', { pattern: number })
    asked.check()
    const { deadLetters, next } = await bridge.deadLetters.list(query, {
      limit,
      ...(after !== '' && { before: Number(after) }),
    })
    return {
      DeadLetters: deadLetters.map(listed),
      ...(next !== null && { NextToken: tokenAfter(String(next)) }),
    }
  }
}

export const redriveDeadLetters =
  ({ bridge }: HasQueue): Stream =>
  (request, signal) => {
    const { query, dryRun } = chosen(request)
    return progressOf(
      signal,
      (options: Options<Redriven>) => bridge.deadLetters.redrive(query, { ...options, dryRun }),
      ({ redriven, withoutTarget }) => ({ Redriven: redriven, WithoutTarget: withoutTarget }),
    )
  }

export const purgeDeadLetters =
  ({ bridge }: HasQueue): Stream =>
  (request, signal) => {
    const { query, dryRun } = chosen(request)
    return progressOf(
      signal,
      (options: Options<Purged>) => bridge.deadLetters.purge(query, { ...options, dryRun }),
      ({ purged }) => ({ Purged: purged }),
    )
  }

function queryOf({ given: asked, text }: Requested): DeadLetterQuery {
  const id = text('DeadLetterId', { pattern: number })
  const bus = text('EventBusName', eventBusNameOrArn)
  return given({
    id: id === undefined ? undefined : Number(id),
    target: text('Target', { min: 1, max: 1_600 }),
    bus:
      asked.EventBusName === undefined || asked.EventBusName === null ? undefined : busNameOf(bus),
    rule: text('Rule', { ...nameConstraint(64), required: false }),
    errorCode: text('ErrorCode', { values: deliveryErrorCodes }) as DeliveryErrorCode | undefined,
    error: text('Error', { min: 1, max: 1_000 }),
  })
}

/** Throws when nothing says which: a request that forgot its filter must not empty the queue. */
function chosen(request: Request): { readonly query: DeadLetterQuery; readonly dryRun: boolean } {
  const asked = requested(request)
  const query = queryOf(asked)
  const all = asked.noted.flag(asked.given.All, 'all') ?? false
  const dryRun = asked.noted.flag(asked.given.DryRun, 'dryRun') ?? false
  asked.check()
  const isFiltered = Object.keys(query).length > 0
  if (isFiltered === all)
    throw new BusError(
      'ValidationException',
      all
        ? 'Parameter All is not valid. Reason: there is a filter beside it. Leave out one of both.'
        : 'Say which dead letters: by DeadLetterId, Target, EventBusName, Rule, ErrorCode or Error, or all of them with All.',
    )
  return { query, dryRun }
}

/** The newest of what was told since the last object was taken; at the end the whole, marked. */
async function* progressOf<Done>(
  signal: AbortSignal,
  work: (options: Options<Done>) => Promise<Done>,
  told: (done: Done) => object,
): AsyncGenerator<object, void> {
  const stopped = new AbortController()
  /** One at most. */
  const newest: Done[] = []
  let isOver = false
  let wake = () => {}
  const over = work({
    signal: AbortSignal.any([signal, stopped.signal]),
    progress(done) {
      newest[0] = done
      wake()
    },
  }).finally(() => {
    isOver = true
    wake()
  })
  over.catch(() => {}) // awaited below, unless nobody reads on
  try {
    while (!isOver) {
      if (newest.length === 0)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      const done = newest.pop()
      if (done !== undefined && !isOver) yield told(done)
    }
    yield { ...told(await over), Done: true }
  } catch (error) {
    if (!signal.aborted) throw error // what was told has been done
  } finally {
    stopped.abort()
  }
}
