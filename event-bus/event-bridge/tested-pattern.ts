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
  if (!isEvent(event)) throw new BusError('ValidationException', 'Parameter Event is not valid.')
  const Result = matches(event)
  return why ? { Result, Explanation: explain(pattern, event) } : { Result }
}

function isEvent(text: string): boolean {
  try {
    const event: unknown = JSON.parse(text)
    if (typeof event !== 'object' || event === null || Array.isArray(event)) return false
    return envelopeMembers.every((member) => Object.hasOwn(event, member))
  } catch {
    return false
  }
}
