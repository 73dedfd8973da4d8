/** EventBridge's rules: PutRule and what else is done with a rule but for its targets. */
import { compile } from '@busbar/event-pattern'
import { ruleArn } from '../arn.ts'
import { arnConstraint, nameConstraint } from '../constraints.ts'
import type { Inside } from '../engine/inside.ts'
import { BusError } from '../errors.ts'
import { given, type Request, requested } from '../request.ts'
import { schedule } from '../schedule.ts'
import type { Settings } from '../settings.ts'
import { archiveOfRule, isArchiveRule, refuseWithoutForce } from './archive-rules.ts'
import type { Archives } from './archives.ts'
import { type Catalog, kinds, refuseManaged, ruleSetting } from './catalog.ts'
import { page, paging } from './paging.ts'
import type { RuleState, StoredRule } from './stored-rule.ts'
import type { Tags } from './tags.ts'
import type { Wiring } from './wiring.ts'

const allManagementEvents = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'
const states: readonly RuleState[] = ['ENABLED', 'DISABLED', allManagementEvents]
/** Characters of a pattern that EventBridge's model takes; of a rule's its quota takes fewer. */
const longestPattern = 4_096
export const patternLimits = { patternLength: longestPattern }

export interface DescribedRule {
  readonly Name: string
  readonly Arn: string
  readonly EventBusName: string
  readonly State: RuleState
  readonly EventPattern?: string
  readonly ScheduleExpression?: string
  readonly Description?: string
  readonly RoleArn?: string
  readonly ManagedBy?: string
}

