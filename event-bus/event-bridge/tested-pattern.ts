/** EventBridge's TestEventPattern: whether an event would match. */
import { compile, type Explanation, explain } from '@busbar/event-pattern'
import { BusError } from '../errors.ts'
import { type Request, requested } from '../request.ts'
import { patternLimits } from './rules.ts'

/** What a whole event has, besides resources and its detail. */
export const envelopeMembers = ['id', 'account', 'source', 'time', 'region', 'detail-type'] as const

/**
 * Throws `InvalidEventPatternException`, and `ValidationException` for what is no event. Resources
 * may be missing, as when EventBridge is asked. Ours: with `Explain` it says why, too.
 */
export async function testEventPattern(
  request: Request,
): Promise<{ Result: boolean; Explanation?: Explanation }> {
  const { given, noted, text, check } = requested(request)
  const pattern = text('EventPattern', { required: true, max: patternLimits.patternLength }) ?? ''
  const event = text('Event', { required: true }) ?? ''
  const why = noted.flag(given.Explain, 'explain') === true
  check()
  const matches = compile(pattern, patternLimits)
  checkEvent(event)
  const Result = matches(event)
  return why ? { Result, Explanation: explain(pattern, event) } : { Result }
}

function checkEvent(text: string): void {
  const event = objectOf(text)
  if (!envelopeMembers.every((member) => event && Object.hasOwn(event, member)))
    throw new BusError('ValidationException', 'Parameter Event is not valid.')
  const time = event?.time
  if (typeof time !== 'string' || !/^\d{4}-\d\d-\d\dT/.test(time) || Number.isNaN(Date.parse(time)))
    throw new BusError('ValidationException', 'Parameter Event is not valid. Reason: Invalid time.')
}

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}
