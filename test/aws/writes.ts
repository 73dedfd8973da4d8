/** How often somebody wrote, for who wants to be told of the next time. */
export interface Writes {
  add(): void
  readonly count: number
  /** Resolves when the count is above this, and after so many ms at the latest. */
  above(count: number, ms: number, signal: AbortSignal): Promise<void>
}

export function countedWrites(): Writes {
  const waiting = new Set<() => void>()
  const self = {
    count: 0,
    add() {
      self.count++
      for (const tell of waiting) tell()
    },
    async above(count: number, ms: number, signal: AbortSignal) {
      if (self.count > count || signal.aborted) return
      const { promise, resolve } = Promise.withResolvers<void>()
      const tell = () => resolve()
      const timer = setTimeout(tell, ms)
      waiting.add(tell)
      signal.addEventListener('abort', tell)
      await promise
      waiting.delete(tell)
      signal.removeEventListener('abort', tell)
      clearTimeout(timer)
    },
  }
  return self
}
