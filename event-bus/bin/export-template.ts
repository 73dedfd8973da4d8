/**
 * A bus's rules as a CloudFormation template: the same text for the same rules, and nothing in it that
 * belongs to this bus alone, so that it may be deployed elsewhere.
 */

import type { DescribedArchive } from '../archive.ts'
import { busNameOf, eventsArn } from '../arn.ts'
import type { Place } from '../event.ts'
import type { DescribedApiDestination } from '../event-bridge/api-destinations.ts'
import type { DescribedConnection } from '../event-bridge/connections.ts'
import type { DescribedEventBus } from '../event-bridge/event-buses.ts'
import type { Tag } from '../event-bridge/tags.ts'
import { given } from './arguments.ts'
import type { OnWire } from './client.ts'
import { isObject, parseExactly } from './exact-json.ts'
import type { FoundRule } from './rules-of.ts'
import { connectionResource, type Parameters } from './template/connection-resource.ts'

type Tagged<T> = T & { readonly Tags: readonly Tag[] }

export interface Exported {
  readonly place: Place
  readonly buses: readonly Tagged<OnWire<DescribedEventBus>>[]
  readonly rules: readonly Tagged<FoundRule>[]
  readonly archives: readonly OnWire<DescribedArchive>[]
  readonly connections: readonly OnWire<DescribedConnection>[]
  readonly apiDestinations: readonly OnWire<DescribedApiDestination>[]
}

interface Resource {
  readonly Type: string
  readonly Metadata?: object
  readonly Properties: object
}

/** Each list is in the order of the template. Deauthorized connections have no secret to ask for. */
export function exportTemplate(all: Exported): object {
  const { place } = all
  const resources: Record<string, Resource> = {}
  const parameters: Parameters = {}
  /** By ARN, what stands for it. */
  const known = new Map<string, object>()
  const buses = new Map<string, object>()
  const add = (kind: string, name: string, resource: Resource, arn?: string): string => {
    const id = logicalId(kind, name, resources)
    resources[id] = resource
    if (arn !== undefined) known.set(arn, { 'Fn::GetAtt': [id, 'Arn'] })
    return id
  }
  const arnOf = (arn: string) => known.get(arn) ?? portable(arn, place)

  for (const bus of all.buses) {
    const { Name, Arn, Policy, Tags, Description, DeadLetterConfig, LogConfig } = bus
    const policy = Policy === undefined ? undefined : portable(parseExactly(Policy), place)
    if (Name === 'default') {
      for (const [at, statement] of statementsOf(policy).entries()) {
        const { Sid = `Statement${at + 1}`, ...Statement } = statement
        const Properties = { EventBusName: Name, StatementId: Sid, Statement }
        add('Policy', String(Sid), { Type: 'AWS::Events::EventBusPolicy', Properties })
      }
      continue
    }
    const Properties = given({
      ...{ Name, Description, KmsKeyIdentifier: bus.KmsKeyIdentifier },
      DeadLetterConfig: portable(DeadLetterConfig, place),
      ...{ LogConfig, Policy: policy, Tags: Tags.length > 0 ? Tags : undefined },
    })
    const id = add('Bus', Name, { Type: 'AWS::Events::EventBus', Properties }, Arn)
    buses.set(Name, { Ref: id })
  }
  for (const connection of all.connections) {
    const id = logicalId('Connection', connection.Name, resources)
    resources[id] = connectionResource(id, connection, parameters)
    known.set(connection.ConnectionArn, { 'Fn::GetAtt': [id, 'Arn'] })
  }
  for (const destination of all.apiDestinations) {
    const { Name, Description, ConnectionArn, HttpMethod, InvocationEndpoint } = destination
    const { InvocationRateLimitPerSecond, ApiDestinationArn } = destination
    const Properties = given({
      ...{ Name, Description, ConnectionArn: arnOf(ConnectionArn), InvocationEndpoint },
      ...{ HttpMethod, InvocationRateLimitPerSecond },
    })
    const Type = 'AWS::Events::ApiDestination'
    add('ApiDestination', Name, { Type, Properties }, ApiDestinationArn)
  }
  for (const rule of all.rules) {
    const name = rule.EventBusName === 'default' ? rule.Name : `${rule.EventBusName}-${rule.Name}`
    const EventBusName = buses.get(rule.EventBusName) ?? rule.EventBusName
    add('Rule', name, ruleResource(rule, EventBusName, arnOf))
  }
  for (const archive of all.archives) {
    const { ArchiveName, EventSourceArn, Description, EventPattern, RetentionDays } = archive
    const Properties = given({
      ...{ ArchiveName, Description, SourceArn: arnOf(EventSourceArn), RetentionDays },
      EventPattern: patternOf(EventPattern),
    })
    add('Archive', ArchiveName, { Type: 'AWS::Events::Archive', Properties })
  }
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'Event buses, rules and what belongs to them, by busbar export',
    ...(Object.keys(parameters).length > 0 && { Parameters: parameters }),
    Resources: resources,
  }
}

