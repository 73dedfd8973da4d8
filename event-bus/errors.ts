/**
 * Every error of this package. A code is EventBridge's own exception name, so that the wire
 * answers an AWS SDK without a table of translations.
 */
export type BusErrorCode = 'ValidationException' | 'ThrottlingException' | 'InternalException'

/** Compare `code`, never `instanceof`: an error may have crossed a process on its way here. */
export class BusError extends Error {
  readonly code: BusErrorCode
  constructor(code: BusErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = code
    this.code = code
  }
}

/**
 * Thrown by a handler when trying again cannot help. The delivery goes straight to the
 * dead-letter queue; anything else thrown is tried again by the retry policy.
 */
export class DeliveryRefused extends Error {
  override readonly name = 'DeliveryRefused'
}
