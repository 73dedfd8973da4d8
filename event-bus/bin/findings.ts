/** What `busbar doctor` makes of what the bus says: each finding with what to do about it. */
import type { DescribedApiDestination } from '../event-bridge/api-destinations.ts'
import type { DescribedStatus, ListedDeadLetter } from '../event-bridge/busbar-answers.ts'
import type { OnWire } from './client.ts'
import { type Finding, note, ok, wrong } from './finding.ts'
import type { FoundRule } from './rules-of.ts'
import { stored } from './store-findings.ts'
import { counted, cut } from './table.ts'
import { roughly, told } from './times.ts'

export type { Finding }

export interface Examined {
  readonly status: OnWire<DescribedStatus>
  readonly rules: readonly FoundRule[]
  /** The newest of some targets that have any, by their keys. */
  readonly deadLetters: ReadonlyMap<string, OnWire<ListedDeadLetter>>
  readonly apiDestinations: readonly Pick<
    OnWire<DescribedApiDestination>,
    'Name' | 'ApiDestinationArn' | 'ApiDestinationState' | 'ConnectionArn'
  >[]
}

/** Signatures are refused beyond that. */
const mostSkewMs = 300_000
const noticedSkewMs = 5_000
/** So many of one kind are told one by one. */
const most = 10
/** Services whose ARNs a bus can deliver to at all. */
const services = ['lambda', 'sqs', 'sns', 'logs', 'events']

export function findings(examined: Examined): Finding[] {
  const { status, rules } = examined
  const targets = status.Targets
  const waiting = targets.reduce((sum, { Waiting, UnderWay }) => sum + Waiting + UnderWay, 0)
  const found = [...failing(status), ...dead(examined), ...gone(status), ...routing(examined)]
  return [
    ok(
      `${counted(rules.length, 'rule')} with ${counted(
        rules.reduce((sum, { Targets }) => sum + Targets.length, 0),
        'target',
      )} on ${counted(status.EventBuses.length, 'bus', 'buses')}; ${counted(status.StoreBytes, 'byte')} of data`,
    ),
    ok(`${counted(waiting, 'delivery waits', 'deliveries wait')}`),
    ...stored(status),
    ...short(found),
    ...paused(status),
    ...(rules.some(({ State }) => State === 'DISABLED')
      ? [
          note(
            `${counted(rules.filter(({ State }) => State === 'DISABLED').length, 'rule is', 'rules are')} DISABLED: what they would match is not kept`,
          ),
        ]
      : []),
  ]
}

/** How far the clocks are apart; the bus's was read between the two moments. */
export function clocks(busMs: number, before: number, after: number): Finding {
  const apart = Math.abs(busMs - (before + after) / 2)
  const sure = Math.max(0, apart - (after - before) / 2 - 1_000)
  if (sure < noticedSkewMs) return ok('its clock and this one agree')
  const words = `its clock and this one are ${roughly(apart)} apart`
  return sure < mostSkewMs
    ? note(
        words,
        'Set the clocks by NTP: a Time that is given and --since mean something else there.',
      )
    : wrong(words, 'Set the clocks by NTP: signed requests are refused from 5 minutes on.')
}

function failing({ Failing }: Examined['status']): Finding[] {
  const byTarget = Map.groupBy(Failing, ({ Target }) => Target)
  return [...byTarget].map(([target, [first, ...more]]) => {
    const error = first?.ErrorMessage ? `: ${cut(first.ErrorMessage, 200)}` : ''
    const others = more.length > 0 ? `, and ${more.length} more` : ''
    return wrong(
      `${target} fails (attempt ${first?.Attempts}, the next at ${told(first?.Due)}${others})${error}`,
      `Mend the target; what waits is tried again by itself. To hold it: busbar pause${flags(first)}`,
    )
  })
}

