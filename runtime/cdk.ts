/**
 * A flow for AWS: each word becomes the resource that it is named after. Nothing of the flow is
 * written here a second time; what it does not say (what stands behind a service, who may write,
 * where the pages are) is the app's to say.
 */
import { targetDefaults } from '@busbar/event-bus'
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2'
import type { Table } from 'aws-cdk-lib/aws-dynamodb'
import type { EventBus } from 'aws-cdk-lib/aws-events'
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda'
import { archivedBus } from './cdk-bus.ts'
import {
  type DashboardRow,
  dashboard,
  pipeRow,
  routeRow,
  ruleRow,
  targetRow,
} from './cdk-dashboard.ts'
import { lambdaFunction } from './cdk-function.ts'
import { type Grant, merged } from './cdk-grant.ts'
import { streamPipe } from './cdk-pipe.ts'
import { consume, consumer, functionSeconds, type Queues, queues } from './cdk-queue.ts'
import { authorizer, httpRoute, routeSeconds } from './cdk-routes.ts'
import { matchingRule, type RuleTarget, scheduledRule } from './cdk-rule.ts'
import type { Site } from './cdk-site.ts'
import { dynamoTable, tableGrant } from './cdk-table.ts'
import { type FanOutTopic, fanOutTopic } from './cdk-topic.ts'
import { type WebSocket, webSocketRoutes } from './cdk-websocket.ts'
import {
  type Flow,
  nameOf,
  type Pipe,
  type Port,
  type PortsNeeded,
  type Route,
  type Rule,
  type ScheduledRule,
  type Service,
  type Target,
  type Topic,
} from './flow.ts'
import { tableVariable, targets } from './lambda-environment.ts'

export interface CdkOptions<Ports> {
  readonly site: Site
  readonly httpApi: HttpApi
  readonly webSocket: WebSocket & {
    /** What its function needs besides its connections. */
    readonly needs: Grant
  }
  /** What a function needs that uses a service. */
  readonly services: {
    readonly [K in keyof Ports as Ports[K] extends Service<unknown> ? K : never]: Grant
  }
  /** Targets that only read a table, by their ids; all others may write the tables that they use. */
  readonly readers: { readonly [target: string]: readonly (keyof Ports)[] }
  /** What a function needs besides what its ports need, by its target's id. */
  readonly besides: { readonly [target: string]: Grant }
  /**
   * How many messages a function is given at a time, by its target's id; one when absent. For what
   * costs less done together, and does no harm done again.
   */
  readonly together?: { readonly [target: string]: number }
  /** Routes that only an author may call, as the flow names them, and what the authorizer needs. */
  readonly authors: {
    readonly routes: readonly string[]
    readonly authorizer: Grant
    /** A table that the authorizer reads. */
    readonly table?: keyof Ports
    /** Routes whose functions ask by themselves who it is, and so need what the authorizer needs. */
    readonly pages?: readonly string[]
  }
  readonly http: {
    /** What each function behind the HTTP API needs. */
    readonly each: Grant
    /** What the one for all other requests needs besides. It may call the handlers of all routes. */
    readonly pages: Grant
  }
}

/** What was made of the flow, for whoever adds to it. */
export interface FlowOnAws {
  /** By what their TARGET says: `create-post`, `topic:new-posts`, `pages`. */
  readonly functions: ReadonlyMap<string, Lambda>
  readonly tables: ReadonlyMap<string, Table>
  readonly buses: ReadonlyMap<string, EventBus>
}

