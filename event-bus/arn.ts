/** Amazon Resource Names, of what the bus has itself and of what it delivers to. */
import type { Place } from './event.ts'

export interface Arn {
  readonly service: string
  readonly region: string
  readonly account: string
  /** Behind the account: `rule/orders/placed`, `function:ship`. */
  readonly resource: string
}

/** Null for what is no ARN. */
export function parseArn(text: string): Arn | null {
  const [arn, partition, service, region, account, ...resource] = text.split(':')
  if (arn !== 'arn' || !partition || !service || resource.length === 0) return null
  return { service, region: region ?? '', account: account ?? '', resource: resource.join(':') }
}

/** One of EventBridge's own: `eventsArn(place, 'archive', 'orders')`. */
export const eventsArn = ({ region, account }: Place, kind: string, name: string): string =>
  `arn:aws:events:${region}:${account}:${kind}/${name}`

/** A rule's: that of the default bus does not name it. */
export const ruleArn = (place: Place, bus: string, rule: string): string =>
  eventsArn(place, 'rule', bus === 'default' ? rule : `${bus}/${rule}`)

/** Bus and name of a rule by its ARN; null when it is none. */
export function ruleOf(arn: string): { readonly bus: string; readonly name: string } | null {
  const parsed = parseArn(arn)
  if (parsed?.service !== 'events' || !parsed.resource.startsWith('rule/')) return null
  const path = parsed.resource.slice('rule/'.length)
  const slash = path.lastIndexOf('/')
  return slash < 0
    ? { bus: 'default', name: path }
    : { bus: path.slice(0, slash), name: path.slice(slash + 1) }
}

/** The name of a bus that is given by its name or its ARN. */
export const busNameOf = (nameOrArn = 'default'): string =>
  parseArn(nameOrArn)?.resource.replace(/^event-bus\//, '') ?? nameOrArn
