/**
 * What a connection and a target add to the requests of an API destination: headers, query and,
 * for connections, members of the body.
 */
import {
  type Faults,
  faults,
  fits,
  mistyped,
  type Pattern,
  pattern,
  type TextConstraint,
  together,
} from './constraints.ts'

/** Of a target: values for the `*` of the path in their order, headers and query. */
export interface HttpParameters {
  readonly PathParameterValues?: readonly string[]
  readonly HeaderParameters?: Readonly<Record<string, string>>
  readonly QueryStringParameters?: Readonly<Record<string, string>>
}

export interface ConnectionHttpParameter {
  readonly Key: string
  readonly Value: string
  readonly IsValueSecret?: boolean
}

export interface ConnectionHttpParameters<Parameter = ConnectionHttpParameter> {
  readonly HeaderParameters?: readonly Parameter[]
  readonly QueryStringParameters?: readonly Parameter[]
  readonly BodyParameters?: readonly Parameter[]
}

/** Without the value when that is a secret. */
export type ShownHttpParameter = Omit<ConnectionHttpParameter, 'Value'> & {
  readonly Value?: string
}

/**
 * EventBridge's patterns for header values and credentials repeat what contains a space around
 * spaces, which takes exponential time to refuse. The same texts: no other control characters, and
 * not tabs alone.
 */
const headerValue: Pattern = {
  text: '^[ \\t]*[\\x20-\\x7E]+([ \\t]+[\\x20-\\x7E]+)*[ \\t]*$',
  test: /^\t*[ -~][\t -~]*$/,
}
const headerKey = { max: 512, pattern: pattern("^[!#$%&'*+-.^_`|~0-9a-zA-Z]+$") }
const queryKey = { max: 512, pattern: pattern('[^\\x00-\\x1F\\x7F]+') }
const queryValue = { max: 512, pattern: pattern('[^\\x00-\\x09\\x0B\\x0C\\x0E-\\x1F\\x7F]+') }

const connectionKinds: Readonly<
  Record<keyof ConnectionHttpParameters, readonly [key: TextConstraint, value: TextConstraint]>
> = {
  HeaderParameters: [headerKey, { max: 512, pattern: headerValue }],
  QueryStringParameters: [queryKey, queryValue],
  BodyParameters: [{}, {}],
}

/** At most so many of each kind. */
const longest = 100

/** Notes every fault; undefined when there are none to send. `path` is where they stand in the request. */
export function connectionHttpParameters(
  noted: Faults,
  value: unknown,
  path: string,
): ConnectionHttpParameters | undefined {
  const given = noted.structure(value, path)
  if (!given) return undefined
  const read: Record<string, readonly ConnectionHttpParameter[]> = {}
  for (const [kind, [key, constraint]] of Object.entries(connectionKinds)) {
    const at = `${path}.${camelCase(kind)}`
    const parameters = noted.list(given[kind], at, longest)
    if (!parameters) continue
    read[kind] = parameters.map((parameter, index) => {
      const member = `${at}.${index + 1}.member`
      const { Key, Value, IsValueSecret } = noted.structure(parameter, member, true) ?? {}
      return {
        Key: noted.text(Key, `${member}.key`, { required: true, ...key }) ?? '',
        Value:
          noted.text(Value, `${member}.value`, { required: true, secret: true, ...constraint }) ??
          '',
        IsValueSecret: noted.flag(IsValueSecret, `${member}.isValueSecret`) ?? false,
      }
    })
  }
  return read
}

/** What may be shown of them: no value that was said to be a secret. */
export const shownHttpParameters = (
  parameters: ConnectionHttpParameters,
): ConnectionHttpParameters<ShownHttpParameter> =>
  Object.fromEntries(
    Object.entries(parameters).map(([kind, list]: [string, readonly ConnectionHttpParameter[]]) => [
      kind,
      list.map(({ Key, Value, IsValueSecret = false }) =>
        IsValueSecret ? { Key, IsValueSecret } : { Key, IsValueSecret, Value },
      ),
    ]),
  )

/** A target's `HttpParameters` as PutTargets takes them. Throws `ValidationException`. */
export function httpParameters(value: unknown, path = 'httpParameters'): HttpParameters {
  const noted = faults()
  const given = noted.structure(value, path) ?? {}
  const { PathParameterValues, HeaderParameters, QueryStringParameters } = given
  const values = noted.texts(PathParameterValues, `${path}.pathParameterValues`, {
    pattern: pathParameter,
  })
  const map = (entries: unknown, at: string, key: TextConstraint, value: TextConstraint) => {
    const given = noted.structure(entries, at)
    if (!given) return undefined
    const all = Object.entries(given).map(([name, entry]) => [name, textOf(at)(entry)] as const)
    const told = `{${all.map(([name, entry]) => `${name}=${entry}`).join(', ')}}`
    if (all.some(([name]) => !fits(name, key)))
      noted.also([together(told, at, 'Map keys', { min: 0, ...key })])
    if (all.some(([, entry]) => !fits(entry, value)))
      noted.also([together(told, at, 'Map value', { min: 0, ...value })])
    return Object.fromEntries(all)
  }
  const headers = map(HeaderParameters, `${path}.headerParameters`, headerKey, targetHeader)
  const query = map(QueryStringParameters, `${path}.queryStringParameters`, queryKey, queryValue)
  noted.check()
  return {
    ...(values && { PathParameterValues: values }),
    ...(headers && { HeaderParameters: headers }),
    ...(query && { QueryStringParameters: query }),
  }
}

const pathParameter: Pattern = { text: '^(?!\\s*$).+', test: /^(?!\s*$).+$/ }
/** EventBridge takes an empty one here, against its own model. */
const targetHeader = { max: 512, pattern: { ...headerValue, test: /^(\t*[ -~][\t -~]*)?$/ } }

const textOf = (path: string) => (value: unknown) =>
  typeof value === 'string' ? value : mistyped(value, path, 'a String')

const camelCase = (name: string) => name.charAt(0).toLowerCase() + name.slice(1)

export type Pair = readonly [name: string, value: string]

export const pairs = (parameters: readonly ConnectionHttpParameter[] = []): readonly Pair[] =>
  parameters.map(({ Key, Value }) => [Key, Value])

/** The last of a name wins. */
export function withQuery(url: URL, parameters: readonly Pair[]): string {
  for (const [name, value] of parameters) url.searchParams.set(name, value)
  return url.href
}

/** The last of a name wins, upper and lower case being one. */
export function mergedHeaders(headers: readonly Pair[]): Readonly<Record<string, string>> {
  const byName = new Map<string, Pair>()
  for (const [name, value] of headers)
    byName.set(name.trim().toLowerCase(), [name.trim(), value.trim()])
  return Object.fromEntries(byName.values())
}
