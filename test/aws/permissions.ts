/**
 * IAM, as far as the policies of a stack use it: whether statements allow a request. Nothing is allowed that no
 * statement allows, and a condition or member that is not known here is an error and no permission.
 */
import { list, type Members, members } from './template.ts'

export interface Request {
  /** `sqs:SendMessage` */
  readonly action: string
  /** An ARN, or `*` for what has none. */
  readonly resource: string
  /** The service that asks, when it is one. */
  readonly service?: string
  readonly context?: Readonly<Record<string, string>>
}

/** A denial wins. */
export function allows(statements: readonly Members[], request: Request): boolean {
  const about = statements.filter((statement) => isAbout(statement, request))
  return (
    about.some(({ Effect }) => Effect === 'Allow') && !about.some(({ Effect }) => Effect === 'Deny')
  )
}

const known = ['Sid', 'Effect', 'Principal', 'Action', 'Resource', 'Condition']

function isAbout(
  statement: Members,
  { action, resource, service, context = {} }: Request,
): boolean {
  for (const name of Object.keys(statement))
    if (!known.includes(name)) throw new Error(`A statement has ${name}: unknown here`)
  const { Principal, Action, Resource, Condition } = statement
  return (
    texts(Action).some((pattern) => matches(pattern, action, true)) &&
    texts(Resource).some((pattern) => matches(pattern, resource)) &&
    (Principal === undefined || isPrincipal(Principal, service)) &&
    Object.entries(members(Condition)).every(([operator, keys]) =>
      Object.entries(members(keys)).every(([key, values]) =>
        holds(operator, context[key], texts(values)),
      ),
    )
  )
}

const texts = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).map(String)

function isPrincipal(principal: unknown, service: string | undefined): boolean {
  if (principal === '*') return true
  const { Service, AWS } = members(principal)
  return (
    (Service !== undefined && service !== undefined && texts(Service).includes(service)) ||
    (AWS !== undefined && texts(AWS).includes('*'))
  )
}

function holds(operator: string, actual: string | undefined, wanted: readonly string[]): boolean {
  switch (operator) {
    case 'Bool':
    case 'StringEquals':
      return actual !== undefined && wanted.includes(actual)
    case 'ArnEquals':
    case 'ArnLike':
    case 'StringLike':
      return actual !== undefined && wanted.some((pattern) => matches(pattern, actual))
    default:
      throw new Error(`The condition ${operator} is not known here`)
  }
}

const patterns = new Map<string, RegExp>()

/** `*` is any text, `?` any character. */
export function matches(pattern: string, text: string, ignoringCase = false): boolean {
  const key = `${ignoringCase} ${pattern}`
  const known = patterns.get(key) ?? regExp(pattern, ignoringCase)
  patterns.set(key, known)
  return known.test(text)
}

function regExp(pattern: string, ignoringCase: boolean): RegExp {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, ignoringCase ? 'is' : 's')
}

/** The statements of all policies that hang on a role, resolved. */
export const statementsOf = (documents: readonly unknown[]): readonly Members[] =>
  documents.flatMap((document) => list(members(document).Statement))
