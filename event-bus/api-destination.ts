/** EventBridge's API destination: an HTTP endpoint that rules have for a target. */
import {
  descriptionConstraint,
  faults,
  nameConstraint,
  pattern,
  type TextConstraint,
} from './constraints.ts'
import { BusError } from './errors.ts'
import { endpointConstraint, endpointFault } from './http-endpoint.ts'
import { given } from './request.ts'

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

const methods = ['HEAD', 'POST', 'PATCH', 'DELETE', 'PUT', 'GET', 'OPTIONS'] as const

/** EventBridge's own. */
const defaultRate = 300

/** A connection's, as API destinations name it. */
export const connectionArnConstraint: TextConstraint = {
  min: 1,
  max: 1600,
  pattern: pattern(
    '^arn:aws([a-z]|\\-)*:events:([a-z]|\\d|\\-)*:([0-9]{12})?:connection\\/[\\.\\-_A-Za-z0-9]+\\/[\\-A-Za-z0-9]+$',
  ),
}

/** EventBridge's `Failed to create the api-destination(s). …`. */
export const failedTo = (what: 'create' | 'describe' | 'list' | 'update' | 'delete', why: string) =>
  `Failed to ${what} the api-destination(s). ${why}`

type Named = Partial<ApiDestination> & Pick<ApiDestination, 'Name'>
interface Quota {
  /** The greatest rate. */
  readonly mostPerSecond?: number
}

/**
 * CreateApiDestination's request. Throws `ValidationException`, and `LimitExceededException` for a rate
 * beyond the quota.
 */
export function apiDestination(
  request: unknown,
  { mostPerSecond = defaultRate }: Quota = {},
): ApiDestination {
  const made = { InvocationRateLimitPerSecond: defaultRate, ...members(request, true) }
  return checked(made as ApiDestination, 'create', mostPerSecond)
}

/** UpdateApiDestination's request, by itself. Throws `ValidationException`. */
export const apiDestinationChanges = (request: unknown): Named => members(request, false)

/** What the changes do not name stays. Throws as `apiDestination` does. */
export const updatedApiDestination = (
  stored: ApiDestination,
  changes: Named,
  { mostPerSecond = defaultRate }: Quota = {},
): ApiDestination => checked({ ...stored, ...changes }, 'update', mostPerSecond)

function members(request: unknown, required: boolean): Named {
  const noted = faults({ patternFirst: true })
  const asked = noted.structure(request, 'request', true) ?? {}
  const text = (value: unknown, path: string, constraint: TextConstraint) =>
    noted.text(value, path, { ...constraint, required })
  const rate = 'invocationRateLimitPerSecond'
  const Name = noted.text(asked.Name, 'name', nameConstraint(64)) ?? ''
  const read = {
    Description: noted.text(asked.Description, 'description', descriptionConstraint),
    ConnectionArn: text(asked.ConnectionArn, 'connectionArn', connectionArnConstraint),
    InvocationEndpoint: text(asked.InvocationEndpoint, 'invocationEndpoint', endpointConstraint),
    HttpMethod: text(asked.HttpMethod, 'httpMethod', { values: methods }) as
      | ApiDestination['HttpMethod']
      | undefined,
    InvocationRateLimitPerSecond: noted.integer(asked.InvocationRateLimitPerSecond, rate, 1),
  }
  noted.check()
  return { Name, ...given(read) }
}

function checked(
  { Name, Description, ...made }: ApiDestination,
  what: 'create' | 'update',
  mostPerSecond: number,
): ApiDestination {
  const { ConnectionArn, InvocationEndpoint, HttpMethod, InvocationRateLimitPerSecond } = made
  if (endpointFault(InvocationEndpoint, { wildcards: true }) !== null)
    throw new BusError(
      'ValidationException',
      failedTo(
        what,
        `Parameter InvocationEndpoint is not valid. Reason: Endpoint '${InvocationEndpoint}' is invalid, please provide a valid HTTPS endpoint URL.`,
      ),
    )
  if (InvocationRateLimitPerSecond > mostPerSecond)
    throw new BusError(
      'LimitExceededException',
      failedTo(
        what,
        `Invalid Invocation Rate Limit: Rate specified '${InvocationRateLimitPerSecond}' for '${Name}' exceeds maximum allowed of '${mostPerSecond}'.`,
      ),
    )
  return {
    Name,
    ...(Description && { Description }),
    ...{ ConnectionArn, InvocationEndpoint, HttpMethod, InvocationRateLimitPerSecond },
  }
}
