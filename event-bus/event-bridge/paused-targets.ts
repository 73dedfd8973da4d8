/**
 * Ours, beside EventBridge: a target that is paused begins no attempt and keeps what comes, until it is
 * resumed. Where EventBridge's DISABLED rule discards events, this keeps them; also over a restart.
 */

import type { Inside } from '../engine/inside.ts'
import { BusError } from '../errors.ts'
import { type Request, requested } from '../request.ts'
import { targetKey } from '../rule.ts'
import type { Decision, Settings } from '../settings.ts'
import type { Catalog } from './catalog.ts'

const kind = 'paused-target'

export function pausedTargets({
  inside,
  settings,
  catalog,
}: {
  readonly inside: Pick<Inside, 'pauses'>
  readonly settings: Settings
  readonly catalog: Pick<Catalog, 'rule'>
}) {
  const paused = settings.of(kind)
  const apply = () => inside.pauses((key) => paused.has(key))
  apply()
  settings.changedElsewhere((of) => {
    if (of === kind) apply()
  })

  async function change(request: Request, value: true | null): Promise<Record<string, never>> {
    const { bus, rule, text, check } = requested(request, 'Rule')
    const id = text('TargetId', { required: true }) ?? ''
    check()
    return settings.change(() => {
      if (!catalog.rule(bus, rule).Targets.some(({ Id }) => Id === id))
        throw new BusError(
          'ResourceNotFoundException',
          `Rule '${rule}' does not have a target with the Id '${id}'.`,
        )
      const key = targetKey({ bus, name: rule }, { id })
      return { write: [{ kind, name: key, value }], applied: apply, answer: {} }
    })
  }

  return {
    /** `{ Rule, EventBusName?, TargetId }`. Of rules that the process declares, too. */
    pauseTarget: (request: Request) => change(request, true),
    resumeTarget: (request: Request) => change(request, null),
    /** To be written with the change that removes a target. */
    forgotten: (key: string): Decision<unknown>['write'] =>
      paused.has(key) ? [{ kind, name: key, value: null }] : [],
  }
}
