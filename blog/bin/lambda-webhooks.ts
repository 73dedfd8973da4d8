/** A part of the bundle: named here and not where it is loaded, so that only what is named is in it. */
export { nodeHttp } from '@busbar/event-bus/adapters/node/http'
export { callableAddresses } from '@busbar/event-bus/adapters/undici/callable-addresses'
