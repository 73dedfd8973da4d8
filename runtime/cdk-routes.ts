/** The HTTP API: a route of the flow is one of the API's, with a function of its own. */
import { Duration, Validations } from 'aws-cdk-lib'
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import {
  HttpApi,
  type HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2'
import {
  HttpLambdaAuthorizer,
  HttpLambdaResponseType,
} from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda'
import { logGroup, named, type Site } from './cdk-site.ts'

/** Below the 30 s after which the API gives up, so that it is the function that says what happened. */
export const routeSeconds = (timeoutMs: number): number =>
  Math.min(29, Math.ceil(timeoutMs / 1_000))

/** Requests in a second, all callers together; who finds no room is answered 429. */
const throttle = { rateLimit: 100, burstLimit: 200 }

/** Made before the functions, which are told where it stands. */
export function httpApi(site: Site): HttpApi {
  const api = new HttpApi(site.stack, 'http-api', {
    apiName: named(site, 'http'),
    createDefaultStage: false,
  })
  new HttpStage(site.stack, 'http-stage', {
    httpApi: api,
    stageName: '$default',
    autoDeploy: true,
    throttle,
    accessLogSettings: {
      destination: new LogGroupLogDestination(logGroup(site, 'http', '/aws/vendedlogs')),
      // No path and no address: a path may hold a token, and whose address it is concerns nobody.
      format: AccessLogFormat.custom(
        JSON.stringify({
          requestId: '$context.requestId',
          time: '$context.requestTime',
          routeKey: '$context.routeKey',
          status: '$context.status',
          latencyMs: '$context.responseLatency',
          error: '$context.integrationErrorMessage',
        }),
      ),
    },
  })
  return api
}

/** Remembers an answer for as long as the author's token may be out of date. */
export const authorizer = (lambda: Lambda): IHttpRouteAuthorizer =>
  new HttpLambdaAuthorizer('authorizer', lambda, {
    responseTypes: [HttpLambdaResponseType.SIMPLE],
    identitySource: ['$request.header.Authorization'],
    resultsCacheTtl: Duration.minutes(5),
  })

/** `on` as in the flow, e.g. `GET /api/posts/{id}`, or `$default` for all that no route is for. */
export function httpRoute(
  { stack }: Site,
  httpApi: HttpApi,
  { on, lambda, guard }: { on: string; lambda: Lambda; guard: IHttpRouteAuthorizer | null },
): void {
  const [method, path = '/'] = on.split(' ')
  const route = new HttpRoute(stack, `${lambda.node.id}-route`, {
    httpApi,
    routeKey:
      on === '$default' ? HttpRouteKey.DEFAULT : HttpRouteKey.with(path, method as HttpMethod),
    integration: new HttpLambdaIntegration(lambda.node.id, lambda),
    authorizer: guard ?? new HttpNoneAuthorizer(),
  })
  if (!guard)
    Validations.of(route).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason: `${on} is for readers, who do not sign in; what it takes is validated, and throttled.`,
    })
}
