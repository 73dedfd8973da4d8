/** How a verb ends when it does not end well: with a sentence and an exit code. */

export const exitCodes = { ok: 0, failed: 1, usage: 2, unmet: 3, interrupted: 130 } as const

/** Compare `code`, which is EventBridge's exception name when the bus refused. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly exitCode: number
  readonly code: string | undefined
  constructor(
    exitCode: keyof typeof exitCodes,
    message: string,
    { code, ...options }: ErrorOptions & { code?: string } = {},
  ) {
    super(message, options)
    this.exitCode = exitCodes[exitCode]
    this.code = code
  }
}

/** The command line is wrong: exit code 2. */
export const usage = (message: string): Failure => new Failure('usage', message)
export const failed = (message: string, options?: ErrorOptions & { code?: string }): Failure =>
  new Failure('failed', message, options)
/** What was awaited did not come, or what was asserted does not hold: exit code 3. */
export const unmet = (message: string): Failure => new Failure('unmet', message)
