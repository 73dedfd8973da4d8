/** EventBridge's API destination: an HTTP endpoint that rules have for a target. */
import { descriptionConstraint, faults, nameConstraint, pattern } from './constraints.ts'
import { httpEndpoint } from './http-endpoint.ts'

/** Plain JSON without a secret. */
export interface ApiDestination {
  readonly Name: string
  readonly Description?: string
  readonly ConnectionArn: string
  /** Each `*` of its path stands for one of the target's `PathParameterValues`. */
  readonly InvocationEndpoint: string
  readonly HttpMethod: (typeof methods)[number]
  readonly InvocationRateLimitPerSecond: number
}

const methods = ['POST', 'GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE'] as const

/** EventBridge's own. */
const defaultRate = 300

const arn = pattern(
  '^arn:aws([a-z]|\\-)*:events:([a-z]|\\d|\\-)*:([0-9]{12})?:connection\\/[\\.\\-_A-Za-z0-9]+\\/[\\-A-Za-z0-9]+$',
)

/**
 * CreateApiDestination's request; UpdateApiDestination's is this with what was stored:
 * `apiDestination({ ...stored, ...request })`. Throws `ValidationException`.
 */
export function apiDestination(request: unknown): ApiDestination {
  const noted = faults()
  const given = noted.structure(request, 'request', true) ?? {}
  const Name = noted.text(given.Name, 'name', nameConstraint(64)) ?? ''
  const Description = noted.text(given.Description, 'description', descriptionConstraint)
  const ConnectionArn =
    noted.text(given.ConnectionArn, 'connectionArn', {
      required: true,
      min: 1,
      max: 1600,
      pattern: arn,
    }) ?? ''
  const HttpMethod = noted.text(given.HttpMethod, 'httpMethod', {
    required: true,
    values: methods,
  }) as ApiDestination['HttpMethod']
  const rate = noted.integer(given.InvocationRateLimitPerSecond, 'invocationRateLimitPerSecond', 1)
  const endpoint = httpEndpoint(
    noted,
    given.InvocationEndpoint,
    'invocationEndpoint',
    'InvocationEndpoint',
    { wildcards: true },
  )
  noted.check()
  return {
    Name,
    ...(Description !== undefined && { Description }),
    ConnectionArn,
    InvocationEndpoint: endpoint ?? '',
    HttpMethod,
    InvocationRateLimitPerSecond: rate ?? defaultRate,
  }
}
