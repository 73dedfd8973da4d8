/** Times are epoch seconds on the wire, whole or with a fraction, and Dates behind it. */

type Members = Record<string, unknown>

/**
 * Makes Dates of the times in a request, in place: of its own members that end in Time, and of the
 * Time of its Entries. What is no number stays, for the operation to refuse.
 */
export function datedRequest(request: Members): void {
  const { Entries } = request
  if (Array.isArray(Entries)) {
    for (const entry of Entries)
      if (typeof entry?.Time === 'number') entry.Time = dateOf(entry.Time)
    return
  }
  for (const member in request) {
    const value = request[member]
    if (typeof value === 'number' && member.endsWith('Time')) request[member] = dateOf(value)
  }
}

const dateOf = (seconds: number): Date => new Date(Math.round(seconds * 1_000))

/** The answer's JSON text; its Dates are epoch seconds. */
export const answerText = (answer: object): string => JSON.stringify(answer, timed)

/** `JSON.stringify` asks a Date for its text before it asks here, so the value is what holds it. */
function timed(this: Members, key: string, value: unknown): unknown {
  const held = this[key]
  return held instanceof Date ? held.getTime() / 1_000 : value
}
