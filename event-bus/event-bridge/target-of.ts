/**
 * What a stored target does. Its ARN says who it is: a function or topic of this process, an event
 * bus, an API destination, or what another service has. EventBridge takes any ARN; what cannot be
 * delivered to is dead at once.
 */
import { apiDestinationTarget } from '../api-destination-target.ts'
import { eventsArn, parseArn, ruleArn } from '../arn.ts'
import { hoppedItem } from '../delivery.ts'
import { idOf, timeOf } from '../engine/event-id.ts'
import type { Inside } from '../engine/inside.ts'
import { DeliveryRefused } from '../errors.ts'
import type { OAuthTokens } from '../oauth-tokens.ts'
import { orderKey } from '../order-key.ts'
import type { Http, Secrets, ServiceTarget } from '../ports.ts'
import { eventBridgeRetryPolicy } from '../retry-policy.ts'
import { type Invocation, type Target, targetDefaults } from '../target.ts'
import { targetInput } from '../target-input.ts'
import { type Catalog, nameIn } from './catalog.ts'
import type { DeadLetterConfigs, SentOf } from './dead-letter-config.ts'
import { type FunctionTarget, functionTarget, type SentFor } from './function-target.ts'
import { missingEndpoint, serviceTarget } from './service-target.ts'
import type { RuleName, StoredTarget } from './stored-rule.ts'

/** All that targets lead to. */
export interface Reach {
  readonly inside: Pick<Inside, 'clock' | 'place' | 'suffix' | 'forward'>
  readonly catalog: Pick<Catalog, 'isEventBus' | 'connections' | 'apiDestinations'>
  readonly functions: ReadonlyMap<string, FunctionTarget>
  readonly topics: ReadonlyMap<string, Target>
  readonly http: Http
  readonly secrets: Pick<Secrets, 'open'>
  readonly tokens: OAuthTokens
  /** By the service that an ARN names. */
  readonly services: ReadonlyMap<string, ServiceTarget>
  readonly deadLetterConfigs: Pick<DeadLetterConfigs, 'of'>
}

/** Throws a `ValidationException` for what `targetInput` and `orderKey` refuse. */
export function targetOf(rule: RuleName, stored: StoredTarget, reach: Reach): Target {
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds } = stored.RetryPolicy ?? {}
  const { OrderBy, RatePerSecond, Concurrency } = stored.BusbarParameters ?? {}
  const sent = sentBy(rule, stored, reach)
  const deadLetterTo = reach.deadLetterConfigs.of(rule, stored, sent)
  const target: Target = {
    id: stored.Id,
    ...targetDefaults,
    retryPolicy: {
      maximumRetryAttempts: MaximumRetryAttempts ?? eventBridgeRetryPolicy.maximumRetryAttempts,
      maximumEventAgeInSeconds:
        MaximumEventAgeInSeconds ?? eventBridgeRetryPolicy.maximumEventAgeInSeconds,
    },
    ...(Concurrency !== undefined && { concurrency: Concurrency }),
    ...(RatePerSecond !== undefined && { ratePerSecond: RatePerSecond }),
    ...(OrderBy !== undefined && { orderBy: orderKey(stored.Id, OrderBy) }),
    ...(deadLetterTo && { deadLetterTo }),
    invoke: () => nobody(stored.Arn, reach),
  }
  // Not spread: the bus that it forwards to comes and goes.
  return Object.defineProperties(
    target,
    Object.getOwnPropertyDescriptors(deliveryOf(stored, sentFor(sent, reach), reach)),
  )
}

/** What differs by whom it is for. */
function deliveryOf(stored: StoredTarget, sent: SentFor, reach: Reach): Partial<Target> {
  const { Arn, BusbarParameters: { BatchSize, MaximumBatchingWindowInSeconds = 0 } = {} } = stored

  const known = functionOf(Arn, reach)
  if (known) {
    const batch = BatchSize && { size: BatchSize, windowMs: MaximumBatchingWindowInSeconds * 1_000 }
    return functionTarget(known, sent, batch || undefined)
  }
  const topic = topicOf(Arn, reach)
  if (topic) return topicTarget(topic, sent)
  const bus = nameIn(Arn, 'event-bus')
  if (bus !== null && Arn === eventsArn(reach.inside.place, 'event-bus', bus))
    return busTarget(bus, reach)
  const destination = httpTarget(stored, sent, reach)
  if (destination) return destination
  const service = reach.services.get(parseArn(Arn)?.service ?? '')
  return service ? serviceTarget(service, stored, sent) : {}
}

/** A version or alias behind its name is not told apart. */
export function functionOf(arn: string, { functions }: Pick<Reach, 'functions'>) {
  const parsed = parseArn(arn)
  const [kind, name = ''] = parsed?.resource.split(':') ?? []
  return parsed?.service === 'lambda' && kind === 'function' ? functions.get(name) : undefined
}