function dead({ status, deadLetters }: Examined): Finding[] {
  return status.Targets.filter(({ Known, DeadLetters }) => Known && DeadLetters > 0).map(
    ({ Target, DeadLetters }) => {
      const { ErrorCode, ErrorMessage } = deadLetters.get(Target) ?? {}
      const why =
        ErrorCode === undefined ? '' : `, the newest: ${ErrorCode} ${cut(ErrorMessage ?? '', 300)}`
      return wrong(
        `${counted(DeadLetters, 'dead letter')} for ${Target}${why}`,
        ErrorCode === 'NO_RESOURCE'
          ? `Nobody serves that: give the bus the service's address, or put another ARN; then: busbar dlq redrive --target ${Target}`
          : `Mend the target; then: busbar dlq redrive --target ${Target}`,
      )
    },
  )
}

function gone({ Targets }: Examined['status']): Finding[] {
  return Targets.filter(
    ({ Known, DeadLetters, Waiting }) => !Known && DeadLetters + Waiting > 0,
  ).map(({ Target, DeadLetters, Waiting }) =>
    wrong(
      `${counted(DeadLetters + Waiting, 'delivery is', 'deliveries are')} for ${Target}, which is no target any more`,
      `Put the target again to have them delivered, or: busbar dlq purge --target ${Target}`,
    ),
  )
}

const paused = ({ Targets }: Examined['status']): Finding[] =>
  Targets.filter(({ Paused }) => Paused).map((target) =>
    note(
      `${target.Target} is paused, ${counted(target.Waiting, 'delivery waits', 'deliveries wait')}`,
      `busbar resume${flags(target)}`,
    ),
  )

function routing({ status, rules, apiDestinations }: Examined): Finding[] {
  const buses = new Set(status.EventBuses.map(({ Name }) => Name))
  const known = new Map(apiDestinations.map((each) => [each.ApiDestinationArn, each]))
  const found: Finding[] = []
  for (const { EventBusName, Name, State, Targets } of rules) {
    const rule = `${EventBusName}/${Name}`
    if (Targets.length === 0 && State !== 'DISABLED')
      found.push(
        wrong(
          `${rule} has no targets: nothing is done with what it matches`,
          `Give it one (aws events put-targets --rule ${Name} --event-bus-name ${EventBusName} …) or delete it.`,
        ),
      )
    for (const { Id, Arn } of Targets) {
      const [, , service = '', , , ...resource] = Arn.split(':')
      const [kind, name = ''] = resource.join(':').split('/')
      const target = `${rule}/${Id} leads to ${Arn}, `
      if (!services.includes(service))
        found.push(
          wrong(
            `${target}a service that this bus does not deliver to: all of it is dead`,
            'Deliver through an API destination, a queue or a function.',
          ),
        )
      else if (kind === 'event-bus' && !buses.has(name))
        found.push(
          wrong(`${target}a bus that does not exist`, `aws events create-event-bus --name ${name}`),
        )
      else if (kind === 'api-destination') {
        const destination = known.get(Arn)
        if (!destination)
          found.push(
            wrong(
              `${target}an API destination that does not exist`,
              'Create it, and put the target with its ARN.',
            ),
          )
        else if (destination.ApiDestinationState !== 'ACTIVE')
          found.push(
            wrong(
              `${target}whose connection is not authorized`,
              `aws events update-connection --name ${destination.ConnectionArn.split('/')[1]} … with its secrets.`,
            ),
          )
      }
    }
  }
  return found
}

function flags(of: { EventBusName?: string; Rule?: string; TargetId?: string } | undefined) {
  if (of?.Rule === undefined) return ''
  return ` --bus ${of.EventBusName} --rule ${of.Rule} --target ${of.TargetId}`
}

function short(found: readonly Finding[]): readonly Finding[] {
  if (found.length <= most) return found
  const rest = found.length - most
  return [
    ...found.slice(0, most),
    wrong(`and ${rest} more of these`, 'Mend the first ones and ask again.'),
  ]
}
