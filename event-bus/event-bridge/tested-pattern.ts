/** EventBridge's TestEventPattern: whether an event would match. */
import { compile } from '@busbar/event-pattern'
import { BusError } from '../errors.ts'
import { type Request, requested } from '../request.ts'
import { patternLimits } from './rules.ts'

const members = ['id', 'account', 'source', 'time', 'region', 'detail-type'] as const

/**
 * Throws `InvalidEventPatternException`, and `ValidationException` for what is no event. Resources
 * may be missing, as when EventBridge is asked.
 */
export async function testEventPattern(request: Request): Promise<{ Result: boolean }> {
  const { text, check } = requested(request)
  const pattern = text('EventPattern', { required: true }) ?? ''
  const event = text('Event', { required: true }) ?? ''
  check()
  const matches = compile(pattern, patternLimits)
  if (!isEvent(event)) throw new BusError('ValidationException', 'Parameter Event is not valid.')
  return { Result: matches(event) }
}

function isEvent(text: string): boolean {
  try {
    const event: unknown = JSON.parse(text)
    if (typeof event !== 'object' || event === null || Array.isArray(event)) return false
    return members.every((member) => Object.hasOwn(event, member))
  } catch {
    return false
  }
}
