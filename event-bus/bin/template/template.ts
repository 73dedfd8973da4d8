/** A CloudFormation template, opened: which resources it declares here, and what their properties are. */
import type { Place } from '../../event.ts'
import { isObject } from '../exact-json.ts'
import { failed, usage } from '../failure.ts'
import { suggestion } from '../nearest.ts'
import { evaluate, noValue, type Scope, Unresolved } from './intrinsics.ts'
import { type Created, otherService, whyNot } from './other-services.ts'

type Members = Readonly<Record<string, unknown>>

export interface Declared {
  readonly logicalId: string
  readonly type: string
  readonly properties: Members
  readonly metadata: Members
}

export interface Opened {
  /** Those of EventBridge that a bus has, in the order in which they are to be created. */
  readonly resources: readonly Declared[]
  /** All others, with why they are not imported. */
  readonly others: readonly (Pick<Declared, 'logicalId' | 'type'> & { readonly why: string })[]
  /** Without functions. `created` are those before it. Throws `Unresolved`. */
  resolve(value: unknown, created: ReadonlyMap<string, Created>): unknown
}

/** What refers to something comes behind it. */
export const importedTypes = [
  'AWS::Events::EventBus',
  'AWS::Events::EventBusPolicy',
  'AWS::Events::Connection',
  'AWS::Events::ApiDestination',
  'AWS::Events::Rule',
  'AWS::Events::Archive',
] as const

/** Throws a `Failure` for what is no template, and for parameters that it does not have. */
export function opened(
  template: Members,
  {
    place,
    parameters,
    stackName,
  }: {
    readonly place: Place
    readonly parameters: ReadonlyMap<string, string>
    readonly stackName: string
  },
): Opened {
  const { Parameters, Mappings, Conditions, Resources } = template
  if (!isObject(Resources) || Object.keys(Resources).length === 0)
    throw failed('It has no Resources: it is not a CloudFormation template.')
  const declaredParameters = members(Parameters)
  for (const name of parameters.keys())
    if (!Object.hasOwn(declaredParameters, name))
      throw usage(
        `The template has no parameter ${name}.${suggestion(name, Object.keys(declaredParameters))}`,
      )
  const all: Declared[] = Object.entries(Resources).map(([logicalId, resource]) => {
    const { Type, Properties, Metadata } = members(resource)
    return {
      ...{ logicalId, type: String(Type) },
      ...{ properties: members(Properties), metadata: members(Metadata) },
    }
  })
  const byId = new Map(all.map((each) => [each.logicalId, each]))
  const pseudo: Readonly<Record<string, unknown>> = {
    'AWS::Region': place.region,
    'AWS::AccountId': place.account,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stackName,
    'AWS::StackId': `arn:aws:cloudformation:${place.region}:${place.account}:stack/${stackName}/00000000-0000-0000-0000-000000000000`,
    'AWS::NotificationARNs': [],
    'AWS::NoValue': noValue,
  }

  function parameter(name: string): unknown {
    const { Type, Default } = members(declaredParameters[name])
    const given = parameters.get(name) ?? Default
    if (given === undefined)
      throw new Unresolved(`the parameter ${name} has no value: say --parameter ${name}=…`)
    const isList = /^(CommaDelimitedList|.*List<)/.test(String(Type))
    if (isList)
      return String(given)
        .split(',')
        .map((each) => each.trim())
    return Type === 'Number' ? Number(given) : given
  }

  function scopeOf(created: ReadonlyMap<string, Created>): Scope {
    const scope: Scope = {
      ref(name) {
        if (Object.hasOwn(pseudo, name)) return pseudo[name]
        if (Object.hasOwn(declaredParameters, name)) return parameter(name)
        return resource(name).ref
      },
      attribute(logicalId, name) {
        const value = resource(logicalId).attributes[name]
        if (value !== undefined) return value
        throw new Unresolved(`${logicalId} has no attribute ${name} that is known here`)
      },
      condition(name) {
        const condition = members(Conditions)[name]
        if (condition === undefined) throw new Unresolved(`there is no condition ${name}`)
        return evaluate(condition, scope) === true
      },
      mapping: (map, first, second) => members(members(members(Mappings)[map])[first])[second],
    }
    function resource(logicalId: string): Created {
      const known = created.get(logicalId)
      if (known) return known
      const declared = byId.get(logicalId)
      if (!declared) throw new Unresolved(`there is no resource ${logicalId}`)
      if (isImported(declared)) throw new Unresolved(`${logicalId} was not imported`)
      const other = otherOf(declared, scope)
      if (other) return other
      throw new Unresolved(`what ${logicalId} (${declared.type}) is called cannot be known here`)
    }
    return scope
  }
  const otherOf = ({ type, logicalId, properties }: Declared, scope: Scope) =>
    otherService(type, logicalId, (name) => evaluate(properties[name], scope), place)

  const nothing = scopeOf(new Map())
  const isWanted = ({ logicalId }: Declared): boolean => {
    const { Condition } = members(Resources[logicalId])
    return typeof Condition !== 'string' || nothing.condition(Condition)
  }
  const wanted = all.filter(isWanted)
  return {
    resources: importedTypes.flatMap((type) => wanted.filter((each) => each.type === type)),
    others: [
      ...wanted
        .filter((each) => !isImported(each))
        .map((each) => ({
          ...nameOf(each),
          why: whyNot(
            each.type,
            orNull(() => otherOf(each, nothing)),
          ),
        })),
      ...all
        .filter((each) => !wanted.includes(each))
        .map((each) => ({ ...nameOf(each), why: 'its Condition does not hold' })),
    ],
    resolve: (value, created) => evaluate(value, scopeOf(created)),
  }
}

const isImported = ({ type }: Declared): boolean => importedTypes.some((each) => each === type)
const nameOf = ({ logicalId, type }: Declared) => ({ logicalId, type })
const members = (value: unknown): Members => (isObject(value) ? value : {})

function orNull<T>(make: () => T): T | null {
  try {
    return make()
  } catch (error) {
    if (error instanceof Unresolved) return null
    throw error
  }
}
