export type { DeadLetter } from './dead-letter.ts'
export type { WaitingDelivery } from './delivery.ts'
export { type Engine, engine } from './engine.ts'
export { BusError, type BusErrorCode, DeliveryFailed, DeliveryRefused } from './errors.ts'
export type { EventBridgeEvent, PutEventsRequestEntry } from './event.ts'
export {
  type EventBridge,
  type EventBridgeOptions,
  eventBridge,
  type Quotas,
} from './event-bridge.ts'
export type { FunctionTarget } from './function-target.ts'
export type { Append, Clock, EventLog, Store, Subscriptions } from './ports.ts'
export { eventBridgeRetryPolicy, type RetryPolicy } from './retry-policy.ts'
export type { Rule } from './rule.ts'
export { type Settings, settings } from './settings.ts'
export type { BusbarParameters, StoredRule, StoredTarget } from './stored-rule.ts'
export type { Subscription } from './subscription.ts'
export { type FanOut, type Invocation, type Target, targetDefaults } from './target.ts'
export { type Topic, topicTargets } from './topic.ts'
