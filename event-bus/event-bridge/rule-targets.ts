/** A rule's targets: PutTargets, RemoveTargets, ListTargetsByRule. */
import { nameConstraint } from '../constraints.ts'
import { BusError } from '../errors.ts'
import { type Request, requested } from '../request.ts'
import type { Settings } from '../settings.ts'
import { archiveOfRule, isArchiveRule, refuseWithoutForce } from './archive-rules.ts'
import type { Archives } from './archives.ts'
import { type Catalog, keysOf, kinds, refuseManaged, ruleSetting } from './catalog.ts'
import { page, paging } from './paging.ts'
import type { pausedTargets } from './paused-targets.ts'
import type { RemovedTargets } from './removed-targets.ts'
import type { StoredRule, StoredTarget } from './stored-rule.ts'
import type { Reach } from './target-of.ts'
import { checkTarget, requestedTargets } from './target-request.ts'
import type { Wiring } from './wiring.ts'

/** None fails alone here. On EventBridge one does when too many requests come at the same time. */
export interface FailedEntries {
  readonly FailedEntryCount: 0
  readonly FailedEntries: readonly never[]
}
const none: FailedEntries = { FailedEntryCount: 0, FailedEntries: [] }

export function ruleTargets({
  settings,
  catalog,
  wiring,
  removed,
  paused,
  reach,
  targetsPerRule,
  archives,
}: {
  readonly settings: Settings
  readonly catalog: Pick<Catalog, 'rule' | 'ownRule'>
  readonly wiring: Wiring
  readonly archives: Pick<Archives, 'lose'>
  readonly removed: RemovedTargets
  readonly paused: Pick<ReturnType<typeof pausedTargets>, 'forgotten'>
  readonly reach: Reach
  readonly targetsPerRule: number
}) {
  const write = (rule: StoredRule) => ({
    kind: kinds.rule,
    name: ruleSetting(rule.EventBusName, rule.Name),
    value: rule,
  })

  return {
    /**
     * Adds targets; one whose Id the rule has already is replaced, and what waits for it goes to the new
     * one. All of them or none: throws `ValidationException` for what EventBridge's model does not
     * allow and for a target whose fields contradict each other, `LimitExceededException`,
     * `ManagedRuleException`.
     */
    async putTargets(request: Request): Promise<FailedEntries> {
      const { bus, rule: name, noted, given, check } = requested(request, 'Rule')
      const asked = requestedTargets(noted, given.Targets)
      check()
      for (const target of asked) checkTarget(target, bus, reach)
      refuseTwins(asked)
      return settings.change(() => {
        const rule = catalog.ownRule(bus, name)
        const Targets = [
          ...new Map([...rule.Targets, ...asked].map((target) => [target.Id, target])).values(),
        ]
        if (Targets.length > targetsPerRule)
          throw new BusError(
            'LimitExceededException',
            'The requested resource exceeds the maximum number allowed.',
          )
        const next = { ...rule, Targets }
        return {
          write: [write(next), ...keysOf(next).flatMap((key) => removed.revived(key))],
          applied() {
            wiring.connect(next, asked)
            wiring.route(next)
          },
          answer: none,
        }
      })
    },

    /** What waits for a target that is removed is deleted. An Id that the rule does not have is removed, too. */
    async removeTargets(request: Request): Promise<FailedEntries> {
      const { bus, rule: name, noted, given, check } = requested(request, 'Rule')
      const ids =
        noted.texts(given.Ids, 'ids', nameConstraint(64), { max: 100, required: true }) ?? []
      const force = noted.flag(given.Force, 'force') ?? false
      check()
      return settings.change(() => {
        const rule = catalog.rule(bus, name)
        refuseWithoutForce(rule, force)
        if (isArchiveRule(rule))
          return rule.Targets.some(({ Id }) => ids.includes(Id))
            ? { ...archives.lose(archiveOfRule(name), 'target'), answer: none }
            : { write: [], answer: none }
        refuseManaged(rule)
        const next = { ...rule, Targets: rule.Targets.filter(({ Id }) => !ids.includes(Id)) }
        const gone = rule.Targets.filter(({ Id }) => ids.includes(Id))
        const keys = keysOf({ ...rule, Targets: gone })
        return {
          write:
            gone.length === 0
              ? []
              : [
                  write(next),
                  ...keys.flatMap((key) => [removed.noted(key), ...paused.forgotten(key)]),
                ],
          applied() {
            wiring.route(next)
            for (const key of keys) removed.begin(key)
          },
          answer: none,
        }
      })
    },

    async listTargetsByRule(
      request: Request,
    ): Promise<{ Targets: readonly StoredTarget[]; NextToken?: string }> {
      const { bus, rule: name, noted, given, check } = requested(request, 'Rule')
      const part = paging(noted, given)
      check()
      const { items, next } = page(catalog.rule(bus, name).Targets, ({ Id }) => Id, part)
      return { Targets: items, ...next }
    },
  }
}

function refuseTwins(targets: readonly StoredTarget[]): void {
  const ids = targets.map(({ Id }) => Id)
  const twin = ids.find((id, index) => ids.indexOf(id) < index)
  if (twin !== undefined)
    throw new BusError(
      'ValidationException',
      `Parameter targets is not valid. Reason: More than one target with Id '${twin}' is provided.`,
    )
}