export function rules({
  inside,
  settings,
  catalog,
  wiring,
  tags,
  rulesPerEventBus,
  eventPatternLength,
  archives,
}: {
  readonly inside: Pick<Inside, 'clock' | 'place'>
  readonly settings: Settings
  readonly catalog: Catalog
  readonly wiring: Wiring
  readonly tags: Tags
  readonly archives: Pick<Archives, 'lose'>
  readonly rulesPerEventBus: number
  /** Characters of a rule's pattern, at most what the model takes. */
  readonly eventPatternLength: number
}) {
  const { place } = inside
  const on = (bus: string, rules: Iterable<StoredRule>) =>
    [...rules].filter(({ EventBusName }) => EventBusName === bus)
  const of = (bus: string) => on(bus, catalog.shownRules())
  const write = (rule: StoredRule) => ({
    kind: kinds.rule,
    name: ruleSetting(rule.EventBusName, rule.Name),
    value: rule,
  })

  function change(request: Request, State: RuleState): Promise<Record<string, never>> {
    const { bus, rule: name, check } = requested(request, 'Name')
    check()
    return settings.change(() => {
      const rule = { ...catalog.ownRule(bus, name), State }
      return { write: [write(rule)], applied: () => wiring.route(rule), answer: {} }
    })
  }

  return {
    /**
     * Creates the rule or replaces all of it but its targets. A rate counts from here when it is new.
     * Throws `InvalidEventPatternException`, `LimitExceededException` and `ManagedRuleException`.
     */
    async putRule(request: Request): Promise<{ RuleArn: string }> {
      const { bus, rule: name, text, noted, given: asked, check } = requested(request, 'Name')
      const ScheduleExpression = text('ScheduleExpression', { max: 256 }) || undefined
      const EventPattern = text('EventPattern', { max: longestPattern }) || undefined
      const State = (text('State', { values: states }) ?? 'ENABLED') as RuleState
      const Description = text('Description', { max: 512 })
      const RoleArn = text('RoleArn', arnConstraint)
      const Tags = tags.read(noted, asked.Tags)
      check()
      if (EventPattern === undefined && ScheduleExpression === undefined)
        throw invalid('Parameter(s) EventPattern or ScheduleExpression must be specified.')
      if (ScheduleExpression !== undefined && bus !== 'default')
        throw invalid('ScheduleExpression is supported only on the default event bus.')
      if (ScheduleExpression !== undefined && State === allManagementEvents)
        throw invalid(`${State} rule state is not supported with scheduled rule expressions.`)
      if (EventPattern !== undefined && EventPattern.length > eventPatternLength)
        throw invalid(
          `Parameter EventPattern for rule ${name} exceeds limit of ${eventPatternLength}.`,
        )
      return settings.change(() => {
        const now = inside.clock.now().getTime()
        if (ScheduleExpression !== undefined) schedule(ScheduleExpression, now)
        if (EventPattern !== undefined) compile(EventPattern, patternLimits)
        catalog.eventBus(bus)
        const known = catalog.findRule(bus, name)
        if (known) refuseManaged(known)
        else if (on(bus, catalog.rules()).length >= rulesPerEventBus)
          throw new BusError(
            'LimitExceededException',
            'The requested resource exceeds the maximum number allowed.',
          )
        const isAsBefore = known?.ScheduleExpression === ScheduleExpression
        const rule: StoredRule = {
          ...{ Name: name, EventBusName: bus, State },
          ...given({ EventPattern, ScheduleExpression, Description, RoleArn }),
          CreatedAt: known && isAsBefore ? known.CreatedAt : now,
          Targets: known?.Targets ?? [],
        }
        const RuleArn = ruleArn(place, bus, name)
        return {
          write: [write(rule), ...(known || !Tags ? [] : tags.written(RuleArn, Tags))],
          applied: () => wiring.route(rule),
          answer: { RuleArn },
        }
      })
    },

    /**
     * A rule that does not exist is deleted, too, and an archive's own with Force: it then takes
     * nothing. Throws `ValidationException` when it has targets.
     */
    async deleteRule(request: Request): Promise<Record<string, never>> {
      const { bus, rule: name, noted, given: asked, check } = requested(request, 'Name')
      const force = noted.flag(asked.Force, 'force') ?? false
      check()
      return settings.change(() => {
        catalog.eventBus(bus)
        const rule = catalog.findRule(bus, name)
        if (!rule) return { write: [], answer: {} }
        refuseWithoutForce(rule, force)
        const isArchives = isArchiveRule(rule)
        if (!isArchives) refuseManaged(rule)
        if (rule.Targets.length > 0) throw invalid("Rule can't be deleted since it has targets.")
        if (isArchives) return { ...archives.lose(archiveOfRule(name), 'rule'), answer: {} }
        const deleted = { ...write(rule), value: null }
        return {
          write: [deleted, ...tags.forgotten(ruleArn(place, bus, name))],
          applied: () => wiring.route(rule),
          answer: {},
        }
      })
    },

    async describeRule(request: Request): Promise<DescribedRule & { CreatedBy: string }> {
      const { bus, rule: name, check } = requested(request, 'Name')
      check()
      return { ...described(catalog.rule(bus, name)), CreatedBy: place.account }
    },

    async listRules(
      request: Request,
    ): Promise<{ Rules: readonly DescribedRule[]; NextToken?: string }> {
      const { bus, text, noted, given: asked, check } = requested(request)
      const prefix = text('NamePrefix', { ...nameConstraint(64), required: false }) ?? ''
      const part = paging(noted, asked)
      check()
      catalog.eventBus(bus)
      const found = of(bus).filter(({ Name }) => Name.startsWith(prefix))
      const { items, next } = page(found, ({ Name }) => Name, part)
      return { Rules: items.map(described), ...next }
    },

    async listRuleNamesByTarget(
      request: Request,
    ): Promise<{ RuleNames: readonly string[]; NextToken?: string }> {
      const { bus, text, noted, given: asked, check } = requested(request)
      const arn = text('TargetArn', { required: true, ...arnConstraint })
      const EventBusName = bus
      const part = paging(noted, { ...asked, EventBusName }, { isTerse: true })
      check()
      if (!isTargetArn(arn ?? '', place.region))
        throw invalid(
          `Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`,
        )
      catalog.eventBus(bus)
      const names = of(bus).flatMap(({ Name, Targets }) =>
        Targets.some(({ Arn }) => Arn === arn) ? Name : [],
      )
      const { items, next } = page(names, (name) => name, part)
      return { RuleNames: items, ...next }
    },

    enableRule: async (request: Request) => change(request, 'ENABLED'),
    /** From here on its events are discarded; what waits for its targets is delivered. */
    disableRule: async (request: Request) => change(request, 'DISABLED'),
  }

  function described(rule: StoredRule): DescribedRule {
    const { Targets: _targets, CreatedAt: _createdAt, ...shown } = rule
    return { ...shown, Arn: ruleArn(place, rule.EventBusName, rule.Name) }
  }
}

/** It names its resource, and is of the Region's partition: `aws` in most, whatever it is in the others. */
const isTargetArn = (arn: string, region: string): boolean =>
  (/^(us-gov|us-iso|cn)/.test(region)
    ? /^arn:[^:]+:[^:]+:[^:]*:[^:]*:./
    : /^arn:aws:[^:]+:[^:]*:[^:]*:./
  ).test(arn)

const invalid = (message: string) => new BusError('ValidationException', message)
