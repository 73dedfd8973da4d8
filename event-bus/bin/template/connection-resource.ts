/** A connection as a template has it: what is secret of it is a parameter that is not echoed. */
import type { AuthParameters } from '../../auth-parameters.ts'
import type { DescribedConnection } from '../../event-bridge/connections.ts'
import type { ConnectionHttpParameters, ShownHttpParameter } from '../../http-parameters.ts'
import { given } from '../arguments.ts'
import type { OnWire } from '../client.ts'

export type Parameters = Record<
  string,
  { readonly Type: 'String'; readonly NoEcho: true; readonly Description: string }
>

export function connectionResource(
  id: string,
  connection: OnWire<DescribedConnection>,
  parameters: Parameters,
) {
  const { Name, Description, AuthorizationType, AuthParameters } = connection
  const { BasicAuthParameters, ApiKeyAuthParameters, OAuthParameters, InvocationHttpParameters } =
    AuthParameters

  function secret(member: string, what: string): { readonly Ref: string } {
    const Ref = `${id}${member}`
    const Description = `The ${what} of the connection ${Name}`
    parameters[Ref] = { Type: 'String', NoEcho: true, Description }
    return { Ref }
  }
  function http(of: ConnectionHttpParameters<ShownHttpParameter>, where: string) {
    return Object.fromEntries(
      Object.entries(of).map(([kind, list]: [string, readonly ShownHttpParameter[]]) => [
        kind,
        list.map((parameter, at) => {
          if (parameter.Value !== undefined) return parameter
          const what = `${kind} ${parameter.Key}`
          return { ...parameter, Value: secret(`${where}${kind}${at + 1}`, what) }
        }),
      ]),
    )
  }

  const auth: { [K in keyof AuthParameters]?: unknown } = given({
    BasicAuthParameters: BasicAuthParameters && {
      ...BasicAuthParameters,
      Password: secret('Password', 'password'),
    },
    ApiKeyAuthParameters: ApiKeyAuthParameters && {
      ...ApiKeyAuthParameters,
      ApiKeyValue: secret('ApiKeyValue', 'API key'),
    },
    OAuthParameters: OAuthParameters && {
      ...OAuthParameters,
      ClientParameters: {
        ...OAuthParameters.ClientParameters,
        ClientSecret: secret('ClientSecret', 'client secret'),
      },
      ...(OAuthParameters.OAuthHttpParameters && {
        OAuthHttpParameters: http(OAuthParameters.OAuthHttpParameters, 'OAuth'),
      }),
    },
    InvocationHttpParameters: InvocationHttpParameters && http(InvocationHttpParameters, ''),
  })
  return {
    Type: 'AWS::Events::Connection',
    Properties: given({ Name, Description, AuthorizationType, AuthParameters: auth }),
  }
}
