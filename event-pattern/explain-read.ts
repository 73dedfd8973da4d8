/** Patterns and events as the explanation walks them. Faults have been found by `compile` before. */
import { parseJson } from './json.ts'

export function readPattern(pattern: string | object): object {
  return (typeof pattern === 'string' ? parseJson(pattern) : pattern) as object
}

export function readEvent(event: string | Uint8Array | object): object {
  const value = event instanceof Uint8Array ? new TextDecoder().decode(event) : event
  return (typeof value === 'string' ? parseJson(value) : value) as object
}
