/**
 * The words in which an app says what happens, in which order.
 *
 * A flow is plain data. It runs nothing and imports no technology, so the same
 * value is run in one process, run on a cluster, synthesised by CDK, and drawn.
 */
import {
  type EventBridgeEvent,
  type RetryPolicy,
  type Subscription,
  type Subscriptions,
  schedule,
  targetDefaults,
} from '@busbar/event-bus'
import { compile, type EventPattern } from '@busbar/event-pattern'

declare const implementation: unique symbol

/** A name for something that a handler may use. What stands behind it is chosen in `bin/`. */
export interface Port<T> {
  readonly kind: 'table' | 'service' | 'event-bus' | 'topic'
  readonly [implementation]?: T
}
export interface Table<T> extends Port<T> {
  readonly kind: 'table'
  /** The events that were stored together with a row. */
  readonly outbox: Source
  /** Every insert, update and delete of a row, with the row before and after, as an event. */
  readonly changes: Source
}
export interface Service<T> extends Port<T> {
  readonly kind: 'service'
}
/** One of a table's two streams, in the order of the writes. */
export interface Source {
  readonly stream: 'outbox' | 'changes'
  readonly of: Table<unknown>
}
export interface EventBus extends Port<never> {
  readonly kind: 'event-bus'
}
/** SNS's topic: a message becomes one delivery for each confirmed subscription that it matches. */
export interface Topic<Message = never> extends Port<never> {
  readonly kind: 'topic'
  readonly subscriptions: Table<Subscriptions>
  /** Who brings a message to the subscriptions of a protocol. */
  readonly protocols: { readonly [P in Subscription['protocol']]?: Target<TopicMessage<Message>> }
}
/** What a protocol's target is given. */
export interface TopicMessage<Message> {
  readonly event: Message
  readonly subscriptionId: Subscription['id']
}

export function table<T>(): Table<T> {
  const self = { kind: 'table' } as { -readonly [K in keyof Table<T>]: Table<T>[K] }
  self.outbox = { stream: 'outbox', of: self as Table<unknown> }
  self.changes = { stream: 'changes', of: self as Table<unknown> }
  return self
}
export const service = <T>(): Service<T> => ({ kind: 'service' })
export const eventBus = (): EventBus => ({ kind: 'event-bus' })
export const topic = <Message>(parts: Omit<Topic<Message>, 'kind'>): Topic<Message> => ({
  kind: 'topic',
  ...parts,
})

/** A plain function: what happened, and what it may use to react. */
export type Handler<In, Uses, Out = unknown> = (input: In, uses: Uses) => Promise<Out>
/** Tables and services only: behind a bus or a topic stands nothing that a handler could be given. */
type PortsOf<Uses> = { readonly [K in keyof Uses]: Table<Uses[K]> | Service<Uses[K]> }

/** A handler with a name, the ports it uses, and how far to go when it fails. */
export interface Target<In = never> extends Limits {
  readonly kind: 'target'
  readonly id: string
  readonly handler: Handler<In, never>
  readonly uses: PortsOf<object>
}
export interface Limits {
  readonly retryPolicy: RetryPolicy
  /** An attempt that takes longer has failed. */
  readonly timeoutMs: number
  /** Attempts at the same time. */
  readonly concurrency: number
}

export interface Route {
  readonly kind: 'route'
  /** Method and path, e.g. `GET /api/posts/{id}`. */
  readonly on: string
  readonly target: Target
}
export interface Pipe {
  readonly kind: 'pipe'
  readonly name: string
  readonly source: Source
  readonly target: EventBus
}
export interface Rule {
  readonly kind: 'rule'
  readonly name: string
  readonly bus: EventBus
  readonly eventPattern: EventPattern
  readonly targets: readonly (Target | Topic)[]
}
/**
 * EventBridge's rule that runs on a schedule. It is on the bus `default`: no other has schedules. In a
 * process it is fired by the `eventBridge` beside the engine, as is all that has a schedule.
 */
export interface ScheduledRule {
  readonly kind: 'scheduled-rule'
  readonly name: string
  /** `rate(…)` or `cron(…)`, in UTC. */
  readonly scheduleExpression: string
  readonly targets: readonly Target[]
}
/** What its targets are given; `time` is when it was due. */
export type ScheduledEvent = EventBridgeEvent<'Scheduled Event', object>
export type Step = Route | Pipe | Rule | ScheduledRule

export const route = <In>(on: string, target: Target<In>): Route => ({ kind: 'route', on, target })

