/** Tags of event buses and rules. */
import { eventsArn, ruleArn, ruleOf } from '../arn.ts'
import { arnConstraint, type Faults } from '../constraints.ts'
import type { Inside } from '../engine/inside.ts'
import { BusError } from '../errors.ts'
import { type Request, requested } from '../request.ts'
import type { Decision, Settings } from '../settings.ts'
import { isArchiveRule } from './archive-rules.ts'
import { type Catalog, nameIn, refuseManaged } from './catalog.ts'

export interface Tag {
  readonly Key: string
  readonly Value: string
}

export interface Tags {
  /** A request's `Tags`. Faults are noted; throws `ValidationException` when a key comes twice. */
  read(noted: Faults, value: unknown, required?: boolean): readonly Tag[] | undefined
  /** To be written with the change that creates the resource. */
  written(arn: string, tags: readonly Tag[]): Decision<unknown>['write']
  /** To be written with the change that deletes it. */
  forgotten(arn: string): Decision<unknown>['write']
}

const kind = 'tags'

export function tags(settings: Settings): Tags {
  return {
    read(noted, value, required) {
      const read = noted.list(value, 'tags', 200, required, 0)?.map((tag, index): Tag => {
        const at = `tags.${index + 1}.member`
        const { Key, Value } = noted.structure(tag, at, true) ?? {}
        return {
          Key: noted.text(Key, `${at}.key`, { required: true, min: 1, max: 128 }) ?? '',
          Value: noted.text(Value, `${at}.value`, { required: true, max: 256 }) ?? '',
        }
      })
      const keys = read?.flatMap(({ Key }) => (Key === '' ? [] : [Key])) ?? [] // '' was noted
      if (new Set(keys).size < keys.length)
        throw new BusError(
          'ValidationException',
          'Invalid parameter: Duplicated keys are not allowed.',
        )
      return read
    },
    written: (arn, tags) => [{ kind, name: arn, value: tags }],
    forgotten: (arn) => (settings.of(kind).has(arn) ? [{ kind, name: arn, value: null }] : []),
  }
}

/** TagResource, UntagResource and ListTagsForResource. */
export function tagging({
  inside,
  settings,
  catalog,
  tags,
}: {
  readonly inside: Pick<Inside, 'place'>
  readonly settings: Settings
  readonly catalog: Pick<Catalog, 'eventBus' | 'rule'>
  readonly tags: Tags
}) {
  /** The ARN when it is that of a bus or rule there is. Throws `ResourceNotFoundException`. */
  function existing(arn: string, isChange: boolean): string {
    const bus = nameIn(arn, 'event-bus')
    if (bus !== null) return eventsArn(inside.place, 'event-bus', catalog.eventBus(bus).Name)
    const named = ruleOf(arn)
    if (!named)
      throw new BusError(
        'ResourceNotFoundException',
        `Resource ${arn} does not exist. Event buses and rules have tags.`,
      )
    const rule = catalog.rule(named.bus, named.name)
    if (isChange && isArchiveRule(rule))
      throw new BusError(
        'ManagedRuleException',
        `Tag related operations on the managed rule ${rule.Name} is not allowed.`,
      )
    if (isChange) refuseManaged(rule)
    return ruleArn(inside.place, rule.EventBusName, rule.Name)
  }
  const of = (arn: string): readonly Tag[] => settings.of<readonly Tag[]>(kind).get(arn) ?? []

  return {
    /** Tags of keys that the resource has get other values. */
    async tagResource(request: Request): Promise<Record<string, never>> {
      const { text, noted, given, check } = requested(request)
      const asked = text('ResourceARN', { required: true, ...arnConstraint }) ?? ''
      const added = tags.read(noted, given.Tags, true) ?? []
      check()
      return settings.change(() => {
        const arn = existing(asked, true)
        const byKey = new Map([...of(arn), ...added].map((tag) => [tag.Key, tag]))
        return { write: [{ kind, name: arn, value: [...byKey.values()] }], answer: {} }
      })
    },

    async untagResource(request: Request): Promise<Record<string, never>> {
      const { text, noted, given, check } = requested(request)
      const asked = text('ResourceARN', { required: true, ...arnConstraint }) ?? ''
      const list = { min: 0, max: 200, required: true }
      const keys = noted.texts(given.TagKeys, 'tagKeys', { min: 1, max: 128 }, list) ?? []
      check()
      return settings.change(() => {
        const arn = existing(asked, true)
        const value = of(arn).filter(({ Key }) => !keys.includes(Key))
        return { write: [{ kind, name: arn, value }], answer: {} }
      })
    },

    async listTagsForResource(request: Request): Promise<{ Tags: readonly Tag[] }> {
      const { text, check } = requested(request)
      const asked = text('ResourceARN', { required: true, ...arnConstraint }) ?? ''
      check()
      return { Tags: of(existing(asked, false)) }
    },
  }
}
