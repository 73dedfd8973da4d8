/**
 * What a target is sent: the event as it is, a constant (Input), a part of it (InputPath) or a text
 * made of parts of it (InputTransformer). All is said in EventBridge's texts when the target is put.
 */
import { BusError } from './errors.ts'
import {
  type InputContext,
  type InputTransformer,
  inputTransformer,
  targetPath,
} from './input-transformer.ts'
import { jsonCutter } from './json-path.ts'
import { jsonFaultPlace } from './json-text.ts'

/** Target's fields of these names. At most one of them is given. */
export interface TargetInput {
  /** The JSON text that is sent, whatever the event. */
  readonly Input?: string | undefined
  readonly InputPath?: string | undefined
  readonly InputTransformer?: InputTransformer | undefined
}

/** Answers the text that the target is sent for an event, which is given as its JSON text. */
export type SentText = (event: string, context: InputContext) => string

/**
 * Compiles once. Without any of the three the event's text is sent untouched; `Input` is sent as it
 * was given; what `InputPath` finds is sent as it is spelt in the event, a string with its quotes, and
 * `{}` where it finds nothing or null, or is empty.
 *
 * Throws a `ValidationException` with EventBridge's texts. `at` is where a constraint's text says
 * that the target stands in the request. What is answered throws `DeliveryRefused` when there is
 * nothing to send: `INVALID_JSON` or `INVALID_PARAMETER`.
 */
export function targetInput(
  targetId: string,
  input: TargetInput,
  at = 'targets.1.member',
): SentText {
  const { Input: constant, InputPath, InputTransformer: transformer } = input
  const violations = inputViolations(input, at)
  if (violations.length > 0)
    throw invalid(
      `${violations.length} validation error${violations.length > 1 ? 's' : ''} detected: ${violations.join('; ')}`,
    )
  if ([constant, InputPath, transformer].filter((each) => each !== undefined).length > 1)
    throw invalid(
      `Only one of Input, InputPath, or InputTransformer must be provided for target ${targetId}.`,
    )

  if (constant !== undefined) {
    const place = constant === '' ? undefined : jsonFaultPlace(constant)
    if (place !== undefined)
      throw invalid(`JSON syntax error in input for target ${targetId}: ${place}`)
    return () => constant
  }
  if (InputPath !== undefined) {
    if (InputPath === '') return () => nothing
    const path = targetPath(targetId, InputPath)
    return (event) => {
      const found = path.length === 0 ? event : jsonCutter(event)(path)
      return found === undefined || found === 'null' ? nothing : found
    }
  }
  return transformer ? inputTransformer(targetId, transformer) : (event) => event
}

const nothing = '{}'
const keyPattern = /^[A-Za-z0-9_-]{1,256}$/

/**
 * What a target's input breaks of the request's model, each as EventBridge says it behind `N
 * validation errors detected: `, so that the wire can tell those of all targets in one text.
 */
export function inputViolations(input: TargetInput, at: string): readonly string[] {
  const violations: string[] = []
  const violated = (value: string, path: string, constraint: string) =>
    violations.push(
      `Value '${value}' at '${at}.${path}' failed to satisfy constraint: ${constraint}`,
    )
  function limit(value: string | undefined, path: string, most: number) {
    if (value !== undefined && value.length > most)
      violated(value, path, `Member must have length less than or equal to ${most}`)
  }
  limit(input.Input, 'input', 8_192)
  limit(input.InputPath, 'inputPath', 256)
  if (!input.InputTransformer) return violations

  const { InputPathsMap = {}, InputTemplate } = input.InputTransformer
  const paths = Object.entries(InputPathsMap)
  const map = `{${paths.map(([key, path]) => `${key}=${path}`).join(', ')}}`
  const place = 'inputTransformer.inputPathsMap'
  if (paths.length > 100) violated(map, place, 'Member must have length less than or equal to 100')
  if (!paths.every(([key]) => keyPattern.test(key)))
    violated(
      map,
      place,
      'Map keys must satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [A-Za-z0-9\\_\\-]+]',
    )
  if (paths.some(([, path]) => path.length > 256))
    violated(
      map,
      place,
      'Map value must satisfy constraint: [Member must have length less than or equal to 256]',
    )
  if (InputTemplate === '')
    violated(
      '',
      'inputTransformer.inputTemplate',
      'Member must have length greater than or equal to 1',
    )
  limit(InputTemplate, 'inputTransformer.inputTemplate', 8_192)
  return violations
}

const invalid = (message: string) => new BusError('ValidationException', message)
