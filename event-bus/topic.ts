/**
 * SNS's topic: a message becomes one delivery for each confirmed subscription whose filter policy
 * it matches, each with its own retries, so that one bad mailbox neither stops nor repeats
 * anybody else's mail.
 */
import { compile, type EventPattern, type Match } from '@busbar/event-pattern'
import type { Subscriptions } from './ports.ts'
import type { Subscription } from './subscription.ts'
import { type FanOut, type Target, targetDefaults } from './target.ts'

export interface Topic {
  readonly name: string
  readonly subscriptions: Subscriptions
  /** Called for each subscription, its id in `item`. Those of other protocols are told nothing. */
  readonly protocols: { readonly [P in Subscription['protocol']]?: Target }
}

/** Deliveries that one commit adds. More than this many subscribers take several commits. */
const part = 500

/** The key of the deliveries to a topic's subscriptions of a protocol. */
const protocolKey = (topic: string, protocol: string) => `${topic}/${protocol}`

/** Compiled filter policies by their texts: most messages meet those of the one before. */
const compiled = new Map<string, Match>()
const mostCompiled = 1_000

function matches(text: string, policy: EventPattern): Match {
  const known = compiled.get(text)
  if (known) return known
  if (compiled.size >= mostCompiled) compiled.clear()
  const match = compile(policy)
  compiled.set(text, match)
  return match
}

/** The topic as the target of a rule, and as the targets that its fan-out leads to. */
export function topicTargets({ name, subscriptions, protocols }: Topic): {
  readonly target: Target
  readonly fanOutTargets: ReadonlyMap<string, Target>
} {
  /** The next part of the matching subscriptions, behind `progress` (protocol, policy and id). */
  async function fanOut(message: string, progress: string | undefined): Promise<FanOut> {
    const [fromProtocol = '', fromPolicy = '', fromId = ''] = progress
      ? (JSON.parse(progress) as string[])
      : []
    const deliveries: { target: string; item: string }[] = []
    for (const protocol of Object.keys(protocols).sort()) {
      if (protocol < fromProtocol) continue
      const policies = (await subscriptions.filterPolicies(name, protocol))
        .map((policy) => ({ policy, text: JSON.stringify(policy) }))
        .sort((a, b) => (a.text < b.text ? -1 : 1))
      for (const { policy, text } of policies) {
        if (protocol === fromProtocol && text < fromPolicy) continue
        if (!matches(text, policy)(message)) continue
        const behind = protocol === fromProtocol && text === fromPolicy ? fromId : ''
        const room = part - deliveries.length
        const ids = await subscriptions.withFilterPolicy(name, protocol, policy, behind, room)
        const target = protocolKey(name, protocol)
        deliveries.push(...ids.map((item) => ({ target, item })))
        if (ids.length === room)
          return { deliveries, progress: JSON.stringify([protocol, text, ids.at(-1)]) }
      }
    }
    return { deliveries }
  }

  return {
    target: {
      id: name,
      ...targetDefaults,
      invoke: ({ text, progress }) => fanOut(text, progress),
    },
    fanOutTargets: new Map(
      Object.entries(protocols).map(([protocol, target]) => [protocolKey(name, protocol), target]),
    ),
  }
}
