/**
 * What an API destination's answer means for the delivery, as EventBridge has it: 401, 407, 409, 429
 * and 5xx are tried again, everything else but 2xx is not.
 */
import { type DeliveryErrorCode, DeliveryFailed, DeliveryRefused } from './errors.ts'
import type { HttpResponse } from './ports.ts'

/**
 * Throws unless it is a success. `who` begins the message. The answer's text stays out of it: a
 * server may repeat what it was sent, credentials included.
 */
export function checkOutcome(
  { status, headers }: Pick<HttpResponse, 'status' | 'headers'>,
  who: string,
  now: Date,
): void {
  if (status >= 200 && status < 300) return
  const message = `${who} answered ${status}.`
  const code = codeOf(status)
  if (![401, 407, 409, 429].includes(status) && status < 500)
    throw new DeliveryRefused(message, { code })
  const retryAfter = retryAfterMs(headers['retry-after'], now)
  if (retryAfter !== undefined && retryAfter < 0)
    throw new DeliveryRefused(`${message} It asked not to be tried again (Retry-After).`, { code })
  throw new DeliveryFailed(message, { code, retryAfterMs: retryAfter })
}

function codeOf(status: number): DeliveryErrorCode {
  if (status === 401 || status === 403 || status === 407) return 'NO_PERMISSIONS'
  if (status === 404 || status === 410) return 'NO_RESOURCE'
  return status === 429 ? 'THROTTLING' : 'ERROR_FROM_TARGET'
}

/** RFC 9110's seconds or date; EventBridge reads negative seconds as “never”. Nothing else counts. */
export function retryAfterMs(value: string | undefined, now: Date): number | undefined {
  const text = value?.trim() ?? ''
  if (/^-?\d{1,12}(\.\d+)?$/.test(text)) return Number(text) * 1_000
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) return undefined
  const at = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`) // its oldest form has no zone
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime())
}