export const pipe = (name: string, ends: { source: Source; target: EventBus }): Pipe => ({
  kind: 'pipe',
  name,
  ...ends,
})

/** `uses` is the least-privilege list of the handler: it is given these ports and no others. */
export const target = <In, Uses extends object>(
  id: string,
  handler: Handler<In, Uses>,
  uses: PortsOf<Uses>,
  limits: Partial<Limits> = {},
): Target<In> => ({
  kind: 'target',
  id,
  handler: handler as Handler<In, never>,
  uses,
  ...targetDefaults,
  ...limits,
})

/** The pattern has to name the detail-types that the targets take, so a handler is never given an event that it does not know. */
export const rule = <Event extends EventBridgeEvent>(
  name: string,
  rest: {
    readonly bus: EventBus
    readonly eventPattern: EventPattern & {
      readonly 'detail-type': readonly Event['detail-type'][]
    }
    readonly targets: readonly (Target<Event> | Topic<Event>)[]
  },
): Rule => {
  compile(rest.eventPattern) // a bad pattern stops the app where it is written, not where it is deployed
  return { kind: 'rule', name, ...rest }
}

export const scheduledRule = (
  name: string,
  rest: {
    readonly scheduleExpression: string
    readonly targets: readonly Target<ScheduledEvent>[]
  },
): ScheduledRule => {
  schedule(rest.scheduleExpression, 0) // as with a bad pattern
  return { kind: 'scheduled-rule', name, ...rest }
}

export interface Flow<Ports> {
  readonly name: string
  readonly ports: Ports
  readonly steps: readonly Step[]
}
export type PortsNeeded = { readonly [name: string]: Port<unknown> }
/** What `bin/` has to supply: an implementation for each port but the buses and topics, which the runtime brings. */
export type Implementations<Ports> = {
  readonly [K in keyof Ports as Ports[K] extends EventBus | Topic<never>
    ? never
    : K]: Ports[K] extends Port<infer T> ? T : never
}

/**
 * Throws when a step uses a port that is not listed, or two steps claim the same: a mistake stops
 * the app where it is written, whatever it was going to run on.
 */
export function flow<Ports extends PortsNeeded>(
  name: string,
  ports: Ports,
  steps: readonly Step[],
): Flow<Ports> {
  const made = { name, ports, steps }
  const claimed = new Set<string>()
  const claim = (what: string) => {
    if (claimed.has(what)) throw new Error(`Flow ${name} has ${what} twice`)
    claimed.add(what)
  }
  const listed = ({ uses }: Pick<Target, 'uses'>) => given(made, ports, uses)
  for (const step of steps) {
    if (step.kind === 'route') {
      claim(`route ${step.on}`)
      listed(step.target)
    } else if (step.kind === 'pipe') {
      claim(`a pipe from ${nameOf(made, step.source.of)}.${step.source.stream}`)
      nameOf(made, step.target)
    } else if (step.kind === 'scheduled-rule') {
      claim(`scheduled rule ${step.name}`)
      for (const target of step.targets) {
        claim(`target ${target.id} of scheduled rule ${step.name}`)
        listed(target)
      }
    } else {
      const rule = `rule ${step.name} on bus ${nameOf(made, step.bus)}`
      claim(rule)
      for (const target of step.targets) {
        claim(`target ${target.kind === 'topic' ? nameOf(made, target) : target.id} of ${rule}`)
        if (target.kind === 'target') listed(target)
        else {
          nameOf(made, target.subscriptions)
          for (const each of Object.values(target.protocols)) listed(each)
        }
      }
    }
  }
  return made
}

/** The name of a port: the key that the flow gave it, in kebab-case. */
export function nameOf(flow: Flow<PortsNeeded>, port: Port<unknown>): string {
  const found = Object.entries(flow.ports).find(([, candidate]) => candidate === port)
  if (!found) throw new Error(`A ${port.kind} is used in flow ${flow.name} but not among its ports`)
  return found[0].replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** What a handler is given: the implementations of the ports it uses, and nothing else. */
export function given(flow: Flow<PortsNeeded>, ports: object, uses: object): never {
  const implementations = ports as { readonly [name: string]: unknown }
  const keys = new Map(Object.entries(flow.ports).map(([key, port]) => [port, key]))
  return Object.fromEntries(
    Object.entries(uses as PortsNeeded).map(([as, port]) => {
      const key = keys.get(port)
      if (key === undefined)
        throw new Error(`Port ${as} is used in flow ${flow.name} but not among its ports`)
      return [as, implementations[key]]
    }),
  ) as never
}
