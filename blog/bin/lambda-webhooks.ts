/** A part of the bundle: named here and not where it is loaded, so that only what is named is in it. */
export { undiciHttp } from '@busbar/event-bus/adapters/undici/http'
