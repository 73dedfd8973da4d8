/**
 * What a service's error means for a delivery, in EventBridge's words: what does not exist and what is
 * not allowed is not tried again, nor is what is wrong with the message; everything else is.
 */
import { type DeliveryErrorCode, DeliveryFailed, DeliveryRefused } from '../../errors.ts'
import type { HttpResponse } from '../../ports.ts'

export interface ServiceError {
  /** As the service calls it, without its namespace; empty when it does not say. */
  readonly code: string
  readonly message: string
}

const missing = [
  ...['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue', 'NonExistentQueue'],
  ...['NotFound', 'NotFoundException', 'ResourceNotFoundException'],
]
const forbidden = [
  ...['AccessDenied', 'AccessDeniedException', 'AuthorizationError', 'AuthorizationErrorException'],
  ...['KMSAccessDenied', 'KMSAccessDeniedException', 'KmsAccessDenied', 'OptInRequired'],
  ...['InvalidClientTokenId', 'UnrecognizedClientException', 'InvalidAccessKeyId'],
  ...['SignatureDoesNotMatch', 'InvalidSignatureException', 'IncompleteSignature'],
  ...['IncompleteSignatureException', 'MissingAuthenticationToken', 'InvalidSecurity'],
  ...['MissingAuthenticationTokenException', 'ExpiredToken', 'ExpiredTokenException'],
]
const throttled = [
  ...['Throttling', 'ThrottlingException', 'Throttled', 'ThrottledException', 'SlowDown'],
  ...['RequestThrottled', 'RequestThrottledException', 'RequestLimitExceeded'],
  ...['TooManyRequestsException', 'EC2ThrottledException', 'KMSThrottlingException'],
  ...['KmsThrottled', 'KMSThrottling', 'OverLimit', 'LimitExceededException'],
]
/** Of those that are answered with a 4xx. A function in the making answers 409. */
const passing = ['RequestTimeout', 'RequestTimeoutException', 'ResourceConflictException']

/** Characters of a service's own words. */
const shown = 500

/** What an answer that is no success means. `who` begins the message. */
export function failure(response: HttpResponse, who: string): DeliveryFailed | DeliveryRefused {
  const { status, headers } = response
  const { code, message } = errorIn(response)
  const said = [code, message.slice(0, shown)].filter(Boolean).join(': ')
  const text = `${who} answered ${status}${said && ` (${said})`}.`
  if (missing.includes(code) || (status === 404 && !code))
    return new DeliveryRefused(text, { code: 'NO_RESOURCE' })
  const retryAfterMs = seconds(headers['retry-after'])
  if (throttled.includes(code) || status === 429)
    return new DeliveryFailed(text, { code: 'THROTTLING', retryAfterMs })
  if (status >= 500 || status === 408 || passing.includes(code))
    return new DeliveryFailed(text, { code: 'ERROR_FROM_TARGET', retryAfterMs })
  return new DeliveryRefused(text, { code: refused(status, code) })
}

function refused(status: number, code: string): DeliveryErrorCode {
  if (forbidden.includes(code) || status === 401 || status === 403) return 'NO_PERMISSIONS'
  if (code === 'InvalidRequestContentException') return 'INVALID_JSON'
  return status >= 400 ? 'INVALID_PARAMETER' : 'ERROR_FROM_TARGET'
}

const seconds = (value = ''): number | undefined =>
  /^\d{1,6}$/.test(value) ? Number(value) * 1_000 : undefined

/** JSON's `__type`, `x-amzn-errortype`, or the query protocol's XML. */
function errorIn({ headers, body }: HttpResponse): ServiceError {
  const json = objectIn(body)
  const xml = json ? '' : body
  const code = textOf(json?.__type) ?? headers['x-amzn-errortype'] ?? textOf(json?.code)
  const message = textOf(json?.message) ?? textOf(json?.Message) ?? tag(xml, 'Message') ?? ''
  return { code: named(code ?? tag(xml, 'Code') ?? ''), message }
}

/** `com.amazonaws.sqs#QueueDoesNotExist`, `NotFound:http://…`: the name in it. */
const named = (code: string) => /[^#]*$/.exec(code)?.[0].replace(/:.*$/s, '') ?? ''

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined)

/** Null for what is no JSON object. */
export function objectIn(body: string): Readonly<Record<string, unknown>> | null {
  try {
    const parsed: unknown = JSON.parse(body)
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : null
  } catch {
    return null
  }
}

/** The text of an element that has no other in it. */
export function tag(xml: string, name: string): string | undefined {
  const [, text] = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml) ?? []
  return text?.replace(
    /&(lt|gt|quot|apos|amp);/g,
    (_all, entity: keyof typeof entities) => entities[entity],
  )
}
const entities = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }
