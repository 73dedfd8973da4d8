/** What can be wrong with a request before an operation sees it, and how every error is answered. */

/** `code` is the exception's name on the wire. */
export class WireError extends Error {
  readonly code: WireErrorCode
  constructor(code: WireErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = code
    this.code = code
  }
}

export type WireErrorCode =
  | 'IncompleteSignatureException'
  | 'InternalException'
  | 'InvalidSignatureException'
  | 'MissingAuthenticationTokenException'
  | 'RequestEntityTooLargeException'
  | 'RequestTimeoutException'
  | 'SerializationException'
  | 'ThrottlingException'
  | 'UnknownOperationException'
  | 'UnrecognizedClientException'
  | 'UnsupportedMediaTypeException'

/** All others are 400, as AWS answers whatever the client did. */
const statuses = new Map([
  ['InternalException', 500],
  ['ServiceUnavailableException', 503],
  ['RequestTimeoutException', 408],
  ['RequestEntityTooLargeException', 413],
  ['UnsupportedMediaTypeException', 415],
])

export const statusOf = (code: string): number => statuses.get(code) ?? 400

/** What is answered for whatever was thrown; `told`: nothing of it is kept back. */
export function answered(error: unknown): {
  readonly code: string
  readonly message: string
  readonly told: boolean
} {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown }
  // Node's own errors have codes too, and texts that are not the world's business.
  if (typeof code === 'string' && code.endsWith('Exception') && code !== 'InternalException')
    return { code, message: String(message), told: true }
  return {
    code: 'InternalException',
    message: 'The bus could not do this. Try again; if it stays so, look at its log.',
    told: false,
  }
}
