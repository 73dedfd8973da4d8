/**
 * EventBridge's checks of a request's members, with its own texts, all faults of a request told at
 * once: "2 validation errors detected: Value 'x' at 'name' failed to satisfy constraint: Member …".
 * A secret's value is never repeated.
 */
import { BusError } from './errors.ts'

export interface TextConstraint {
  readonly required?: boolean
  readonly min?: number
  readonly max?: number
  readonly pattern?: Pattern
  readonly values?: readonly string[]
  readonly secret?: boolean
}

/** `text` is EventBridge's, for its message. `test` means the same and needs linear time. */
export interface Pattern {
  readonly text: string
  readonly test: RegExp
}

/** A pattern that needs no other form. EventBridge matches the whole value. */
export const pattern = (text: string): Pattern => ({ text, test: new RegExp(`^(?:${text})$`) })

export interface Faults {
  /** The value when it is a text that keeps to the constraint; otherwise the fault is noted. */
  text(value: unknown, path: string, constraint: TextConstraint): string | undefined
  integer(value: unknown, path: string, min: number, max?: number): number | undefined
  flag(value: unknown, path: string): boolean | undefined
  /** The value when it is an object, as what its members are looked up in. */
  structure(value: unknown, path: string, required?: boolean): Structure | undefined
  /** One that is required has at least one member, unless `min` says so. */
  list(
    value: unknown,
    path: string,
    max?: number,
    required?: boolean,
    min?: number,
  ): readonly unknown[] | undefined
  /** A list of texts. A fault of one of them is told with the whole list. */
  texts(
    value: unknown,
    path: string,
    each: TextConstraint,
    list?: { readonly min?: number; readonly max?: number; readonly required?: boolean },
  ): readonly string[] | undefined
  /** Notes what somebody else has found, in the same words. */
  also(violations: readonly string[]): void
  /** Throws `ValidationException` with all that was noted. */
  check(): void
}

export type Structure = Readonly<Record<string, unknown>>

/** Characters of a value that a message repeats: more than any member may have. */
export const shown = 10_000

export const fits = (
  value: string,
  { min = 0, max = Number.POSITIVE_INFINITY, pattern }: TextConstraint,
): boolean => value.length >= min && value.length <= max && (pattern?.test.test(value) ?? true)

/**
 * What EventBridge says of a list or map that has a text which does not fit: the whole of it, and all
 * that it asks of each.
 */
export function together(
  told: string,
  path: string,
  what: 'Member' | 'Map keys' | 'Map value',
  { min, max, pattern }: TextConstraint,
): string {
  const asked = [
    ...(max === undefined ? [] : [`have length less than or equal to ${max}`]),
    ...(min === undefined ? [] : [`have length greater than or equal to ${min}`]),
    ...(pattern ? [`satisfy regular expression pattern: ${pattern.text}`] : []),
  ].map((must) => `Member must ${must}`)
  return `Value '${told.slice(0, shown)}' at '${path}' failed to satisfy constraint: ${what} must satisfy constraint: [${asked.join(', ')}]`
}

/**
 * EventBridge's connections and API destinations tell a wrong pattern before a wrong length
 * (`patternFirst`), its other resources behind it.
 */
