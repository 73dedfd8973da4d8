/** What the requests about rules and buses have in common: whose names they give, and how these are checked. */
import { busNameOf } from './arn.ts'
import {
  eventBusNameOrArn,
  type Faults,
  faults,
  nameConstraint,
  type Structure,
  type TextConstraint,
} from './constraints.ts'

/** EventBridge's request as its model has it: JSON, with Dates for times. It is checked when it is taken. */
export type Request = Structure

export interface Requested {
  readonly given: Structure
  readonly noted: Faults
  /** Of `EventBusName`; `default` when it has none. */
  readonly bus: string
  /** Empty when the request does not name one. */
  readonly rule: string
  /** A member that is a text; its fault is noted. */
  text(member: string, constraint: TextConstraint): string | undefined
  /** Throws `ValidationException` with all faults. */
  check(): void
}

/**
 * `ruleMember` is where the request names the rule, if it does; `busName` is what it may say of the
 * bus, if that is not its name or ARN.
 */
export function requested(
  request: Request,
  ruleMember?: 'Name' | 'Rule' | null,
  busName = eventBusNameOrArn,
): Requested {
  const noted = faults()
  const given = noted.structure(request, 'request', true) ?? {}
  const text = (member: string, constraint: TextConstraint) =>
    noted.text(given[member], camelCase(member), constraint)
  const rule = ruleMember ? (text(ruleMember, nameConstraint(64)) ?? '') : ''
  const bus = busNameOf(text('EventBusName', busName))
  return { given, noted, bus, rule, text, check: noted.check }
}

export const camelCase = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)

/** Without the members that are not given, as answers and what is stored are spelt. */
export const given = <T extends object>(
  members: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }

/** The Name of a connection or an API destination. Throws `ValidationException` when it is none. */
export function requestedName(request: Request): string {
  const noted = faults({ patternFirst: true })
  const name = noted.text(request.Name, 'name', nameConstraint(64)) ?? ''
  noted.check()
  return name
}
