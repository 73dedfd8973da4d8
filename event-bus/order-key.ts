/** The value of an event by which a target keeps order, named by a JSON path. */
import { BusError } from './errors.ts'
import type { EventBridgeEvent } from './event.ts'
import { jsonPath } from './json-path.ts'

/**
 * Answers a text for the value that stands at the path: a string itself, all else its JSON, and an
 * empty text where there is nothing. Throws `ValidationException` for what is no path to one value.
 */
export function orderKey(targetId: string, path: string): (event: EventBridgeEvent) => string {
  const steps = jsonPath(path)
  if (!steps || steps.length === 0 || steps.includes('any'))
    throw new BusError(
      'ValidationException',
      `Parameter BusbarParameters.OrderBy is not valid for target ${targetId}. Reason: ${path} is not a JSON path to one value, as $.detail.orderId is.`,
    )
  const names = steps.flatMap((step) =>
    step === 'any' ? [] : 'name' in step ? step.name : step.index,
  )
  return (event) => {
    let value: unknown = event
    for (const name of names) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return ''
      if (Array.isArray(value) !== (typeof name === 'number')) return ''
      value = (value as Readonly<Record<string | number, unknown>>)[name]
    }
    return typeof value === 'string' ? value : JSON.stringify(value)
  }
}
