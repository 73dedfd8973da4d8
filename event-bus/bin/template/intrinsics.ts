/** CloudFormation's intrinsic functions, as far as they can be known before anything is deployed. */
import { isObject } from '../exact-json.ts'

/** Why a value cannot be known here. */
export class Unresolved extends Error {
  override readonly name = 'Unresolved'
}

export interface Scope {
  /** Parameters, pseudo parameters and resources. Throws `Unresolved`. */
  ref(name: string): unknown
  /** Throws `Unresolved`. */
  attribute(logicalId: string, name: string): unknown
  /** Throws `Unresolved`. */
  condition(name: string): boolean
  /** Undefined when there is none. */
  mapping(map: string, first: string, second: string): unknown
}

/** `AWS::NoValue`: the member that has it is left out. */
export const noValue = Symbol('AWS::NoValue')

/** The value without functions. Throws `Unresolved`. */
export function evaluate(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value))
    return value.map((each) => evaluate(each, scope)).filter((each) => each !== noValue)
  if (!isObject(value)) return value
  const [name, ...more] = Object.keys(value)
  if (name !== undefined && more.length === 0) {
    if (name === 'Ref') return scope.ref(text(value[name], name))
    if (name === 'Condition' && typeof value[name] === 'string') return scope.condition(value[name])
    const evaluated = name.startsWith('Fn::') ? functions[name] : undefined
    if (evaluated) return evaluated(value[name], scope)
    if (name.startsWith('Fn::'))
      throw new Unresolved(`${name} cannot be known before it is deployed`)
  }
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, member]) => [key, evaluate(member, scope)] as const)
      .filter(([, member]) => member !== noValue),
  )
}

type Evaluate = (given: unknown, scope: Scope) => unknown

const functions: Readonly<Record<string, Evaluate>> = {
  'Fn::GetAtt'(given, scope) {
    const [id, ...path] = typeof given === 'string' ? given.split('.') : list(given, 'Fn::GetAtt')
    const names = path.map((each) => text(evaluate(each, scope), 'Fn::GetAtt'))
    return scope.attribute(text(id, 'Fn::GetAtt'), names.join('.'))
  },
  'Fn::Join'(given, scope) {
    const [delimiter, values] = list(evaluate(given, scope), 'Fn::Join')
    return list(values, 'Fn::Join')
      .map((each) => text(each, 'Fn::Join'))
      .join(text(delimiter, 'Fn::Join'))
  },
  'Fn::Sub'(given, scope) {
    const [template, variables] = typeof given === 'string' ? [given, {}] : list(given, 'Fn::Sub')
    const known = isObject(variables) ? variables : {}
    return text(template, 'Fn::Sub').replaceAll(/\$\{([^}]*)\}/g, (whole, inside: string) => {
      if (inside.startsWith('!')) return `\${${inside.slice(1)}}`
      const name = inside.trim()
      if (Object.hasOwn(known, name)) return text(evaluate(known[name], scope), whole)
      const [id = '', ...path] = name.split('.')
      return text(path.length > 0 ? scope.attribute(id, path.join('.')) : scope.ref(name), whole)
    })
  },
  'Fn::Select'(given, scope) {
    const [index, values] = list(evaluate(given, scope), 'Fn::Select')
    const found = list(values, 'Fn::Select')[Number(index)]
    if (found === undefined) throw new Unresolved(`Fn::Select finds nothing at ${String(index)}`)
    return found
  },
  'Fn::Split'(given, scope) {
    const [delimiter, value] = list(evaluate(given, scope), 'Fn::Split')
    return text(value, 'Fn::Split').split(text(delimiter, 'Fn::Split'))
  },
  'Fn::FindInMap'(given, scope) {
    const [map, first, second] = list(evaluate(given, scope), 'Fn::FindInMap').map((each) =>
      text(each, 'Fn::FindInMap'),
    )
    const found = scope.mapping(map ?? '', first ?? '', second ?? '')
    if (found === undefined)
      throw new Unresolved(`Fn::FindInMap finds nothing for ${map}, ${first}, ${second}`)
    return found
  },
  'Fn::If'(given, scope) {
    const [condition, yes, no] = list(given, 'Fn::If')
    return evaluate(scope.condition(text(condition, 'Fn::If')) ? yes : no, scope)
  },
  'Fn::Equals'(given, scope) {
    const [a, b] = list(evaluate(given, scope), 'Fn::Equals')
    return String(a) === String(b)
  },
  'Fn::Not': (given, scope) => !evaluate(list(given, 'Fn::Not')[0], scope),
  'Fn::And': (given, scope) => list(given, 'Fn::And').every((each) => evaluate(each, scope)),
  'Fn::Or': (given, scope) => list(given, 'Fn::Or').some((each) => evaluate(each, scope)),
  'Fn::Base64': (given, scope) =>
    Buffer.from(text(evaluate(given, scope), 'Fn::Base64')).toString('base64'),
}

function list(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new Unresolved(`${where} is not given a list`)
}

function text(value: unknown, where: string): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new Unresolved(`${where} is not given a text`)
}
