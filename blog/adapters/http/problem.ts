/**
 * Why a request is refused, and how that is told: RFC 9457's problem details. Whatever is thrown
 * on the way ends here, so an answer never holds a stack trace or a message meant for us.
 */

/** HTTP's own, of what is answered here. To ask `node:http` for them would take a function 50 ms at its start. */
export const titles = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  410: 'Gone',
  412: 'Precondition Failed',
  413: 'Payload Too Large',
  415: 'Unsupported Media Type',
  421: 'Misdirected Request',
  422: 'Unprocessable Entity',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const

/** One thing that is wrong with the input. `field` is empty when it is the whole body. */
export interface Fault {
  readonly field: string
  readonly message: string
}
export interface Refusal {
  readonly status: keyof typeof titles
  readonly detail: string
  readonly errors?: readonly Fault[]
  readonly headers?: Readonly<Record<string, string>>
}

/** To be thrown; `refusalOf` finds it again. */
export const refused = (refusal: Refusal): Error =>
  Object.assign(new Error(refusal.detail), { refusal })

export const invalid = (errors: readonly Fault[]): Error =>
  refused({
    status: 400,
    detail: errors.length === 1 ? 'There is a fault.' : `There are ${errors.length} faults.`,
    errors,
  })

/** What an error means to the one who asked; null when it was not foreseen. */
export function refusalOf(error: unknown): Refusal | null {
  const {
    code,
    errcode,
    refusal,
    message,
    faults = [],
    mayBeStored,
  } = error as {
    readonly code?: unknown
    readonly mayBeStored?: true
    readonly errcode?: unknown
    readonly refusal?: Refusal
    readonly faults?: readonly Fault[]
    readonly message: string
  }
  if (refusal) return refusal
  if (code === 'PostNotFound' || code === 'DraftNotFound') return { status: 404, detail: message }
  if (code === 'DraftPublished') return { status: 410, detail: message }
  if (code === 'DraftIncomplete') return { status: 400, detail: message, errors: faults }
  if (code === 'RevisionConflict')
    return { status: 412, detail: 'It was changed meanwhile: read it again, then decide.' }
  if (code === 'IdempotencyConflict')
    return { status: 422, detail: 'This Idempotency-Key was used for another post.' }
  if (mayBeStored)
    return {
      status: 503,
      detail:
        'It is not known whether this was stored: the store does not answer. Ask for it before you send it again, or send it with the same Idempotency-Key.',
      headers: { 'Retry-After': '5' },
    }
  if (code === 'InternalException' || code === 'ThrottlingException' || storeIsStuck(code, errcode))
    return {
      status: 503,
      detail: 'Nothing was stored: there is no room or no store just now. Try again.',
      headers: { 'Retry-After': '1' },
    }
  return null
}

/** SQLITE_BUSY, LOCKED, IOERR and FULL pass by themselves, or when somebody makes room. */
const storeIsStuck = (code: unknown, errcode: unknown): boolean =>
  code === 'ERR_SQLITE_ERROR' &&
  typeof errcode === 'number' &&
  [5, 6, 10, 13].includes(errcode & 255)

export const unexpected = (reference: string): Refusal => ({
  status: 500,
  detail: `Something went wrong on our side. It is in the log under ${reference}.`,
})

export const titleOf = (status: number): string => titles[status as Refusal['status']]

export const problemOf = ({ status, detail, errors }: Refusal) => ({
  type: 'about:blank',
  title: titleOf(status),
  status,
  detail,
  ...(errors && { errors }),
})
