/** What the APIs of a stack serve: its routes, integrations, authorizers and stages, with the functions behind them. */
import type { Endpoint } from './endpoint.ts'
import type { LambdaFunction } from './function.ts'
import type { HttpApiOptions, HttpAuthorizer, HttpRoute } from './http-api.ts'
import { apiId } from './names.ts'
import { matches } from './permissions.ts'
import type { ParsedRoute } from './routes.ts'
import { arnOf, type Members, type Resource, type Stack } from './template.ts'
import type { WebSocketApiOptions } from './websocket-api.ts'

export interface Wiring {
  readonly stack: Stack
  readonly endpoint: Endpoint
  /** The function that an ARN or an address with one names. Throws when there is none. */
  readonly functionIn: (text: unknown) => LambdaFunction
  readonly log: (line: string) => void
}

export function httpOptions(
  { stack, functionIn, log }: Wiring,
  logicalId: string,
  authorization: string | null,
): HttpApiOptions {
  const stage = stageOf(stack, logicalId)
  const authorizers = new Map<string, HttpAuthorizer>()
  const routes = ofApi(stack, 'Route', logicalId).map((route): ParsedRoute<HttpRoute> => {
    const { RouteKey, AuthorizationType = 'NONE', AuthorizerId } = stack.propertiesOf(route)
    const { IntegrationUri, IntegrationType, PayloadFormatVersion, TimeoutInMillis } =
      integrationOf(stack, route)
    if (IntegrationType !== 'AWS_PROXY') throw new Error(`${RouteKey} leads to ${IntegrationType}`)
    const lambda = functionIn(IntegrationUri)
    mayBeCalled(stack, lambda, logicalId, `${stage}/${keyInArn(String(RouteKey))}`)
    if (!['NONE', 'CUSTOM'].includes(String(AuthorizationType)))
      throw new Error(`${RouteKey} is authorized by ${AuthorizationType}`)
    const of: HttpRoute = {
      lambda,
      payloadFormat: String(PayloadFormatVersion ?? '1.0'),
      timeoutMs: Number(TimeoutInMillis ?? 30_000),
      authorizer: AuthorizationType === 'CUSTOM' ? authorizerOf(String(AuthorizerId)) : null,
    }
    return { key: String(RouteKey), of }
  })
  return { apiId: apiId(logicalId), stage, routes, authorization, log }

  function authorizerOf(id: string): HttpAuthorizer {
    const made = authorizers.get(id) ?? makeAuthorizer(id)
    authorizers.set(id, made)
    return made
  }

  function makeAuthorizer(id: string): HttpAuthorizer {
    const found = stack
      .of('AWS::ApiGatewayV2::Authorizer')
      .find((each) => stack.resolve({ Ref: each.logicalId }) === id)
    if (!found) throw new Error(`There is no authorizer ${id}`)
    const properties = stack.propertiesOf(found)
    if (properties.AuthorizerPayloadFormatVersion !== '2.0')
      throw new Error(`${id} has format ${properties.AuthorizerPayloadFormatVersion}`)
    const lambda = functionIn(properties.AuthorizerUri)
    mayBeCalled(stack, lambda, logicalId, `authorizers/${id}`)
    return {
      lambda,
      identitySources: properties.IdentitySource as readonly string[],
      isSimple: properties.EnableSimpleResponses === true,
      ttlMs: Number(properties.AuthorizerResultTtlInSeconds ?? 0) * 1_000,
      known: new Map(),
    }
  }
}

export function webSocketOptions(
  { stack, endpoint, functionIn, log }: Wiring,
  logicalId: string,
): WebSocketApiOptions {
  const stage = stageOf(stack, logicalId)
  const id = apiId(logicalId)
  const api = stack.resources.find((each) => each.logicalId === logicalId) as Resource
  const routes = ofApi(stack, 'Route', logicalId).map((route) => {
    const { RouteKey, AuthorizationType = 'NONE' } = stack.propertiesOf(route)
    if (AuthorizationType !== 'NONE') throw new Error(`${RouteKey} is authorized`)
    const lambda = functionIn(integrationOf(stack, route).IntegrationUri)
    mayBeCalled(stack, lambda, logicalId, `${stage}/${RouteKey}`)
    return [String(RouteKey), lambda] as const
  })
  return {
    ...{ apiId: id, stage, log, routes: new Map(routes) },
    selection: String(stack.propertiesOf(api).RouteSelectionExpression),
    denies: (request, resource) =>
      endpoint.denies(
        ...([request, 'execute-api:ManageConnections'] as const),
        arnOf('execute-api', `${id}/${resource}`),
      ),
  }
}

/** The one API of a protocol; null when there is none. */
export function apiOf(stack: Stack, protocol: 'HTTP' | 'WEBSOCKET'): string | null {
  const found = stack
    .of('AWS::ApiGatewayV2::Api')
    .filter(({ properties }) => properties.ProtocolType === protocol)
  if (found.length > 1) throw new Error(`There are ${found.length} APIs for ${protocol}`)
  return found[0]?.logicalId ?? null
}

function ofApi(stack: Stack, kind: string, logicalId: string): readonly Resource[] {
  return stack
    .of(`AWS::ApiGatewayV2::${kind}`)
    .filter((each) => stack.resolve(each.properties.ApiId) === apiId(logicalId))
}

export function stageOf(stack: Stack, logicalId: string): string {
  const [stage, ...others] = ofApi(stack, 'Stage', logicalId)
  if (!stage || others.length > 0) throw new Error(`${logicalId} does not have just one stage`)
  if (stack.propertiesOf(stage).AutoDeploy !== true) throw new Error(`${logicalId}: not deployed`)
  return String(stack.resolve({ Ref: stage.logicalId }))
}

/** `integrations/<id>` */
function integrationOf(stack: Stack, route: Resource): Members {
  const id = String(stack.propertiesOf(route).Target).replace('integrations/', '')
  const found = stack
    .of('AWS::ApiGatewayV2::Integration')
    .find((each) => stack.resolve({ Ref: each.logicalId }) === id)
  if (!found) throw new Error(`${route.logicalId} leads to no integration`)
  return stack.propertiesOf(found)
}

/** As the ARN of an invocation has it: `GET/api/posts/{id}`. */
const keyInArn = (routeKey: string): string => routeKey.replace(' ', '')

/** Throws when no permission lets the API call the function: AWS would answer 500. */
function mayBeCalled(stack: Stack, lambda: LambdaFunction, logicalId: string, path: string): void {
  const sourceArn = arnOf('execute-api', `${apiId(logicalId)}/${path}`)
  const isAllowed = stack.of('AWS::Lambda::Permission').some((permission) => {
    const { Principal, FunctionName, SourceArn, Action } = stack.propertiesOf(permission)
    return (
      Principal === 'apigateway.amazonaws.com' &&
      Action === 'lambda:InvokeFunction' &&
      [lambda.arn, lambda.name].includes(String(FunctionName)) &&
      matches(String(SourceArn), sourceArn)
    )
  })
  if (!isAllowed) throw new Error(`No permission lets ${sourceArn} call ${lambda.name}`)
}
