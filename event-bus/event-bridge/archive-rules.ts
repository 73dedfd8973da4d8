/**
 * The rule by which EventBridge fills an archive. Here the log itself is the archive and nothing is
 * routed by it, but it is shown, it is nobody's to change, and an archive that loses it by force takes
 * nothing until it is updated. It is made of what is stored of the archive.
 */
import { archiveArn, archiveKind, type StoredArchive } from '../archive.ts'
import { uuidOf } from '../engine/event-id.ts'
import type { Inside } from '../engine/inside.ts'
import { BusError } from '../errors.ts'
import type { Settings } from '../settings.ts'
import type { StoredRule } from './stored-rule.ts'

/** As EventBridge spells it. */
const manager = 'prod.vhs.events.aws.internal'
const prefix = 'Events-Archive-'

export const archiveRuleName = (archive: string): string => `${prefix}${archive}`
export const isArchiveRule = ({ ManagedBy }: Pick<StoredRule, 'ManagedBy'>): boolean =>
  ManagedBy === manager
/** Of which archive a rule of that name would be. */
export const archiveOfRule = (rule: string): string => rule.slice(prefix.length)

export interface ArchiveRules {
  find(bus: string, name: string): StoredRule | undefined
  all(): readonly StoredRule[]
}

export function archiveRules({
  inside: { place, suffix },
  settings,
}: {
  readonly inside: Pick<Inside, 'place' | 'suffix'>
  readonly settings: Pick<Settings, 'of'>
}): ArchiveRules {
  const archives = settings.of<StoredArchive>(archiveKind)

  function ruleOf(archive: StoredArchive): StoredRule | undefined {
    const { Name: archived, EventBusName, Id, Rule, CreatedAt, Eras } = archive
    if (Rule === 'deleted') return undefined
    const Name = archiveRuleName(archived)
    const arn = `${archiveArn(place, archived)}:${uuidOf(Id, suffix)}`
    return {
      ...{ Name, EventBusName, State: 'ENABLED', ManagedBy: manager, CreatedAt },
      EventPattern: notReplayed(Eras.at(-1)?.EventPattern),
      Targets:
        Rule === 'without a target'
          ? []
          : [
              {
                Id: Name,
                Arn: `arn:aws:events:${place.region}:::`,
                InputTransformer: {
                  InputPathsMap: {},
                  InputTemplate: `{"archive-arn": "${arn}","event": <aws.events.event.json>,"ingestion-time": <aws.events.event.ingestion-time>}`,
                },
              },
            ],
    }
  }

  return {
    find(bus, name) {
      const archive = name.startsWith(prefix) ? archives.get(archiveOfRule(name)) : undefined
      return archive?.EventBusName === bus ? ruleOf(archive) : undefined
    },
    all: () => [...archives.values()].flatMap((archive) => ruleOf(archive) ?? []),
  }
}

/** What was replayed comes to no archive. */
function notReplayed(pattern = '{}'): string {
  const { 'replay-name': _, ...rest } = JSON.parse(pattern)
  return JSON.stringify({ 'replay-name': [{ exists: false }], ...rest })
}

/** Throws `ManagedRuleException` for a change that is not allowed, with or without force. */
export function refuseArchiveRule(rule: StoredRule): void {
  if (isArchiveRule(rule)) throw managed(`${rule.Name} is a managed rule.`)
}
/** Throws it for one that is allowed by force, when there is none. */
export function refuseWithoutForce(rule: StoredRule, force: boolean): void {
  if (isArchiveRule(rule) && !force)
    throw managed(`${rule.Name} is a managed rule. Set 'force' parameter to true to override.`)
}

const managed = (message: string) => new BusError('ManagedRuleException', message)
