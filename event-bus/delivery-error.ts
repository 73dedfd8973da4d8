/** What a target that threw has said: it may throw anything, also what cannot be made a text. */
import { type DeliveryErrorCode, deliveryErrorCodes } from './errors.ts'

export interface DeliveryError {
  /** Trying again cannot help. */
  readonly refused: boolean
  readonly error: string
  readonly errorCode: DeliveryErrorCode
  /** Not before so long from now; 0 when it did not say. */
  readonly retryAfterMs: number
}

/** Characters that are kept of an error, which may be a whole page. */
const errorLimit = 1_000

/** Errors are known by their names: they may have crossed a process on their way here. */
export function deliveryError(thrown: unknown): DeliveryError {
  try {
    const { name, message, code, retryAfterMs } = (
      thrown instanceof Error ? thrown : { name: '', message: thrown }
    ) as Partial<Record<'name' | 'message' | 'code' | 'retryAfterMs', unknown>>
    return {
      refused: name === 'DeliveryRefused',
      error: String(message).slice(0, errorLimit),
      errorCode: deliveryErrorCodes.find((known) => known === code) ?? 'ERROR_FROM_TARGET',
      retryAfterMs: typeof retryAfterMs === 'number' && retryAfterMs > 0 ? retryAfterMs : 0,
    }
  } catch {
    const error = 'The target threw something that cannot be read'
    return { refused: false, error, errorCode: 'ERROR_FROM_TARGET', retryAfterMs: 0 }
  }
}
