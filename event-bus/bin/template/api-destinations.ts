/** AWS::Events::Connection and AWS::Events::ApiDestination. */
import { eventsArn } from '../../arn.ts'
import { type AuthParameters, shownAuthParameters } from '../../auth-parameters.ts'
import type { DescribedApiDestination } from '../../event-bridge/api-destinations.ts'
import type { DescribedConnection } from '../../event-bridge/connections.ts'
import { found } from '../client.ts'
import { same } from '../exact-json.ts'
import { failed } from '../failure.ts'
import { type Ensure, holds, type Members, nameOr, numbered, picked } from './resource.ts'

/** Where a name has an id behind it that only the bus knows, as long as nothing has been created. */
const noId = '00000000-0000-0000-0000-000000000000'

export const connection: Ensure = async (wanted, { place, call, change, secrets }) => {
  const members = ['Description', 'AuthorizationType', 'AuthParameters']
  const given = picked(wanted, members, ['Name'])
  const Name = nameOr(wanted.properties.Name, wanted.logicalId, 64)
  const describe = () => found(call<DescribedConnection>('DescribeConnection', { Name }))
  refuseDynamic(given)
  const existing = await describe()
  const { AuthParameters, ...rest } = given
  const isSame =
    existing !== null &&
    !secrets &&
    holds(rest, existing as unknown as Members) &&
    same(shownAuthParameters((AuthParameters ?? {}) as AuthParameters), existing.AuthParameters)
  if (existing === null) await change('CreateConnection', { Name, ...given })
  else if (!isSame) await change('UpdateConnection', { Name, ...given })
  const { ConnectionArn = eventsArn(place, 'connection', `${Name}/${noId}`), SecretArn = '' } =
    existing ?? (await describe()) ?? {}
  return {
    name: Name,
    action: existing === null ? 'created' : isSame ? 'unchanged' : 'updated',
    ref: Name,
    attributes: { Arn: ConnectionArn, ArnForPolicy: ConnectionArn, SecretArn },
  }
}

/** A reference into Secrets Manager would be sent as the secret itself. */
function refuseDynamic(given: Members): void {
  const [reference] = /\{\{resolve:[^}]*\}\}/.exec(JSON.stringify(given)) ?? []
  if (reference !== undefined)
    throw failed(
      `Its secret is ${reference}, which is not known here. Give the template a parameter with NoEcho for it, and say --parameter, or create the connection with: aws events create-connection`,
    )
}

export const apiDestination: Ensure = async (wanted, { place, call, change }) => {
  const members = [
    ...['Description', 'ConnectionArn', 'HttpMethod', 'InvocationEndpoint'],
    'InvocationRateLimitPerSecond',
  ]
  const given = numbered(picked(wanted, members, ['Name']), [
    'InvocationRateLimitPerSecond',
  ]) as Members
  const Name = nameOr(wanted.properties.Name, wanted.logicalId, 64)
  const describe = () => found(call<DescribedApiDestination>('DescribeApiDestination', { Name }))
  const existing = await describe()
  const isSame = existing !== null && holds(given, existing as unknown as Members)
  if (existing === null) await change('CreateApiDestination', { Name, ...given })
  else if (!isSame) await change('UpdateApiDestination', { Name, ...given })
  const { ApiDestinationArn: Arn = eventsArn(place, 'api-destination', `${Name}/${noId}`) } =
    existing ?? (await describe()) ?? {}
  return {
    name: Name,
    action: existing === null ? 'created' : isSame ? 'unchanged' : 'updated',
    ref: Name,
    attributes: { Arn, ArnForPolicy: Arn },
  }
}
