/**
 * Every error of this package. A code is EventBridge's own exception name, so that the wire
 * answers an AWS SDK without a table of translations.
 */
export type BusErrorCode =
  | 'ValidationException'
  | 'SerializationException'
  | 'ThrottlingException'
  | 'InternalException'
  | 'ResourceNotFoundException'
  | 'ResourceAlreadyExistsException'
  | 'LimitExceededException'
  | 'ManagedRuleException'
  | 'IllegalStatusException'
  | 'PolicyLengthExceededException'
  /** Another process has changed what this was decided on: it is decided once more. */
  | 'ConcurrentModificationException'

/** Compare `code`, never `instanceof`: an error may have crossed a process on its way here. */
export class BusError extends Error {
  readonly code: BusErrorCode
  /** It is not known whether anything was stored. Where it is absent, nothing was. */
  readonly mayBeStored?: true
  constructor(
    code: BusErrorCode,
    message: string,
    { mayBeStored, ...options }: ErrorOptions & { readonly mayBeStored?: true } = {},
  ) {
    super(message, options)
    this.name = code
    this.code = code
    if (mayBeStored) this.mayBeStored = mayBeStored
  }
}

/** What was decided on has been changed by another process, and nothing was stored. */
export const isOvertaken = (error: unknown): boolean =>
  (error as { readonly code?: unknown } | null)?.code === 'ConcurrentModificationException'

/** Why a delivery failed, in EventBridge's words (its dead-letter queues' ERROR_CODE). */
export const deliveryErrorCodes = [
  'CONNECTION_FAILURE',
  'ERROR_FROM_TARGET',
  'INTERNAL_ERROR',
  'INVALID_JSON',
  'INVALID_PARAMETER',
  'NO_PERMISSIONS',
  'NO_RESOURCE',
  'SDK_CLIENT_ERROR',
  'THIRD_ACCOUNT_HOP_DETECTED',
  'THROTTLING',
  'TIMEOUT',
  'UNKNOWN',
] as const
export type DeliveryErrorCode = (typeof deliveryErrorCodes)[number]

/**
 * Thrown by a handler when trying again cannot help. The delivery goes straight to the
 * dead-letter queue; anything else thrown is tried again by the retry policy.
 */
export class DeliveryRefused extends Error {
  override readonly name = 'DeliveryRefused'
  readonly code: DeliveryErrorCode
  /** What could not be sent, where that is not the event: a dead-letter queue is told it. */
  readonly sent: string | undefined
  constructor(
    message: string,
    {
      code = 'ERROR_FROM_TARGET',
      sent,
      ...options
    }: ErrorOptions & { code?: DeliveryErrorCode; sent?: string } = {},
  ) {
    super(message, options)
    this.code = code
    this.sent = sent
  }
}

/** Thrown to be tried again, with EventBridge's word for why, and not before `retryAfterMs` from now. */
export class DeliveryFailed extends Error {
  override readonly name = 'DeliveryFailed'
  readonly code: DeliveryErrorCode
  readonly retryAfterMs: number | undefined
  constructor(
    message: string,
    {
      code = 'ERROR_FROM_TARGET',
      retryAfterMs,
      ...options
    }: ErrorOptions & { code?: DeliveryErrorCode; retryAfterMs?: number | undefined } = {},
  ) {
    super(message, options)
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}