function topicOf(arn: string, { topics }: Pick<Reach, 'topics'>): Target | undefined {
  const parsed = parseArn(arn)
  return parsed?.service === 'sns' ? topics.get(parsed.resource) : undefined
}

/** With an input the message is what that makes of the event, and filter policies look at it. */
function topicTarget(topic: Target, sent: SentFor): Partial<Target> {
  const { timeoutMs } = topic
  if (!sent) return { timeoutMs, invoke: (invocation) => topic.invoke(invocation) }
  return {
    timeoutMs,
    async invoke(invocation) {
      const text = sent(invocation)
      const { item, progress, signal } = invocation
      const event = message(text)
      const fanOut = await topic.invoke({ event, text, item, progress, signal })
      return fanOut && { ...fanOut, text }
    },
  }
}

function message(text: string): Invocation['event'] {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Invocation['event']
  } catch {
    // told below
  }
  throw new DeliveryRefused('What the target sends to the topic is not a JSON object.', {
    code: 'INVALID_JSON',
  })
}

function busTarget(name: string, reach: Reach): Partial<Target> {
  const { catalog, inside } = reach
  return {
    /** While there is such a bus, events go there in the commit that stores them here. */
    get forwardTo() {
      return catalog.isEventBus(name) ? name : undefined
    },
    /** What has waited: the target was paused, was another before, or was redriven. */
    async invoke(invocation) {
      if (!catalog.isEventBus(name))
        return nobody(eventsArn(inside.place, 'event-bus', name), reach)
      if (invocation.item === hoppedItem)
        throw new DeliveryRefused('The event has come from another bus and goes to no third one', {
          code: 'THIRD_ACCOUNT_HOP_DETECTED',
        })
      await inside.forward(name, invocation.text)
      return undefined
    },
  } as Partial<Target>
}

function httpTarget(
  stored: StoredTarget,
  sent: SentFor,
  reach: Reach,
): Partial<Target> | undefined {
  const { HttpParameters, BusbarParameters } = stored
  const { inside, catalog, http, secrets, tokens } = reach
  const destination = [...catalog.apiDestinations()].find(
    ({ ApiDestinationArn }) => ApiDestinationArn === stored.Arn,
  )
  if (!destination) return undefined
  const rate = destination.InvocationRateLimitPerSecond
  const ratePerSecond = Math.min(rate, BusbarParameters?.RatePerSecond ?? rate)
  const connection = [...catalog.connections()].find(
    ({ ConnectionArn }) => ConnectionArn === destination.ConnectionArn,
  )
  if (!connection)
    return {
      invoke: async () => {
        throw new DeliveryRefused(
          `The connection of the API destination ${destination.Name} does not exist any more. Update the API destination.`,
          { code: 'NO_RESOURCE' },
        )
      },
    }
  const send = apiDestinationTarget({
    ...{ destination, connection, http, secrets, tokens, clock: inside.clock },
    ...(HttpParameters && { httpParameters: HttpParameters }),
  })
  return {
    ratePerSecond,
    async invoke(invocation) {
      await send(sent ? sent(invocation) : invocation.text, invocation.signal)
      return undefined
    },
  }
}

/** Undefined for a target that is sent the event itself. */
function sentBy(rule: RuleName, stored: StoredTarget, { inside }: Reach): SentOf {
  const { Id, Input, InputPath, InputTransformer } = stored
  const input = targetInput(Id, { Input, InputPath, InputTransformer })
  if ([Input, InputPath, InputTransformer].every((each) => each === undefined)) return undefined
  const ruleName = rule.Name
  const arn = ruleArn(inside.place, rule.EventBusName, ruleName)
  return (text, ingestedAt) =>
    input(text, {
      ruleArn: arn,
      ruleName,
      get ingestionTime() {
        return ingestedAt()
      },
    })
}

const sentFor = (sent: SentOf, { inside }: Reach): SentFor =>
  sent &&
  (({ text, event }) =>
    sent(text, () => {
      const id = idOf(event.id, inside.suffix)
      return id === null ? inside.clock.now().getTime() : timeOf(id)
    }))

async function nobody(arn: string, { functions, topics, inside }: Reach): Promise<never> {
  const list = (names: Iterable<string>) => [...names].join(', ') || 'none'
  const { account, region } = inside.place
  throw new DeliveryRefused(
    `There is no ${arn} to deliver to. A target may be one of the functions of this process (${list(functions.keys())}), one of its topics (${list(topics.keys())}), an event bus or an API destination of account ${account} in ${region}.${missingEndpoint(parseArn(arn)?.service ?? '')}`,
    { code: 'NO_RESOURCE' },
  )
}
