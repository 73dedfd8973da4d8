/** A time limit for whatever a test waits for, so that a fault is a failure and never a hang. */
import { clearTimeout, setTimeout } from 'node:timers'

/** Rejects when `promise` takes longer than `ms`; `what` says what was waited for. */
export async function within<T>(
  ms: number,
  what: string | (() => string),
  promise: Promise<T>,
): Promise<T> {
  const late = new Error() // made here, so that its stack shows who waits
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          late.message = `waited ${ms} ms for ${typeof what === 'string' ? what : what()}`
          reject(late)
        }, ms)
      }),
    ])
  } finally {
    clearTimeout(timer)
  }
}
