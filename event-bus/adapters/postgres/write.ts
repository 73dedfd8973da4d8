/** What one commit of the bus writes, as the parameters of one statement. */
import type { DeadLetter } from '../../dead-letter.ts'
import type { WaitingDelivery } from '../../delivery.ts'
import type { Rows, SettingRow } from '../../ports.ts'
import { int8Array, textArray } from './arrays.ts'
import { stored } from './texts.ts'

export const commitStatement = {
  name: 'commit_1',
  text: 'select commit_1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) as version',
}

/** What an event takes beside its text, about. */
const eventBytes = 32

/**
 * `version` is that of the settings which this node knows. What every commit has, goes as arrays; what only
 * some have, as JSON: 2 µs more a row, and a tenth of the code.
 */
export function commitParameters(
  epoch: number,
  number: number,
  rows: Rows,
  version: number,
): readonly (string | number | Buffer | null)[] {
  const { events, plans, settings } = rows
  const ids: number[] = []
  const buses: string[] = []
  const texts: string[] = []
  for (const event of events) {
    ids.push(event.id)
    buses.push(stored(event.bus))
    texts.push(event.text)
  }
  const body = events.length > 0 ? textArray(texts) : null
  const open = [...new Map(plans.map((plan) => [plan.first, plan])).values()]
  const written = open.flatMap(({ first, text }) => (text === null ? [] : [{ first, text }]))
  const done = open.flatMap(({ first, text }) => (text === null ? [first] : []))
  return [
    ...[epoch, number, body ? body.length + eventBytes * events.length : 0],
    ...(body ? [int8Array(ids), textArray(buses), body] : [null, null, null]),
    ...(written.length > 0
      ? [int8Array(written.map(({ first }) => first)), textArray(written.map(({ text }) => text))]
      : [null, null]),
    done.length > 0 ? int8Array(done) : null,
    restOf(rows, epoch),
    settings.length > 0 ? JSON.stringify(lastOfEach(settings).map(settingRow)) : null,
    rows.isDecision ? version : null,
  ]
}

function restOf(rows: Rows, epoch: number): string | null {
  const { deliveries, inHand, finished, deadLetters, revived, abandoned, expired } = rows
  const isEmpty = [deliveries, inHand, finished, deadLetters, revived, abandoned, expired].every(
    ({ length }) => length === 0,
  )
  if (isEmpty) return null
  const redriven = lastOfEachKey(
    revived.flatMap(({ id, delivery }) => (delivery ? { ...delivery, letter: id } : [])),
  )
  const lanes = new Set<string>()
  for (const { target, lane } of [...deliveries, ...inHand, ...finished, ...redriven])
    if (lane !== undefined) lanes.add(stored(`${target} ${lane}`))
  return JSON.stringify({
    now: rows.now,
    lanes: [...lanes],
    ...(deliveries.length + inHand.length > 0 && {
      deliveries: [
        ...lastOfEachKey(deliveries).map((row) => deliveryRow(row, 0)),
        ...inHand.map((row) => deliveryRow(row, epoch)),
      ],
    }),
    ...(finished.length > 0 && { finished: finished.map(keyRow) }),
    ...(deadLetters.length > 0 && { dead: deadLetters.map(deadLetterRow) }),
    ...(revived.length > 0 && {
      revived: revived.map(({ id }) => id),
      redriven: redriven.map((row) => ({ ...deliveryRow(row, 0), letter: row.letter })),
    }),
    ...(abandoned.length > 0 && { abandoned: abandoned.map(stored) }),
    ...(expired.length > 0 && { expired }),
  })
}

/** A statement writes a row once. */
function lastOfEachKey<Row extends WaitingDelivery>(rows: readonly Row[]): readonly Row[] {
  if (rows.length < 2) return rows
  const last = new Map<string, Row>()
  for (const row of rows)
    last.set(`${row.event} ${row.target.length} ${row.target}${row.item}`, row)
  return [...last.values()]
}
const lastOfEach = (rows: readonly SettingRow[]): readonly SettingRow[] => [
  ...new Map(rows.map((row) => [`${row.kind.length} ${row.kind}${row.name}`, row])).values(),
]

const optional = (text: string | undefined): string | null =>
  text === undefined ? null : stored(text)

const keyRow = ({ target, event, item, lane }: Rows['finished'][number]) => ({
  ...{ target: stored(target), event, item: stored(item) },
  ...(lane !== undefined && { lane: stored(lane) }),
})

const deliveryRow = (row: WaitingDelivery, owner: number) => ({
  ...keyRow(row),
  owner,
  ...{ attempts: row.attempts, due: row.due },
  error: optional(row.error),
  progress: optional(row.progress),
  first_at: row.firstAt ?? null,
  own_text: optional(row.ownText),
  since: row.since ?? null,
})

const deadLetterRow = (letter: DeadLetter) => ({
  ...keyRow(letter as DeadLetter & { lane: string }),
  ...{ text: stored(letter.text), attempts: letter.attempts, error: stored(letter.error) },
  ...{ error_code: letter.errorCode },
  exhausted_retry_condition: letter.exhaustedRetryCondition ?? null,
  ...{ first_at: letter.firstAt, died_at: letter.diedAt },
  progress: optional(letter.progress),
})

const settingRow = ({ kind, name, text }: SettingRow) => ({
  ...{ kind: stored(kind), name: stored(name) },
  text: text === null ? null : stored(text),
})
