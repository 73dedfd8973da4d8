/** What tests of EventBridge's operations need: the bus started in memory, with functions that keep what they are given. */
import { memoryStore } from '../adapters/memory/store.ts'
import { type Circuit, type Engine, engine } from '../engine/engine.ts'
import {
  type EventBridge,
  type EventBridgeOptions,
  eventBridge,
} from '../event-bridge/event-bridge.ts'
import type { FunctionTarget } from '../event-bridge/function-target.ts'
import type {
  HttpRequest,
  HttpResponse,
  Secrets,
  ServiceMessage,
  ServiceTarget,
  Store,
} from '../ports.ts'
import { settings } from '../settings.ts'
import { type HandClock, handClock, type SteeredStore, steeredStore } from '../testing.ts'

export interface RecordingFunction extends FunctionTarget {
  readonly inputs: readonly unknown[]
  /** `order` of the details of the events that it was given. */
  readonly orders: readonly number[]
  /** What it does from here on. */
  answer: () => Promise<unknown>
}

export function recordingFunction(): RecordingFunction {
  const inputs: unknown[] = []
  return {
    inputs,
    get orders() {
      return inputs.map((input) => (input as { detail: { order: number } }).detail.order)
    },
    answer: async () => undefined,
    invoke(input) {
      inputs.push(input)
      return this.answer()
    },
  }
}

export interface RecordingService extends ServiceTarget {
  readonly messages: readonly ServiceMessage[]
  /** What it does from here on. */
  answer: () => Promise<void>
}

export function recordingService(): RecordingService {
  const messages: ServiceMessage[] = []
  return {
    messages,
    answer: async () => {},
    send(message) {
      messages.push(message)
      return this.answer()
    },
  }
}

/** Sealed is what cannot be read at a glance. */
export const plainSecrets: Secrets = {
  seal: (plain) => Buffer.from(plain).toString('base64'),
  open: (sealed) => Buffer.from(sealed, 'base64').toString(),
}

export const functionArn = (name: string): string =>
  `arn:aws:lambda:us-east-1:000000000000:function:${name}`
export const topicArn = (name: string): string => `arn:aws:sns:us-east-1:000000000000:${name}`
export const queueArn = (name: string): string => `arn:aws:sqs:us-east-1:000000000000:${name}`
/** Whom the targets that ask for one are called as. */
export const roleArn = 'arn:aws:iam::000000000000:role/caller'
export const busArn = (name: string): string =>
  `arn:aws:events:us-east-1:000000000000:event-bus/${name}`

/** A rule for whatever `put` puts on the bus `orders`. */
export const placed = {
  Name: 'placed',
  EventBusName: 'orders',
  EventPattern: '{"source":["shop"]}',
}
export const onPlaced = { Rule: 'placed', EventBusName: 'orders' }
/** The target `ship` of that rule. */
export const shipping = { ...onPlaced, Targets: [{ Id: 'ship', Arn: functionArn('ship') }] }

export interface StartedEventBridge {
  readonly bridge: EventBridge
  readonly engine: Engine<undefined>
  readonly clock: HandClock
  readonly store: SteeredStore
  /** The functions that ARNs may name. */
  readonly ship: RecordingFunction
  readonly bill: RecordingFunction
  /** What was sent over HTTP. */
  readonly requests: readonly HttpRequest[]
  /** What HTTP answers from here on. */
  readonly server: { respond: (request: HttpRequest) => Promise<HttpResponse> }
  /** What was told to go wrong. */
  readonly failures: readonly unknown[]
  /** Puts an event for each order on the bus `orders` and lets its targets be called. */
  put(...orders: readonly number[]): Promise<void>
  /** What is dead, with the code of its error, the oldest first. */
  dead(): Promise<readonly (readonly [target: string, code: string])[]>
  /** How many deliveries wait on disk. */
  waiting(): Promise<number>
  /** The process ends here, and the next one begins with what is on disk. */
  restarted(options?: Options): Promise<StartedEventBridge>
}

export type Options = Partial<Circuit> &
  Partial<Pick<EventBridgeOptions, 'topics' | 'quotas' | 'services'>> & {
    readonly clock?: HandClock
    /** What outlives the process. */
    readonly inner?: Store<undefined>
    readonly functions?: ReadonlyMap<string, FunctionTarget>
    /** Nothing can be read from when it is started on, until the store is told otherwise. */
    readonly unreadable?: boolean
  }

export async function anEventBridge(options: Options = {}): Promise<StartedEventBridge> {
  const { clock = handClock(), inner = memoryStore(), topics = new Map(), quotas = {} } = options
  const { rules = [], fanOutTargets = new Map(), pipes = new Map() } = options
  const store = steeredStore(clock, inner)
  const failures: unknown[] = []
  const failed = (error: unknown) => failures.push(error)
  const [ship, bill] = [recordingFunction(), recordingFunction()]
  const requests: HttpRequest[] = []
  const server: StartedEventBridge['server'] = {
    respond: async () => ({ status: 200, headers: {}, body: '' }),
  }
  const services = options.services ?? new Map()
  const made = await engine({ store, clock, random: () => 1, failed })
  const bridge = eventBridge({
    ...{ engine: made, settings: settings(made.inside), topics, quotas, services, failed },
    functions: options.functions ?? new Map([...Object.entries({ ship, bill })]),
    secrets: plainSecrets,
    http: {
      request(request) {
        requests.push(request)
        return server.respond(request)
      },
    },
  })
  const started: StartedEventBridge = {
    ...{ bridge, engine: made, clock, store, ship, bill, requests, server, failures },
    async put(...orders) {
      const Entries = orders.map((order) => ({
        ...{ Source: 'shop', DetailType: 'OrderPlaced', EventBusName: 'orders' },
        Detail: JSON.stringify({ order }),
      }))
      await bridge.putEvents({ Entries })
      await clock.turn()
    },
    async dead() {
      const { deadLetters } = await bridge.deadLetters.list({})
      return deadLetters.map(({ target, errorCode }) => [target, errorCode] as const).reverse()
    },
    async waiting() {
      return [...(await store.counts()).values()].reduce((sum, { waiting }) => sum + waiting, 0)
    },
    restarted(next = {}) {
      bridge.close()
      store.kill()
      return anEventBridge({ ...options, clock, inner, ...next })
    },
  }
  store.unreadable = options.unreadable ?? false
  await made.start({ rules, fanOutTargets, pipes })
  bridge.start()
  await clock.turn()
  return started
}

/** With the bus `orders`, its rule `placed` and the target `ship`. */
export async function aShop(options: Options = {}): Promise<StartedEventBridge> {
  const started = await anEventBridge(options)
  const { bridge } = started
  await bridge.createEventBus({ Name: 'orders' })
  await bridge.putRule(placed)
  await bridge.putTargets(shipping)
  return started
}
