export type { DeadLetter } from './dead-letter.ts'
export type { WaitingDelivery } from './delivery.ts'
export { type DeliveryError, deliveryError } from './delivery-error.ts'
export { type Circuit, type Engine, engine } from './engine/engine.ts'
export { BusError, type BusErrorCode, DeliveryFailed, DeliveryRefused } from './errors.ts'
export type { EventBridgeEvent, PutEventsRequestEntry } from './event.ts'
export {
  type EventBridge,
  type EventBridgeOptions,
  eventBridge,
  type Quotas,
} from './event-bridge/event-bridge.ts'
export type { FunctionTarget } from './event-bridge/function-target.ts'
export type { BusbarParameters, StoredRule, StoredTarget } from './event-bridge/stored-rule.ts'
export { retryAfterMs } from './http-outcome.ts'
export { isLoopback } from './loopback.ts'
export type { Append, Clock, EventLog, Http, Store, Subscriptions } from './ports.ts'
export {
  eventBridgeRetryPolicy,
  exhausted,
  type RetryPolicy,
  retryDelay,
} from './retry-policy.ts'
export type { Rule } from './rule.ts'
export { schedule } from './schedule.ts'
export { type Settings, settings } from './settings.ts'
export { oneEndpoint, type Subscription } from './subscription.ts'
export { type FanOut, type Invocation, type Target, targetDefaults } from './target.ts'
export { type Topic, topicTargets } from './topic.ts'
