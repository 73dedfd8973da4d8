/**
 * A topic's fan-out: a message becomes one on the queue of the protocol's target for each subscription
 * that it matches. It goes in parts, and what is left is a message to the function's own queue, so that
 * no number of subscribers takes longer than a function may.
 *
 * At least once: a function that dies within a part sends that part again, and one that dies between
 * the last of its sends and its answer sends what is left twice.
 */
import { type Subscription, type Subscriptions, type Target, topicTargets } from '@busbar/event-bus'
import type { Topic } from './flow.ts'
import type { Read } from './lambda-batch.ts'
import { eventIn, messageTo, restIn, restOf } from './lambda-message.ts'
import type { FunctionQueue } from './lambda-queue.ts'

/** Reads a message to the topic: an event, or the rest of one. */
export function topicMessage(
  name: string,
  topic: Topic,
  subscriptions: Subscriptions,
  queue: Pick<FunctionQueue, 'send'>,
): Read {
  const { target, fanOutTargets } = topicTargets({
    ...{ name, subscriptions },
    // Only their names are asked for: who brings the messages are functions of their own.
    protocols: topic.protocols as unknown as {
      readonly [P in Subscription['protocol']]?: Target
    },
  })

  return (body) => {
    const { text, progress } = restIn(body)
    const event = eventIn(text)
    const { signal } = new AbortController()
    return {
      event,
      async run() {
        const part = await target.invoke({ event, text, item: '', progress, signal })
        const byTarget = Map.groupBy(
          part?.deliveries ?? [],
          ({ target }) => fanOutTargets.get(target)?.id as string,
        )
        for (const [id, deliveries] of byTarget)
          await queue.send(
            id,
            deliveries.map(({ item }) => messageTo(text, item)),
          )
        // Last: a rest that is sent twice would send all behind it twice.
        if (part?.progress !== undefined)
          await queue.send(null, [restOf({ text, progress: part.progress })])
      },
    }
  }
}
