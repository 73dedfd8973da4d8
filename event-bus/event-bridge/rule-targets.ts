/** A rule's targets: PutTargets, RemoveTargets, ListTargetsByRule. */

import { BusError } from '../errors.ts'
import { type Request, requested } from '../request.ts'
import type { Settings } from '../settings.ts'
import { type Catalog, keysOf, kinds, ruleSetting } from './catalog.ts'
import { page, paging } from './paging.ts'
import type { pausedTargets } from './paused-targets.ts'
import type { RemovedTargets } from './removed-targets.ts'
import type { StoredRule, StoredTarget } from './stored-rule.ts'
import type { Reach } from './target-of.ts'
import { checkTarget, requestedTargets } from './target-request.ts'
import type { Wiring } from './wiring.ts'

/** A target that was not put or removed; the others were. */
export interface FailedEntry {
  readonly TargetId: string
  readonly ErrorCode: string
  readonly ErrorMessage: string
}
export interface FailedEntries {
  readonly FailedEntryCount: number
  readonly FailedEntries: readonly FailedEntry[]
}

export function ruleTargets({
  settings,
  catalog,
  wiring,
  removed,
  paused,
  reach,
  targetsPerRule,
}: {
  readonly settings: Settings
  readonly catalog: Pick<Catalog, 'rule' | 'ownRule'>
  readonly wiring: Wiring
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
     * one. A target whose fields contradict each other is answered in FailedEntries. Throws
     * `ValidationException` for what EventBridge's model does not allow, `LimitExceededException`,
     * `ManagedRuleException`; then none was put.
     */
    async putTargets(request: Request): Promise<FailedEntries> {
      const { bus, rule: name, noted, given, check } = requested(request, 'Rule')
      const asked = requestedTargets(noted, given.Targets)
      check()
      const failed = new Map<StoredTarget, FailedEntry>()
      for (const target of asked)
        try {
          checkTarget(target, reach)
        } catch (error) {
          failed.set(target, failedEntry(target.Id, error))
        }
      const put = asked.filter((target) => !failed.has(target))
      return settings.change(() => {
        const rule = catalog.ownRule(bus, name)
        const Targets = [
          ...new Map([...rule.Targets, ...put].map((target) => [target.Id, target])).values(),
        ]
        if (Targets.length > targetsPerRule)
          throw new BusError(
            'LimitExceededException',
            'The requested resource exceeds the maximum number allowed.',
          )
        const next = { ...rule, Targets }
        const changed = Targets.filter((target) => put.includes(target))
        return {
          write:
            changed.length === 0
              ? []
              : [write(next), ...keysOf(next).flatMap((key) => removed.revived(key))],
          applied() {
            wiring.connect(next, changed)
            wiring.route(next)
          },
          answer: failedEntries([...failed.values()]),
        }
      })
    },

    /** What waits for a target that is removed is deleted. An Id that the rule does not have is a FailedEntry. */
    async removeTargets(request: Request): Promise<FailedEntries> {
      const { bus, rule: name, noted, given, check } = requested(request, 'Rule')
      const ids = noted.list(given.Ids, 'ids', 100, true) ?? []
      check()
      return settings.change(() => {
        const rule = catalog.ownRule(bus, name)
        const next = { ...rule, Targets: rule.Targets.filter(({ Id }) => !ids.includes(Id)) }
        const gone = rule.Targets.filter(({ Id }) => ids.includes(Id))
        const keys = keysOf({ ...rule, Targets: gone })
        const missing = [...new Set(ids)].filter((id) => !gone.some(({ Id }) => Id === id))
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
          answer: failedEntries(
            missing.map((id) => ({
              TargetId: String(id),
              ErrorCode: 'ResourceNotFoundException',
              ErrorMessage: `Rule '${name}' does not have a target with the Id '${id}'.`,
            })),
          ),
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

const failedEntries = (failed: readonly FailedEntry[]): FailedEntries => ({
  FailedEntryCount: failed.length,
  FailedEntries: failed,
})

function failedEntry(TargetId: string, error: unknown): FailedEntry {
  const { code, message } = error as Partial<BusError>
  if (code === undefined || message === undefined) throw error
  return { TargetId, ErrorCode: code, ErrorMessage: message }
}
