/**
 * What there is now: buses and rules, those that were put and those that the process declares, and
 * connections and API destinations. All of it is read from the settings; nothing is kept twice.
 */
import type { ApiDestination } from '../api-destination.ts'
import { eventsArn, parseArn } from '../arn.ts'
import type { Connection } from '../connection.ts'
import type { Inside } from '../engine/inside.ts'
import { BusError } from '../errors.ts'
import { type Rule, targetKey } from '../rule.ts'
import type { Settings } from '../settings.ts'
import type { Target } from '../target.ts'
import { archiveRules, refuseArchiveRule } from './archive-rules.ts'
import type { StoredRule, StoredTarget } from './stored-rule.ts'

/** The kinds of settings; their names are those of the resources, a rule's with its bus in front. */
export const kinds = {
  eventBus: 'event-bus',
  rule: 'rule',
  connection: 'connection',
  apiDestination: 'api-destination',
} as const

/** Plain JSON, as all that is stored. Times are ms since 1970. */
export interface StoredEventBus {
  readonly Name: string
  readonly Description?: string
  readonly KmsKeyIdentifier?: string
  readonly DeadLetterConfig?: { readonly Arn?: string }
  readonly LogConfig?: { readonly IncludeDetail?: string; readonly Level?: string }
  readonly Policy?: Policy
  readonly CreationTime: number
  readonly LastModifiedTime: number
}
export interface Policy {
  readonly Version?: string
  readonly Statement: readonly { readonly Sid?: string; readonly [member: string]: unknown }[]
}
export interface StoredConnection extends Connection {
  readonly ConnectionArn: string
  readonly SecretArn: string
  readonly CreationTime: number
  readonly LastModifiedTime: number
  readonly LastAuthorizedTime?: number
  /** No token has come for its credentials yet. */
  readonly Authorizing?: boolean
  /** Of the last attempt to fetch one. */
  readonly StateReason?: string
}
export interface StoredApiDestination extends ApiDestination {
  readonly ApiDestinationArn: string
  readonly CreationTime: number
  readonly LastModifiedTime: number
}

export interface Catalog {
  isEventBus(name: string): boolean
  /** Whether the process declares it: it is then not deleted by a request. */
  isDeclared(eventBus: string): boolean
  /** Throws `ResourceNotFoundException`. */
  eventBus(name: string): StoredEventBus
  eventBuses(): Iterable<StoredEventBus>
  findRule(bus: string, name: string): StoredRule | undefined
  /** Throws `ResourceNotFoundException` when there is no such bus, or no such rule on it. */
  rule(bus: string, name: string): StoredRule
  /** The same, and throws `ManagedRuleException` when the process declares it. */
  ownRule(bus: string, name: string): StoredRule
  /** Each rule once: one that is declared hides one of its name that was put. */
  rules(): Iterable<StoredRule>
  /** Those of archives, which nothing is routed by, besides. */
  shownRules(): Iterable<StoredRule>
  connections(): Iterable<StoredConnection>
  apiDestinations(): Iterable<StoredApiDestination>
}

export const ruleSetting = (bus: string, name: string): string => `${bus}/${name}`
/** Names of rules have no slash; those of buses may have some. */
export function ruleNamed(setting: string): { readonly bus: string; readonly name: string } {
  const slash = setting.lastIndexOf('/')
  return { bus: setting.slice(0, slash), name: setting.slice(slash + 1) }
}

/** The keys of a rule's targets. */
export const keysOf = ({ EventBusName, Name, Targets }: StoredRule): readonly string[] =>
  Targets.map(({ Id }) => targetKey({ bus: EventBusName, name: Name }, { id: Id }))

