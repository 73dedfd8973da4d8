/** A flow whose handlers fail, to see on AWS what becomes of their events. */
import { DeliveryRefused, type EventBridgeEvent } from '@busbar/event-bus'
import { eventBus, flow, rule, target } from '@busbar/runtime'

type Placed = EventBridgeEvent<'Placed', { readonly order: string }>

const shop = eventBus()
const retryPolicy = { maximumRetryAttempts: 2, maximumEventAgeInSeconds: 3_600 }

async function throwAlways({ detail }: Placed): Promise<void> {
  throw new Error(`nothing can be done for ${detail.order}`)
}
async function refuse({ detail }: Placed): Promise<void> {
  throw new DeliveryRefused(`${detail.order} is refused`, { code: 'INVALID_PARAMETER' })
}
/** The first attempt does not end in its time. */
const seen = new Set<string>()
async function hesitate({ id }: Placed): Promise<void> {
  if (seen.has(id)) return
  seen.add(id)
  await new Promise(() => {})
}

export const failing = flow('failing', { shop }, [
  rule('placed', {
    bus: shop,
    eventPattern: { 'detail-type': ['Placed'] },
    targets: [
      target('throw-always', throwAlways, {}, { retryPolicy, timeoutMs: 2_000 }),
      target('refuse', refuse, {}, { retryPolicy, timeoutMs: 2_000 }),
      target('hesitate', hesitate, {}, { retryPolicy, timeoutMs: 1_000 }),
    ],
  }),
])