function ruleResource(
  rule: Tagged<FoundRule>,
  EventBusName: unknown,
  arnOf: (arn: string) => unknown,
): Resource {
  const { Name, Description, State, EventPattern, ScheduleExpression, RoleArn, Tags } = rule
  const beyond = rule.Targets.flatMap(({ Id, BusbarParameters }) =>
    BusbarParameters === undefined ? [] : [[Id, BusbarParameters] as const],
  )
  const Targets = rule.Targets.map(({ BusbarParameters: _beyond, ...target }) => ({
    ...target,
    Arn: arnOf(target.Arn),
    ...(target.RoleArn !== undefined && { RoleArn: arnOf(target.RoleArn) }),
    ...(target.DeadLetterConfig?.Arn !== undefined && {
      DeadLetterConfig: { Arn: arnOf(target.DeadLetterConfig.Arn) },
    }),
  }))
  return {
    Type: 'AWS::Events::Rule',
    // What CloudFormation has no property for.
    ...(beyond.length > 0 && { Metadata: { Busbar: { Targets: Object.fromEntries(beyond) } } }),
    Properties: given({
      ...{ Name, EventBusName, Description, State },
      EventPattern: patternOf(EventPattern),
      ...{ ScheduleExpression, RoleArn: RoleArn === undefined ? undefined : arnOf(RoleArn) },
      Targets: Targets.length > 0 ? Targets : undefined,
      Tags: Tags.length > 0 ? Tags : undefined,
    }),
  }
}

/**
 * As an object; as text when a member of it would be taken for one of CloudFormation's functions
 * (`{"detail":{"Ref":["x"]}}`).
 */
function patternOf(text: string | undefined): unknown {
  if (text === undefined) return undefined
  const pattern = parseExactly(text)
  return looksLikeFunction(pattern) ? text : pattern
}

function looksLikeFunction(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(looksLikeFunction)
  if (!isObject(value)) return false
  const [name = '', ...more] = Object.keys(value)
  const isAlone = more.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))
  return isAlone || Object.values(value).some(looksLikeFunction)
}

/** ARNs of this bus's own region and account as those of wherever it will be deployed. */
function portable(value: unknown, place: Place): unknown {
  if (Array.isArray(value)) return value.map((each) => portable(each, place))
  if (isObject(value))
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, portable(each, place)]),
    )
  const [, service, region, account, rest = ''] =
    (typeof value === 'string' && /^arn:aws:([a-z0-9-]+):([^:]*):([^:]*):(.*)$/s.exec(value)) || []
  if (service === undefined) return value
  const isOwn = account === place.account && (region === place.region || region === '')
  if (!isOwn) return value
  const at = region === '' ? '' : `\${AWS::Region}`
  const escaped = rest.replaceAll('${', '${!')
  return { 'Fn::Sub': `arn:\${AWS::Partition}:${service}:${at}:\${AWS::AccountId}:${escaped}` }
}

const statementsOf = (policy: unknown): readonly Readonly<Record<string, unknown>>[] =>
  isObject(policy) && Array.isArray(policy.Statement) ? policy.Statement : []

/** Letters and digits, as CloudFormation wants; what they leave alike is numbered. */
function logicalId(kind: string, name: string, taken: object): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter(Boolean)
  const id = kind + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? id : `${id}N${number}`
    if (!Object.hasOwn(taken, candidate)) return candidate
  }
}

/** What is left of everything when only one bus is wanted. */
export function onlyOf(bus: string, all: Exported): Exported {
  const arn = eventsArn(all.place, 'event-bus', bus)
  const rules = all.rules.filter(({ EventBusName }) => EventBusName === bus)
  const used = new Set(rules.flatMap(({ Targets }) => Targets.map(({ Arn }) => Arn)))
  const apiDestinations = all.apiDestinations.filter(({ ApiDestinationArn }) =>
    used.has(ApiDestinationArn),
  )
  const connections = new Set(apiDestinations.map(({ ConnectionArn }) => ConnectionArn))
  return {
    ...{ place: all.place, rules, apiDestinations },
    buses: all.buses.filter(({ Name }) => Name === bus),
    archives: all.archives.filter(
      ({ EventSourceArn }) => EventSourceArn === arn || busNameOf(EventSourceArn) === bus,
    ),
    connections: all.connections.filter(({ ConnectionArn }) => connections.has(ConnectionArn)),
  }
}
