/** One thing that `busbar doctor` has found. */

export interface Finding {
  readonly Level: 'ok' | 'note' | 'wrong'
  readonly Finding: string
  /** What to do. */
  readonly Do?: string
}

export const ok = (Finding: string): Finding => ({ Level: 'ok', Finding })
export const note = (Finding: string, Do?: string): Finding => ({
  ...{ Level: 'note', Finding },
  ...(Do !== undefined && { Do }),
})
export const wrong = (Finding: string, Do: string): Finding => ({ Level: 'wrong', Finding, Do })