export function catalog({
  inside,
  settings,
  topics,
}: {
  readonly inside: Pick<Inside, 'clock' | 'place' | 'suffix' | 'declared' | 'piped'>
  readonly settings: Pick<Settings, 'of'>
  readonly topics: ReadonlyMap<string, Target>
}): Catalog {
  const { place } = inside
  /** Of the buses and rules that nobody created. */
  const startedAt = inside.clock.now().getTime()
  const buses = settings.of<StoredEventBus>(kinds.eventBus)
  const rules = settings.of<StoredRule>(kinds.rule)
  const ofArchives = archiveRules({ inside, settings })
  let of: readonly Rule[] | null = null
  let declaredRules: ReadonlyMap<string, StoredRule> = new Map()
  let declaredBuses: ReadonlySet<string> = new Set()

  /** They come with the engine's start and stay the same from there on. */
  function readDeclared(): void {
    const now = inside.declared()
    if (of === now) return
    of = now
    declaredBuses = new Set(['default', ...now.map(({ bus }) => bus), ...inside.piped()])
    declaredRules = new Map(now.map((rule) => [ruleSetting(rule.bus, rule.name), stored(rule)]))
  }

  const stored = ({
    bus,
    name,
    eventPattern,
    scheduleExpression: scheduled,
    targets,
  }: Rule): StoredRule => ({
    Name: name,
    EventBusName: bus,
    ...(scheduled === undefined
      ? { EventPattern: JSON.stringify(eventPattern) }
      : { ScheduleExpression: scheduled }),
    State: 'ENABLED',
    ManagedBy: 'flow',
    // A rate counts from here, and has to go on where the process before has ended.
    CreatedAt: scheduled === undefined ? startedAt : 0,
    Targets: targets.map((target) => storedTarget(target)),
  })
  const storedTarget = (target: Target): StoredTarget => ({
    Id: target.id,
    Arn: arnOf(target),
    RetryPolicy: {
      MaximumRetryAttempts: target.retryPolicy.maximumRetryAttempts,
      MaximumEventAgeInSeconds: target.retryPolicy.maximumEventAgeInSeconds,
    },
  })
  function arnOf(target: Target): string {
    const { account, region } = place
    if (target.forwardTo !== undefined) return eventsArn(place, 'event-bus', target.forwardTo)
    if ([...topics.values()].includes(target))
      return `arn:aws:sns:${region}:${account}:${target.id}`
    return `arn:aws:lambda:${region}:${account}:function:${target.id}`
  }

  function findBus(name: string): StoredEventBus | undefined {
    readDeclared()
    const known = buses.get(name)
    if (known || !declaredBuses.has(name)) return known
    return { Name: name, CreationTime: startedAt, LastModifiedTime: startedAt }
  }
  function eventBus(name: string): StoredEventBus {
    const found = findBus(name)
    if (found) return found
    throw new BusError('ResourceNotFoundException', `Event bus ${name} does not exist.`)
  }
  function findRule(bus: string, name: string): StoredRule | undefined {
    readDeclared()
    const key = ruleSetting(bus, name)
    return declaredRules.get(key) ?? rules.get(key) ?? ofArchives.find(bus, name)
  }
  function rule(bus: string, name: string): StoredRule {
    eventBus(bus)
    const found = findRule(bus, name)
    if (found) return found
    throw new BusError(
      'ResourceNotFoundException',
      `Rule ${name} does not exist on EventBus ${bus}.`,
    )
  }

  function allRules(): Iterable<StoredRule> {
    readDeclared()
    return new Map([...rules, ...declaredRules]).values()
  }

  return {
    isEventBus(name) {
      readDeclared()
      return declaredBuses.has(name) || buses.has(name)
    },
    isDeclared(name) {
      readDeclared()
      return declaredBuses.has(name)
    },
    eventBus,
    eventBuses() {
      readDeclared()
      return [...new Set([...declaredBuses, ...buses.keys()])].map(eventBus)
    },
    findRule,
    rule,
    ownRule(bus, name) {
      const found = rule(bus, name)
      refuseManaged(found)
      return found
    },
    rules: allRules,
    shownRules: () => [...allRules(), ...ofArchives.all()],
    connections: () => settings.of<StoredConnection>(kinds.connection).values(),
    apiDestinations: () => settings.of<StoredApiDestination>(kinds.apiDestination).values(),
  }
}

/**
 * Throws `ManagedRuleException` for a rule that an archive or the process's flow has. Of the flow's the
 * text begins as EventBridge's does; Force does not help there.
 */
export function refuseManaged(rule: StoredRule): void {
  refuseArchiveRule(rule)
  const { Name, ManagedBy } = rule
  if (ManagedBy === undefined) return
  throw new BusError(
    'ManagedRuleException',
    `${Name} is a managed rule. It is declared in the flow of this process: change it there.`,
  )
}

/** What stands behind an ARN's kind: `nameIn(arn, 'event-bus')`; null when it is of another kind. */
export function nameIn(arn: string, kind: string): string | null {
  const parsed = parseArn(arn)
  if (parsed?.service !== 'events' || !parsed.resource.startsWith(`${kind}/`)) return null
  return parsed.resource.slice(kind.length + 1)
}
