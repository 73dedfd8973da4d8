/** AWS::Events::Rule, with its targets, and AWS::Events::Archive. */

import type { DescribedArchive } from '../../archive.ts'
import { busNameOf, eventsArn, ruleArn } from '../../arn.ts'
import type { DescribedRule } from '../../event-bridge/rules.ts'
import { all, found } from '../client.ts'
import { isObject, parseExactly, same } from '../exact-json.ts'
import { failed } from '../failure.ts'
import {
  type Ensure,
  ensureTags,
  holds,
  type Importing,
  jsonOf,
  type Members,
  nameOr,
  numbered,
  picked,
  type Wanted,
} from './resource.ts'

/** PutTargets and RemoveTargets take so many. */
const most = 10

export const rule: Ensure = async (wanted, importing) => {
  const members = ['ScheduleExpression', 'State', 'Description', 'RoleArn']
  const given = picked(wanted, members, ['Name', 'EventBusName', 'EventPattern', 'Targets', 'Tags'])
  const { EventPattern, EventBusName, Tags } = wanted.properties
  const bus = busNameOf(typeof EventBusName === 'string' ? EventBusName : undefined)
  const Name = nameOr(wanted.properties.Name, wanted.logicalId, 64)
  const request = { Name, EventBusName: bus }
  const existing = await found(importing.call<DescribedRule>('DescribeRule', request))
  const pattern = EventPattern === undefined ? undefined : jsonOf(EventPattern)
  const isSame =
    existing !== null &&
    holds({ State: 'ENABLED', ...given }, existing as unknown as Members) &&
    members.every((name) => name === 'State' || name in existing === name in given) &&
    samePattern(pattern, existing.EventPattern)
  if (!isSame)
    await importing.change('PutRule', {
      ...{ ...request, ...given },
      ...(pattern !== undefined && { EventPattern: pattern }),
    })
  const targets = await ensureTargets(wanted, bus, Name, existing !== null, importing)
  const arn = ruleArn(importing.place, bus, Name)
  const hasTagged = await ensureTags(arn, Tags, importing, existing === null)
  return {
    name: `${bus}/${Name}`,
    action:
      existing === null ? 'created' : isSame && !targets && !hasTagged ? 'unchanged' : 'updated',
    ref: bus === 'default' ? Name : `${bus}|${Name}`,
    attributes: { Arn: arn },
  }
}

function samePattern(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a === b || same(parseExactly(a), parseExactly(b))
}

/** Answers whether there was something to do. Targets that the template does not have go. */
async function ensureTargets(
  wanted: Wanted,
  EventBusName: string,
  Rule: string,
  exists: boolean,
  { call, change }: Importing,
): Promise<boolean> {
  const given = (wanted.properties.Targets ?? []) as readonly Members[]
  const beyond = members(members(wanted.metadata.Busbar).Targets)
  const targets = given.map((target): Members & { readonly Id: string } => ({
    ...target,
    Id: String(target.Id),
    ...(target.RetryPolicy !== undefined && {
      RetryPolicy: numbered(target.RetryPolicy, [
        ...['MaximumRetryAttempts', 'MaximumEventAgeInSeconds'],
      ]),
    }),
    ...(isObject(beyond[String(target.Id)]) && {
      BusbarParameters: beyond[String(target.Id)],
    }),
  }))
  const existing: (Members & { readonly Id: string })[] = []
  const of = { EventBusName, Rule }
  if (exists)
    for await (const target of all({ call }, 'ListTargetsByRule', 'Targets', of))
      existing.push(target as Members & { readonly Id: string })
  const gone = existing.filter(({ Id }) => !targets.some((target) => target.Id === Id))
  const changed = targets.filter(
    (target) => !same(target, existing.find(({ Id }) => Id === target.Id) ?? null),
  )
  for (const part of parts(gone))
    await change('RemoveTargets', { ...of, Ids: part.map(({ Id }) => Id) })
  for (const Targets of parts(changed)) await change('PutTargets', { ...of, Targets })
  return gone.length + changed.length > 0
}

/** Throws for entries that were not done. */
export function refuseFailed({
  FailedEntries,
}: {
  readonly FailedEntries?: readonly { readonly ErrorCode: string; readonly ErrorMessage: string }[]
}): void {
  const first = FailedEntries?.[0]
  if (first) throw failed(`${first.ErrorMessage} (${first.ErrorCode})`, { code: first.ErrorCode })
}

const parts = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / most) }, (_, at) =>
    items.slice(at * most, (at + 1) * most),
  )

const members = (value: unknown): Members => (isObject(value) ? value : {})

export const archive: Ensure = async (wanted, { place, call, change }) => {
  const given = numbered(
    picked(
      wanted,
      ['Description', 'RetentionDays'],
      ['ArchiveName', 'SourceArn', 'EventPattern', 'KmsKeyIdentifier'],
    ),
    ['RetentionDays'],
  ) as Members
  const { SourceArn, EventPattern, ArchiveName: asked } = wanted.properties
  const ArchiveName = nameOr(asked, wanted.logicalId, 48)
  const EventSourceArn = String(SourceArn)
  const existing = await found(call<DescribedArchive>('DescribeArchive', { ArchiveName }))
  if (existing && existing.EventSourceArn !== EventSourceArn)
    throw failed(
      `There is an archive ${ArchiveName} of ${existing.EventSourceArn}. Delete that first: busbar archive delete ${ArchiveName}`,
    )
  const pattern = EventPattern === undefined ? undefined : jsonOf(EventPattern)
  const request = {
    ...{ ArchiveName, ...given },
    ...(pattern !== undefined && { EventPattern: pattern }),
  }
  const isSame =
    existing !== null &&
    holds(given, existing as unknown as Members) &&
    (pattern === undefined || samePattern(pattern, existing.EventPattern))
  if (existing === null) await change('CreateArchive', { ...request, EventSourceArn })
  else if (!isSame) await change('UpdateArchive', request)
  return {
    name: ArchiveName,
    action: existing === null ? 'created' : isSame ? 'unchanged' : 'updated',
    ref: ArchiveName,
    attributes: { Arn: eventsArn(place, 'archive', ArchiveName), ArchiveName },
  }
}
