/** Runs a flow in this process: its rules on the engine, its routes as functions to call. */
import {
  type Engine,
  type Rule as EngineRule,
  type Target as EngineTarget,
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
  type Target,
  type Topic,
  type TopicMessage,
} from './flow.ts'

/** Calls the handler of a route, as the HTTP server does. Rejects with what the handler threw. */
export type Call = (on: string, input: unknown) => Promise<unknown>

/**
 * Connects the flow with the engine and starts it. The tables among `ports` write through the
 * same engine: a row, its events and what these owe to targets are one commit, so the flow's
 * pipes need no process of their own.
 */
export async function embedded<Ports extends PortsNeeded>(
  flow: Flow<Ports>,
  ports: Implementations<Ports>,
  engine: Pick<Engine, 'start'>,
): Promise<Call> {
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
  const rules = steps.flatMap((step): EngineRule[] => {
    if (step.kind !== 'rule') return []
    const { name, bus, eventPattern, targets } = step
    const each = targets.map((target) =>
      target.kind === 'topic' ? topicTarget(target) : handlerTarget(target),
    )
    return [{ name, bus: nameOf(flow, bus), eventPattern, targets: each }]
  })
  await engine.start({ rules, fanOutTargets, pipes })

  return async (on, input) => {
    const handle = routes.get(on)
    if (!handle) throw new Error(`Flow ${flow.name} has no route ${on}`)
    return handle(input)
  }

  function handlerTarget({ handler, uses, ...limits }: Target): EngineTarget {
    const mine = given(flow, ports, uses)
    return {
      ...limits,
      async invoke({ event }) {
        await handler(event as never, mine)
        return undefined
      },
    }
  }

  function topicTarget(topic: Topic): EngineTarget {
    const subscriptions = given(flow, ports, { of: topic.subscriptions }) as {
      readonly of: Subscriptions
    }
    const protocols = Object.entries(topic.protocols).map(
      ([protocol, { handler, uses, ...limits }]: [string, Target]) => {
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
      name: nameOf(flow, topic),
      subscriptions: subscriptions.of,
      protocols: Object.fromEntries(protocols) as {
        [P in Subscription['protocol']]: EngineTarget
      },
    })
    for (const [key, target] of parts.fanOutTargets) fanOutTargets.set(key, target)
    return parts.target
  }
}
