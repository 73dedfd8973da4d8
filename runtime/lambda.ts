/**
 * A flow for AWS Lambda: one part of it, as the function that AWS calls. `cdk.ts` makes a function for
 * each part of the same flow and says in its environment which one it is.
 */
import { type Subscriptions, targetDefaults } from '@busbar/event-bus'
import {
  type Flow,
  given,
  type Implementations,
  type Limits,
  nameOf,
  type PortsNeeded,
  type Route,
  type Target,
} from './flow.ts'
import { authorizer, type OtherTokens, type Token } from './lambda-authorizer.ts'
import { type BatchOptions, batch, type Read } from './lambda-batch.ts'
import type { LambdaHandler } from './lambda-event.ts'
import { type Fetch, httpApi } from './lambda-http.ts'
import { eventIn, messageIn } from './lambda-message.ts'
import { partsOf } from './lambda-part.ts'
import { enrichment, type Tell } from './lambda-pipe.ts'
import type { FunctionQueue } from './lambda-queue.ts'
import { ruleOf } from './lambda-rule.ts'
import { topicMessage } from './lambda-topic.ts'
import { type WebSocketClients, webSocketApi } from './lambda-websocket.ts'

/** Calls the handler of a route. Rejects with what the handler threw. */
export type Call = (on: string, input: unknown) => Promise<unknown>

/** What a function may need. Each is made only by the functions that do, and may load what it needs then. */
export interface Makers<Ports> {
  readonly ports: {
    readonly [K in keyof Implementations<Ports>]: () =>
      | Implementations<Ports>[K]
      | Promise<Implementations<Ports>[K]>
  }
  readonly queue: () => FunctionQueue | Promise<FunctionQueue>
  /** What a table's stream tells, by its name: `posts.changes`. */
  readonly tell: { readonly [stream: string]: () => Tell | Promise<Tell> }
  /**
   * The app over HTTP. `on` is the one route that the function is for; null for all that no route is
   * for, which may call the handlers of all routes.
   */
  readonly serve: (call: Call, on: string | null) => Fetch | Promise<Fetch>
  readonly clients: () => WebSocketClients | Promise<WebSocketClients>
  /** Whoever holds it is authorized. */
  readonly token: () => Token | Promise<Token>
  /** And whoever holds one of these; nobody else when absent. */
  readonly otherTokens?: () => OtherTokens | Promise<OtherTokens>
}
export interface LambdaOptions<Ports> extends Omit<BatchOptions, 'queue' | 'ruleOf'> {
  /** What the environment's TARGET says: a target's id, or one of `targets`. */
  readonly target: string
  readonly make: Makers<Ports>
}

/** Rejects, at the function's start, for a TARGET that the flow does not have and for what cannot be made. */
export async function lambda<Ports extends PortsNeeded>(
  flow: Flow<Ports>,
  { target: name, make, ...options }: LambdaOptions<Ports>,
): Promise<LambdaHandler<never>> {
  const parts = partsOf(flow)
  const part = parts.get(name)
  if (!part)
    throw new Error(
      `Flow ${flow.name} has no part ${name}: TARGET has to be one of ${[...parts.keys()].join(', ')}`,
    )
  const routes = flow.steps.filter((step) => step.kind === 'route')
  const made = new Map<string, unknown>()
  switch (part.kind) {
    case 'target': {
      const handle = await handled(part.target)
      return queued(part.target, (body) => {
        const event = eventIn(body)
        return { event, run: () => handle(event) }
      })
    }
    case 'protocol': {
      const handle = await handled(part.target)
      return queued(part.target, (body) => {
        const { event, subscriptionId } = messageIn(body)
        return { event, run: () => handle({ event, subscriptionId }) }
      })
    }
    case 'topic': {
      const { topic } = part
      const used = { of: topic.subscriptions }
      const { of } = (await supplied(used)) as { readonly of: Subscriptions }
      const queue = await make.queue()
      const read = topicMessage(part.name, topic, of, queue)
      return queuedWith(queue, { id: part.name, ...targetDefaults }, read)
    }
    case 'pipe': {
      const stream = `${nameOf(flow, part.pipe.source.of)}.${part.pipe.source.stream}`
      const told = make.tell[stream]
      if (!told) throw new Error(`Nothing says what ${stream} tells to pipe ${part.pipe.name}`)
      return enrichment(await told())
    }
    case 'route':
      return httpApi(await make.serve(await callOf([part.route]), part.route.on))
    case 'pages':
      return httpApi(await make.serve(await callOf(routes), null))
    case 'websocket':
      return webSocketApi(await make.clients())
    case 'authorizer':
      return authorizer(await make.token(), await make.otherTokens?.())
  }

  async function queued(target: Target, read: Read) {
    return queuedWith(await make.queue(), target, read)
  }

  function queuedWith(queue: FunctionQueue, target: Limits & { readonly id: string }, read: Read) {
    return batch(target.id, target, read, { ...options, queue, ruleOf: ruleOf(flow, target.id) })
  }

  async function handled({ handler, uses }: Target): Promise<(input: unknown) => Promise<unknown>> {
    const mine = await supplied(uses)
    return (input) => handler(input as never, mine)
  }

  /** Calls these routes and no others. */
  async function callOf(those: readonly Route[]): Promise<Call> {
    const handlers = new Map<string, (input: unknown) => Promise<unknown>>()
    for (const { on, target } of those) handlers.set(on, await handled(target))
    return async (on, input) => {
      const handle = handlers.get(on)
      if (!handle) throw new Error(`Function ${name} may not call ${on}`)
      return handle(input)
    }
  }

  /** What a handler is given, made the first time that it is asked for. */
  async function supplied(uses: object): Promise<never> {
    const used = Object.values(uses)
    for (const [key, port] of Object.entries(flow.ports)) {
      if (!used.includes(port) || made.has(key)) continue
      const maker = (make.ports as { readonly [key: string]: (() => unknown) | undefined })[key]
      if (!maker) throw new Error(`Function ${name} uses port ${key}, which nothing makes`)
      made.set(key, await maker())
    }
    return given(flow, Object.fromEntries(made), uses)
  }
}
