/**
 * What every adapter of the bus's ports has to do. An adapter's own test calls these with a maker
 * of empty ones.
 */
export { type StoreGaps, storeContract } from './store.contract.ts'
export type { StoreUnderTest } from './store-deliveries.contract.ts'
export { type SubscriptionsUnderTest, subscriptionsContract } from './subscriptions.contract.ts'