export function faults({ patternFirst = false } = {}): Faults {
  const noted: string[] = []

  function note(value: unknown, path: string, must: string, secret = false): undefined {
    const told = secret ? '' : value === null ? ' null' : ` '${javaText(value).slice(0, shown)}'`
    noted.push(`Value${told} at '${path}' failed to satisfy constraint: Member must ${must}`)
  }
  /** Null is absent, as on the wire. */
  function absent(value: unknown, path: string, required: boolean | undefined): boolean {
    if (value !== undefined && value !== null) return false
    if (required) note(null, path, 'not be null')
    return true
  }

  const made: Faults = {
    text(value, path, { required, min, max, pattern, values, secret }) {
      if (absent(value, path, required)) return undefined
      if (typeof value !== 'string') return mistyped(value, path, 'a String')
      const before = noted.length
      const isOther = pattern && !pattern.test.test(value)
      const other = `satisfy regular expression pattern: ${pattern?.text}`
      if (isOther && patternFirst) note(value, path, other, secret)
      if (max !== undefined && value.length > max)
        note(value, path, `have length less than or equal to ${max}`, secret)
      if (min !== undefined && value.length < min)
        note(value, path, `have length greater than or equal to ${min}`, secret)
      if (isOther && !patternFirst) note(value, path, other, secret)
      if (values && !values.includes(value))
        note(value, path, `satisfy enum value set: [${values.join(', ')}]`)
      return noted.length === before ? value : undefined
    },
    integer(value, path, min, max = Number.POSITIVE_INFINITY) {
      if (absent(value, path, false)) return undefined
      if (typeof value !== 'number' || !Number.isSafeInteger(value))
        return mistyped(value, path, 'an Integer')
      if (value > max) return note(value, path, `have value less than or equal to ${max}`)
      return value < min ? note(value, path, `have value greater than or equal to ${min}`) : value
    },
    flag(value, path) {
      if (absent(value, path, false)) return undefined
      return typeof value === 'boolean' ? value : mistyped(value, path, 'a Boolean')
    },
    structure(value, path, required) {
      if (absent(value, path, required)) return undefined
      if (typeof value !== 'object' || Array.isArray(value)) return mistyped(value, path, 'map')
      return value as Structure
    },
    list(value, path, max, required, min = required ? 1 : 0) {
      if (absent(value, path, required)) return undefined
      if (!Array.isArray(value)) return mistyped(value, path, 'list')
      if (value.length < min) return note([], path, `have length greater than or equal to ${min}`)
      // EventBridge repeats the list; here it may hold secrets.
      if (max !== undefined && value.length > max)
        return note(value, path, `have length less than or equal to ${max}`, true)
      return value
    },
    texts(value, path, each, { min, max, required } = {}) {
      const list = made.list(value, path, max, required, min)?.map((text) =>
        // Null is no text here: of a list's members nothing says that they may be absent.
        typeof text === 'string' ? text : mistyped(text, path, 'a String'),
      )
      if (list?.some((text) => !fits(text, each)))
        noted.push(together(javaText(list), path, 'Member', each))
      return list
    },
    also(violations) {
      noted.push(...violations)
    },
    check() {
      if (noted.length === 0) return
      const count = `${noted.length} validation error${noted.length > 1 ? 's' : ''} detected`
      throw new BusError('ValidationException', `${count}: ${noted.join('; ')}`)
    },
  }
  return made
}

/** As EventBridge, which is written in Java, tells a value: a list of texts as `[a, b]`. */
export function javaText(value: unknown): string {
  if (!Array.isArray(value)) return typeof value === 'object' && value ? '{}' : String(value)
  return `[${value.map((each) => (typeof each === 'string' ? each : '{}')).join(', ')}]`
}

/**
 * Throws `SerializationException` for a value of another type than the model says, in the words of
 * AWS's JSON services, which do not say where it stands; this does.
 */
export function mistyped(
  value: unknown,
  path: string,
  wanted: 'a String' | 'an Integer' | 'a Boolean' | 'milliseconds since epoch' | 'list' | 'map',
): never {
  throw new BusError('SerializationException', `${misfit(value, wanted)} (at ${path})`)
}

function misfit(value: unknown, wanted: string): string {
  if (Array.isArray(value)) return 'Start of list found where not expected'
  if (typeof value === 'object' && !(value instanceof Date))
    return 'Start of structure or map found where not expected.'
  if (wanted === 'list' || wanted === 'map') return `Expected ${wanted} or null`
  const kind =
    typeof value === 'string'
      ? 'STRING'
      : typeof value === 'boolean'
        ? String(value).toUpperCase()
        : typeof value === 'number' && !Number.isInteger(value)
          ? 'DECIMAL'
          : 'NUMBER'
  return `${kind}_VALUE can not be converted to ${wanted}`
}

/** Names of connections, API destinations, rules, targets, archives. */
export const nameConstraint = (max: number): TextConstraint => ({
  required: true,
  min: 1,
  max,
  pattern: pattern('[\\.\\-_A-Za-z0-9]+'),
})

const busArn = '(arn:aws[\\w-]*:events:[a-z]+-[a-z]+-[\\w-]+:[0-9]{12}:event-bus\\/)?'
/** Where a request names a bus by its name or its ARN. */
export const eventBusNameOrArn: TextConstraint = {
  min: 1,
  max: 1600,
  pattern: pattern(`${busArn}[/\\.\\-_A-Za-z0-9]+`),
}
/** Where it may not be a partner's. */
export const nonPartnerEventBusNameOrArn: TextConstraint = {
  min: 1,
  max: 1600,
  pattern: pattern(`${busArn}[\\.\\-_A-Za-z0-9]+`),
}

/** Other resources of AWS. */
export const arnConstraint: TextConstraint = { min: 1, max: 1600 }

export const descriptionConstraint: TextConstraint = { max: 512, pattern: pattern('.*') }
