/** AWS::Events::EventBus and AWS::Events::EventBusPolicy. */
import { busNameOf, eventsArn } from '../../arn.ts'
import { storedStatement } from '../../event-bridge/bus-policy.ts'
import type { DescribedEventBus } from '../../event-bridge/event-buses.ts'
import { found } from '../client.ts'
import { isObject, parseExactly, same } from '../exact-json.ts'
import { failed } from '../failure.ts'
import { type Ensure, ensureTags, holds, jsonOf, type Members, nameOr, picked } from './resource.ts'

export const eventBus: Ensure = async (wanted, importing) => {
  const members = ['Description', 'DeadLetterConfig', 'LogConfig', 'KmsKeyIdentifier']
  const given = picked(wanted, members, ['Name', 'Policy', 'Tags'])
  const name = nameOr(wanted.properties.Name, wanted.logicalId, 256)
  const arn = eventsArn(importing.place, 'event-bus', name)
  const existing = await found(
    importing.call<DescribedEventBus>('DescribeEventBus', { Name: name }),
  )
  const isSame = existing !== null && holds(given, existing as unknown as Members)
  if (existing === null) await importing.change('CreateEventBus', { Name: name, ...given })
  else if (!isSame) await importing.change('UpdateEventBus', { Name: name, ...given })

  const { Policy, Tags } = wanted.properties
  const hasPolicy =
    Policy === undefined ||
    (existing?.Policy !== undefined &&
      same(parseExactly(existing.Policy), stored(parseExactly(jsonOf(Policy)))))
  if (!hasPolicy)
    await importing.change('PutPermission', { EventBusName: name, Policy: jsonOf(Policy) })
  const hasTagged = await ensureTags(arn, Tags, importing, existing === null)
  return {
    name,
    action:
      existing === null ? 'created' : isSame && hasPolicy && !hasTagged ? 'unchanged' : 'updated',
    ref: name,
    attributes: { Arn: arn, Name: name },
  }
}

/** As PutPermission keeps it. */
const stored = (policy: unknown): unknown =>
  isObject(policy) && [policy.Statement].flat().every(isObject)
    ? {
        ...policy,
        Statement: ([policy.Statement].flat() as readonly Members[]).map(storedStatement),
      }
    : policy

interface Statement extends Members {
  readonly Sid?: string
}

export const eventBusPolicy: Ensure = async (wanted, { place, call, change }) => {
  const members = ['EventBusName', 'StatementId', 'Statement', 'Action', 'Principal', 'Condition']
  const { EventBusName, StatementId, ...given } = picked(wanted, members)
  const bus = busNameOf(EventBusName === undefined ? undefined : String(EventBusName))
  const Sid = nameOr(StatementId, wanted.logicalId, 64)
  const statement = { Sid, ...statementOf(given, eventsArn(place, 'event-bus', bus)) }
  const existing = await found(call<DescribedEventBus>('DescribeEventBus', { Name: bus }))
  const policy = existing?.Policy === undefined ? {} : (parseExactly(existing.Policy) as Members)
  const statements = (policy.Statement ?? []) as readonly Statement[]
  const known = statements.find((each) => each.Sid === Sid)
  const isSame = known !== undefined && same(known, statement)
  if (!isSame) {
    const at = known === undefined ? statements.length : statements.indexOf(known)
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      ...policy,
      Statement: statements.toSpliced(at, known ? 1 : 0, statement),
    })
    await change('PutPermission', { EventBusName: bus, Policy })
  }
  return {
    name: `${bus}/${Sid}`,
    action: isSame ? 'unchanged' : known ? 'updated' : 'created',
    ref: Sid,
    attributes: {},
  }
}

/** As PutPermission makes one of its parameters. */
function statementOf(
  { Statement, Action, Principal, Condition }: Members,
  Resource: string,
): Members {
  if (isObject(Statement)) return storedStatement(Statement)
  if (Action === undefined || Principal === undefined)
    throw failed('It has neither a Statement nor an Action and a Principal.')
  const { Type, Key, Value } = isObject(Condition) ? Condition : {}
  return {
    Effect: 'Allow',
    Principal: Principal === '*' ? '*' : { AWS: `arn:aws:iam::${String(Principal)}:root` },
    ...{ Action, Resource },
    ...(Condition !== undefined && { Condition: { [String(Type)]: { [String(Key)]: Value } } }),
  }
}
