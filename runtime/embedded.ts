/** A flow for this process: its rules for the engine, its routes and targets as functions to call. */
import {
  type Circuit,
  type Target as EngineTarget,
  type FunctionTarget,
  type Subscription,
  type Subscriptions,
  topicTargets,
} from '@busbar/event-bus'
import {
  type Flow,
  given,
  type Implementations,
  nameOf,
  type PortsNeeded,
  type ScheduledRule,
  type Target,
  type Topic,
  type TopicMessage,
} from './flow.ts'

/** Calls the handler of a route, as the HTTP server does. Rejects with what the handler threw. */
export type Call = (on: string, input: unknown) => Promise<unknown>

export interface Embedded {
  /** To start the engine with. */
  readonly circuit: Circuit
  /** For `eventBridge`: what rules that are put may call, too, by the ids of the flow's targets. */
  readonly functions: ReadonlyMap<string, FunctionTarget>
  readonly topics: ReadonlyMap<string, EngineTarget>
  /** When the engine has been started. */
  readonly call: Call
}

/**
 * The tables among `ports` write through the engine that is started with the circuit: a row, its
 * events and what these owe to targets are one commit, so the flow's pipes need no process of
 * their own.
 */
export function embedded<Ports extends PortsNeeded>(
  flow: Flow<Ports>,
  ports: Implementations<Ports>,
): Embedded {
  const steps = flow.steps
  const routes = new Map(
    steps.flatMap((step) => {
      if (step.kind !== 'route') return []
      const { handler, uses } = step.target
      const mine = given(flow, ports, uses)
      return [[step.on, (input: unknown) => handler(input as never, mine)] as const]
    }),
  )
  const pipes = new Map(
    steps.flatMap((step) =>
      step.kind === 'pipe'
        ? [[`${nameOf(flow, step.source.of)}.${step.source.stream}`, nameOf(flow, step.target)]]
        : [],
    ) as [string, string][],
  )
  const fanOutTargets = new Map<string, EngineTarget>()
  const functions = new Map<string, FunctionTarget>()
  const topics = new Map<string, EngineTarget>()
  const rules = steps.flatMap((step): Circuit['rules'][number][] => {
    if (step.kind === 'scheduled-rule') return [scheduled(step)]
    if (step.kind !== 'rule') return []
    const { name, bus, eventPattern, targets } = step
    const each = targets.map((target) =>
      target.kind === 'topic' ? topicTarget(target) : handlerTarget(target),
    )
    return [{ name, bus: nameOf(flow, bus), eventPattern, targets: each }]
  })

  return {
    circuit: { rules, fanOutTargets, pipes },
    functions,
    topics,
    async call(on, input) {
      const handle = routes.get(on)
      if (!handle) throw new Error(`Flow ${flow.name} has no route ${on}`)
      return handle(input)
    },
  }

  function scheduled({ name, scheduleExpression, targets }: ScheduledRule) {
    const resources = [{ suffix: `:rule/${name}` }]
    return {
      ...{ name, bus: 'default', scheduleExpression },
      eventPattern: { source: ['aws.events'], 'detail-type': ['Scheduled Event'], resources },
      targets: targets.map(handlerTarget),
    }
  }

  function handlerTarget({ handler, uses, kind: _kind, ...limits }: Target): EngineTarget {
    const mine = given(flow, ports, uses)
    functions.set(limits.id, {
      invoke: (input) => handler(input as never, mine),
      timeoutMs: limits.timeoutMs,
    })
    return {
      ...limits,
      async invoke({ event }) {
        await handler(event as never, mine)
        return undefined
      },
    }
  }

  /** One for all rules that lead to it. */
  function topicTarget(topic: Topic): EngineTarget {
    const name = nameOf(flow, topic)
    const made = topics.get(name) ?? newTopicTarget(name, topic)
    topics.set(name, made)
    return made
  }

  function newTopicTarget(name: string, topic: Topic): EngineTarget {
    const subscriptions = given(flow, ports, { of: topic.subscriptions }) as {
      readonly of: Subscriptions
    }
    const protocols = Object.entries(topic.protocols).map(
      ([protocol, { handler, uses, kind: _kind, ...limits }]: [string, Target]) => {
        const mine = given(flow, ports, uses)
        const invoke: EngineTarget['invoke'] = async ({ event, item }) => {
          const message: TopicMessage<unknown> = { event, subscriptionId: item }
          await handler(message as never, mine)
          return undefined
        }
        return [protocol, { ...limits, invoke }]
      },
    )
    const parts = topicTargets({
      name,
      subscriptions: subscriptions.of,
      protocols: Object.fromEntries(protocols) as {
        [P in Subscription['protocol']]?: EngineTarget
      },
    })
    for (const [key, target] of parts.fanOutTargets) fanOutTargets.set(key, target)
    return parts.target
  }
}
