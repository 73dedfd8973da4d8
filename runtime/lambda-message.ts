/** The bodies of messages on the queues: events as EventBridge and SNS put them, and those that a fan-out makes. */
import type { EventBridgeEvent } from '@busbar/event-bus'
import type { TopicMessage } from './flow.ts'

/** Throws for what is no event: nothing that a handler could be called with. */
export const eventIn = (body: string): EventBridgeEvent => checked(JSON.parse(body))

/** What the message to a protocol's target is. Its event is the text as it came. */
export const messageTo = (text: string, subscriptionId: string): string =>
  `{"event":${text},"subscriptionId":${JSON.stringify(subscriptionId)}}`

/** Throws for what `messageTo` does not make. */
export function messageIn(body: string): TopicMessage<EventBridgeEvent> {
  const { event, subscriptionId } = (JSON.parse(body) ?? {}) as Partial<TopicMessage<unknown>>
  if (typeof subscriptionId !== 'string')
    throw new SyntaxError('The message is for no subscription: it lacks subscriptionId')
  return { event: checked(event), subscriptionId }
}

/** The rest of a fan-out. An event has no field of this name. */
export interface Rest {
  /** The event. */
  readonly text: string
  readonly progress: string | undefined
}
export const restOf = (rest: Rest): string => JSON.stringify({ fanOut: rest })
/** From its beginning, for an event. */
export function restIn(body: string): Rest {
  const { fanOut } = (JSON.parse(body) ?? {}) as { readonly fanOut?: Rest }
  return fanOut ?? { text: body, progress: undefined }
}

function checked(value: unknown): EventBridgeEvent {
  const { id, 'detail-type': type, detail } = (value ?? {}) as Partial<EventBridgeEvent>
  if (typeof id !== 'string' || typeof type !== 'string' || typeof detail !== 'object' || !detail)
    throw new SyntaxError('The message is no event: it lacks id, detail-type or detail')
  return value as EventBridgeEvent
}