export function cdk<Ports extends PortsNeeded>(
  flow: Flow<Ports>,
  options: CdkOptions<Ports>,
): FlowOnAws {
  const { site, httpApi, webSocket, readers, besides, together = {}, authors, http } = options
  const services = options.services as { readonly [port: string]: Grant }
  const functions = new Map<string, Lambda>()
  const tables = new Map<string, Table>()
  const buses = new Map<string, EventBus>()
  const consumers = new Map<string, { readonly target: Target; readonly queues: Queues }>()
  const topics = new Map<string, FanOutTopic>()
  const rows: DashboardRow[] = []

  for (const port of Object.values(flow.ports)) {
    const name = nameOf(flow, port)
    if (port.kind === 'table') tables.set(name, dynamoTable(site, name, { streams: true }))
    if (port.kind === 'event-bus') buses.set(name, archivedBus(site, name))
  }
  const authorizing = [
    authors.authorizer,
    ...(authors.table === undefined ? [] : [reading(flow.ports[authors.table] as Port<unknown>)]),
  ]
  const guard = authorizer(apiFunction(targets.authorizer, authorizing))
  const routes = new Map<string, Route>()
  for (const step of flow.steps) {
    if (step.kind === 'pipe') pipe(step)
    else if (step.kind === 'rule') rule(step)
    else if (step.kind === 'scheduled-rule') scheduled(step)
    else {
      routes.set(step.on, step)
      route(step)
    }
  }

  const all = [...routes.values()].flatMap(({ target }) => portsOf(target))
  const rest = apiFunction(targets.pages, [...all, http.each, http.pages])
  httpRoute(site, httpApi, { on: '$default', lambda: rest, guard: null })
  const socket = apiFunction(targets.websocket, [webSocket.pushing, webSocket.needs])
  webSocketRoutes(webSocket.api, socket)
  dashboard(site, [...rows, routeRow('all other requests', rest), routeRow('WebSocket', socket)])

  for (const on of [...authors.routes, ...(authors.pages ?? [])])
    if (!routes.has(on)) throw new Error(`Flow ${flow.name} has no route ${on}`)
  for (const id of [readers, besides, together].flatMap((of) => Object.keys(of)))
    if (!functions.has(id)) throw new Error(`Flow ${flow.name} has no target ${id}`)
  return { functions, tables, buses }

  function route({ on, target }: Route): void {
    const { id, timeoutMs } = target
    const asking = authors.pages?.includes(on) ? authorizing : []
    const grants = [...grantsOf(target), ...asking, http.each]
    const lambda = makeFunction(id, routeSeconds(timeoutMs), grants)
    const isAuthored = authors.routes.includes(on)
    httpRoute(site, httpApi, { on, lambda, guard: isAuthored ? guard : null })
    rows.push(routeRow(on, lambda))
  }

  function pipe(step: Pipe): void {
    const [table, bus] = [nameOf(flow, step.source.of), nameOf(flow, step.target)]
    const entries = streamPipe(site, step, { table: tableOf(step.source.of), bus: busOf(step) })
    functions.set(targets.pipe(step.name), entries)
    rows.push(pipeRow(site, step.name, `${table}.${step.source.stream} → bus ${bus}`))
  }

  function rule(step: Rule): void {
    const bus = nameOf(flow, step.bus)
    const names = step.targets.map((target) =>
      target.kind === 'topic' ? nameOf(flow, target) : target.id,
    )
    // Before what it leads to, as things happen.
    rows.push(ruleRow(site, { name: step.name, bus, targets: names }))
    const ends = step.targets.map((target): RuleTarget => {
      if (target.kind === 'topic') {
        const { topic, queues } = topicOf(target)
        const { retryPolicy } = targetDefaults
        const { deadLetterQueue } = queues
        return { id: nameOf(flow, target), to: topic, deadLetterQueue, retryPolicy }
      }
      return handlerEnd(target)
    })
    matchingRule(site, step, { name: bus, made: busOf({ target: step.bus }) }, ends)
  }

  function scheduled(step: ScheduledRule): void {
    rows.push(
      ruleRow(site, { name: step.name, bus: null, targets: step.targets.map(({ id }) => id) }),
    )
    scheduledRule(site, step, step.targets.map(handlerEnd))
  }

  function handlerEnd(target: Target): RuleTarget {
    const { queue, deadLetterQueue } = consumerOf(target)
    return { id: target.id, to: queue, deadLetterQueue, retryPolicy: target.retryPolicy }
  }

  /** A function and its queue: one, also when two rules lead to it. */
  function consumerOf(target: Target): Queues {
    const { id, handler, retryPolicy, concurrency } = target
    const known = consumers.get(id)
    if (known) {
      if (known.target.handler !== handler || limitsOf(known.target) !== limitsOf(target))
        throw new Error(`Flow ${flow.name} has two targets ${id} that are not the same`)
      return known.queues
    }
    const timeoutSeconds = functionSeconds(target)
    const own = queues(site, id, { timeoutSeconds, retryPolicy })
    const lambda = makeFunction(id, timeoutSeconds, [...grantsOf(target), consumer(own)])
    consume(own, lambda, { concurrency, together: together[id] })
    consumers.set(id, { target, queues: own })
    rows.push(targetRow(lambda, own))
    return own
  }

  function topicOf(topic: Topic): FanOutTopic {
    const name = nameOf(flow, topic)
    const known = topics.get(name)
    if (known) return known
    const table = nameOf(flow, topic.subscriptions)
    const row = rows.length
    const detailTypes = flow.steps.flatMap((step) =>
      step.kind === 'rule' && step.targets.includes(topic)
        ? (step.eventPattern['detail-type'] as string[])
        : [],
    )
    const made = fanOutTopic(site, {
      name,
      detailTypes: [...new Set(detailTypes)],
      subscriptions: tableGrant(tableOf(topic.subscriptions), tableVariable(table), 'read'),
      protocols: new Map(
        Object.values(topic.protocols).map((target) => [target.id, consumerOf(target)]),
      ),
    })
    functions.set(targets.topic(name), made.lambda)
    rows.splice(row, 0, targetRow(made.lambda, made.queues)) // Before whom it leads to.
    topics.set(name, made)
    return made
  }

  function makeFunction(id: string, timeoutSeconds: number, grants: readonly Grant[]): Lambda {
    if (functions.has(id)) throw new Error(`Flow ${flow.name} has two functions ${id}`)
    const made = lambdaFunction(site, { id, target: id, timeoutSeconds, ...merged(grants) })
    functions.set(id, made)
    return made
  }

  function apiFunction(target: string, grants: readonly Grant[]): Lambda {
    return makeFunction(target, routeSeconds(targetDefaults.timeoutMs), grants)
  }

  function grantsOf(target: Target): readonly Grant[] {
    return [...portsOf(target), besides[target.id] ?? {}]
  }

  function portsOf({ id, uses }: Target): readonly Grant[] {
    return Object.values(uses as PortsNeeded).map((port) => {
      const name = nameOf(flow, port)
      const key = Object.keys(flow.ports).find((each) => flow.ports[each] === port) as string
      if (port.kind === 'service') return services[key] as Grant
      const access = readers[id]?.includes(key) ? 'read' : 'write'
      return tableGrant(tableOf(port), tableVariable(name), access)
    })
  }

  function reading(port: Port<unknown>): Grant {
    return tableGrant(tableOf(port), tableVariable(nameOf(flow, port)), 'read')
  }

  function tableOf(port: Port<unknown>): Table {
    return tables.get(nameOf(flow, port)) as Table
  }

  function busOf({ target }: Pick<Pipe, 'target'>): EventBus {
    return buses.get(nameOf(flow, target)) as EventBus
  }
}

const limitsOf = ({ retryPolicy, timeoutMs, concurrency }: Target): string =>
  JSON.stringify([
    retryPolicy.maximumRetryAttempts,
    retryPolicy.maximumEventAgeInSeconds,
    timeoutMs,
    concurrency,
  ])
