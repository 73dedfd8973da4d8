/**
 * EventBridge over the engine: its operations by their names, with its own requests and answers. What
 * an operation does stands in the file of its resource; here they are put together.
 */

import { type DeadLetterQueue, deadLetterQueue } from '../dead-letter-queue.ts'
import type { Engine } from '../engine/engine.ts'
import { oauthTokens } from '../oauth-tokens.ts'
import type { Http, Secrets, ServiceTarget } from '../ports.ts'
import type { Settings } from '../settings.ts'
import type { Target } from '../target.ts'
import { apiDestinations } from './api-destinations.ts'
import { archives as archivesOf } from './archives.ts'
import { catalog as catalogOf, keysOf } from './catalog.ts'
import { connections } from './connections.ts'
import { deadLetterConfigs as deadLetterConfigsOf } from './dead-letter-config.ts'
import { eventBuses } from './event-buses.ts'
import type { FunctionTarget } from './function-target.ts'
import { pausedTargets } from './paused-targets.ts'
import { permissions } from './permissions.ts'
import { putEvents } from './put-events.ts'
import { removedTargets } from './removed-targets.ts'
import { replays as replaysOf } from './replays.ts'
import { ruleTargets } from './rule-targets.ts'
import { rules } from './rules.ts'
import { schedules } from './schedules.ts'
import type { Rules } from './stored-rule.ts'
import { tagging, tags as tagsOf } from './tags.ts'
import { type Reach, targetOf } from './target-of.ts'
import { testEventPattern } from './tested-pattern.ts'
import { wiring as wiringOf } from './wiring.ts'

export interface EventBridgeOptions {
  /** Not started yet. */
  readonly engine: Pick<Engine, 'inside' | 'nextId'>
  readonly settings: Settings
  /** By the names that Lambda ARNs give them. */
  readonly functions: ReadonlyMap<string, FunctionTarget>
  /** By the names that SNS ARNs give them. Whom their fan-outs lead to is the engine's to know. */
  readonly topics: ReadonlyMap<string, Target>
  readonly http: Http
  readonly secrets: Secrets
  /** By the service that ARNs name: sqs, sns, lambda, logs. None of those that are absent is reached. */
  readonly services?: ReadonlyMap<string, ServiceTarget>
  readonly deadLetters?: DeadLetterQueue
  readonly quotas?: Partial<Quotas>
  /** Of all replays together; 1,000 when absent. */
  readonly replayedPerSecond?: number
  /** How long a replay is STARTING and CANCELLING; not at all when absent. */
  readonly replayPauseMs?: number
  /** Told what goes wrong and is tried again. */
  readonly failed?: (error: unknown) => void
}

/** EventBridge's, which AWS raises when it is asked to. */
export interface Quotas {
  readonly targetsPerRule: number
  readonly rulesPerEventBus: number
  /** Characters; the greatest is 4,096. */
  readonly eventPatternLength: number
  readonly eventBuses: number
  /** The greatest InvocationRateLimitPerSecond of an API destination. */
  readonly invocationsPerSecond: number
}
const usualQuotas: Quotas = {
  ...{ targetsPerRule: 5, rulesPerEventBus: 300, eventBuses: 100 },
  ...{ eventPatternLength: 2_048, invocationsPerSecond: 300 },
}

export type EventBridge = ReturnType<typeof eventBridge>

/**
 * Connects what was configured when the previous process ended. Call `start` when the engine has been
 * started, and `close` before it is closed.
 *
 * Operations take what the AWS SDK sends and check it; they answer what the SDK is to receive, times
 * as Dates. They reject with EventBridge's exception names in `code` and its texts. A change is on
 * disk when it is answered, and holds for the events that are put from then on.
 */
export function eventBridge({
  engine: { inside, nextId },
  settings,
  functions,
  topics,
  http,
  secrets,
  services = new Map(),
  deadLetters = deadLetterQueue(inside),
  quotas = {},
  replayedPerSecond,
  replayPauseMs = 0,
  failed = () => {},
}: EventBridgeOptions) {
  const limits = { ...usualQuotas, ...quotas }
  const catalog = catalogOf({ inside, settings, topics })
  const tokens = oauthTokens({
    ...{ http, clock: inside.clock },
    fetched: (key) => connecting.tokenCame(key),
  })
  const deadLetterConfigs = deadLetterConfigsOf({ inside, sqs: services.get('sqs'), failed })
  const reach: Reach = {
    ...{ inside, catalog, functions, topics, http, secrets, tokens, services },
    deadLetterConfigs,
  }
  const tags = tagsOf(settings)
  const paused = pausedTargets({ inside, settings, catalog })
  const wiring = wiringOf({
    ...{ inside, settings, catalog },
    targetOf: (rule, target) => targetOf(rule, target, reach),
  })
  const removed = removedTargets({ inside, settings, failed })

  const view: Rules = {
    ruleOf: catalog.findRule,
    keysOf(bus, name) {
      const rule = catalog.findRule(bus, name)
      return rule ? keysOf(rule) : []
    },
    scheduled: () =>
      [...catalog.rules()].filter(({ ScheduleExpression }) => ScheduleExpression !== undefined),
    changed: wiring.changed,
  }
  const timetable = schedules({ inside, rules: view, failed })
  const common = { inside, settings, catalog, wiring, tags, nextId }
  const { forgotten: _forgotten, ...pausing } = paused
  const connecting = connections({ ...common, secrets, tokens, failed })
  const {
    tokenCame: _tokenCame,
    start: startConnections,
    close: closeConnections,
    ...connected
  } = connecting
  const archives = archivesOf({
    ...{ inside, settings, eventBus: catalog.eventBus },
    hasRule: (bus, name) => catalog.findRule(bus, name) !== undefined,
  })
  const { byArn: _byArn, contents: _contents, lose: _lose, ...archiving } = archives
  const replays = replaysOf({
    ...{
      inside,
      settings,
      archives,
      failed,
      rules: view,
      eventBus: catalog.eventBus,
      pauseMs: replayPauseMs,
    },
    ...(replayedPerSecond !== undefined && { eventsPerSecond: replayedPerSecond }),
  })
  const { start: startReplays, close: closeReplays, ...replaying } = replays

  return {
    ...eventBuses({ ...common, limit: limits.eventBuses }),
    ...permissions(common),
    ...rules({ ...common, archives, ...limits }),
    ...ruleTargets({
      ...common,
      archives,
      removed,
      paused,
      reach,
      targetsPerRule: limits.targetsPerRule,
    }),
    ...pausing,
    ...connected,
    ...apiDestinations({ ...common, mostPerSecond: limits.invocationsPerSecond }),
    ...archiving,
    ...replaying,
    ...tagging(common),
    putEvents: putEvents(common),
    testEventPattern,
    deadLetters,
    /** What archives, schedules and the console ask about rules. */
    rules: view,
    start() {
      deadLetterConfigs.start()
      timetable.start()
      startReplays()
      startConnections()
    },
    close() {
      closeConnections()
      closeReplays()
      timetable.close()
      deadLetterConfigs.close()
      removed.close()
    },
  }
}
