/** `Busbar.ExplainEvent`: which rules an event is for, which it has nearly met, and why. */
import { type Explanation, explain } from '@busbar/event-pattern'
import { busNameOf } from '../arn.ts'
import { eventBusNameOrArn, nameConstraint } from '../constraints.ts'
import type { Inside } from '../engine/inside.ts'
import { BusError } from '../errors.ts'
import { requested } from '../request.ts'
import { isArchiveRule } from './archive-rules.ts'
import type { ExplainedEvent, ExplainedRule } from './busbar-answers.ts'
import type { EventBridge } from './event-bridge.ts'
import type { Operation } from './operations.ts'
import type { DescribedRule } from './rules.ts'
import { envelopeMembers } from './tested-pattern.ts'
import { eventBusNames, rulesOn } from './whole-lists.ts'

/** Explanations before anybody else's turn comes: one takes some hundred times what a match does. */
const atOnce = 10

export function explainEvent({
  engine: {
    inside: { clock },
  },
  bridge,
}: {
  readonly engine: { readonly inside: Pick<Inside, 'clock'> }
  readonly bridge: Pick<EventBridge, 'listEventBuses' | 'listRules' | 'rules'>
}): Operation {
  function explained(rule: DescribedRule, pattern: string, event: string): ExplainedRule {
    const { Name, EventBusName, State } = rule
    const Explanation = explain(pattern, event)
    const Targets = bridge.rules.keysOf(EventBusName, Name).length
    return {
      ...{ Name, EventBusName, Matched: Explanation.matched, State, Targets },
      Why: Explanation.matched ? whyMatched(State, Targets) : whyNot(Explanation),
      Explanation,
    }
  }

  return async (request): Promise<ExplainedEvent> => {
    const { given, noted, text, check } = requested(request)
    const bus = text('EventBusName', eventBusNameOrArn)
    const name = text('Rule', { ...nameConstraint(64), required: false })
    const event = text('Event', { required: true }) ?? ''
    const limit = noted.integer(given.Limit, 'limit', 1, 100) ?? 100
    check()
    refuseOther(event)
    const rules: DescribedRule[] = []
    for (const each of bus === undefined ? await eventBusNames(bridge) : [busNameOf(bus)])
      rules.push(...(await rulesOn(bridge, each)).filter((rule) => !isArchiveRule(rule)))
    const asked = name === undefined ? rules : rules.filter(({ Name }) => Name === name)
    if (name !== undefined && asked.length === 0)
      throw new BusError(
        'ResourceNotFoundException',
        `Rule ${name} does not exist on ${bus === undefined ? 'any event bus' : `EventBus ${busNameOf(bus)}`}.`,
      )
    const found: ExplainedRule[] = []
    for (const rule of asked) {
      if (rule.EventPattern === undefined) continue
      found.push(explained(rule, rule.EventPattern, event))
      if (found.length % atOnce === 0) await new Promise<void>((next) => clock.soon(next))
    }
    return { Rules: found.sort(nearestFirst).slice(0, limit) }
  }
}

function refuseOther(text: string): void {
  const event = parsed(text)
  if (typeof event !== 'object' || event === null || Array.isArray(event))
    throw notValid('it is not the JSON text of an object.')
  const missing = envelopeMembers.filter((member) => !Object.hasOwn(event, member))
  if (missing.length === 0) return
  const isDetail = missing.length === envelopeMembers.length
  const hint = isDetail ? ' If this is the detail alone, put it into the member detail of one.' : ''
  throw notValid(
    `a rule is asked with a whole event, and this one lacks ${missing.join(', ')}. Add what is missing, with values as EventBridge gives them.${hint}`,
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const notValid = (reason: string) =>
  new BusError('ValidationException', `Parameter Event is not valid. Reason: ${reason}`)

function whyMatched(state: ExplainedRule['State'], targets: number): string {
  if (state === 'DISABLED') return 'matches, but the rule is disabled'
  return targets === 0 ? 'matches, but the rule has no targets' : 'matches'
}

const missesOf = ({ leaves }: Explanation) =>
  leaves.filter(({ nearest, matched }) => nearest && !matched)

function whyNot(explanation: Explanation): string {
  const misses = missesOf(explanation)
  const [first] = misses
  if (!first) return explanation.disagreement?.why ?? 'does not match'
  const more = misses.length - 1
  const others =
    more === 0 ? '' : `; ${more} more ${more === 1 ? 'field does' : 'fields do'} not match`
  return `${first.path} ${first.why}${others}`
}

/** Those that match, then those with the fewest misses, of which the nearest. */
function nearestFirst(a: ExplainedRule, b: ExplainedRule): number {
  const [missesA, missesB] = [missesOf(a.Explanation), missesOf(b.Explanation)]
  const distance = (misses: typeof missesA) => misses.reduce((sum, each) => sum + each.distance, 0)
  return (
    Number(b.Matched) - Number(a.Matched) ||
    missesA.length - missesB.length ||
    distance(missesA) - distance(missesB)
  )
}
