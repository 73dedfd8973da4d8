/** How often somebody wrote to each table, for who wants to be told of the next time. */
export interface Writes {
  add(table: string): void
  count(table: string): number
  /** Resolves when a table's count is above this, and after so many ms at the latest. */
  above(table: string, count: number, ms: number, signal: AbortSignal): Promise<void>
}

export function countedWrites(): Writes {
  const counts = new Map<string, number>()
  const waiting = new Map<string, Set<() => void>>()
  const count = (table: string) => counts.get(table) ?? 0
  return {
    count,
    add(table) {
      counts.set(table, count(table) + 1)
      for (const tell of waiting.get(table) ?? []) tell()
    },
    async above(table, seen, ms, signal) {
      if (count(table) > seen || signal.aborted) return
      const { promise, resolve } = Promise.withResolvers<void>()
      const tell = () => resolve()
      const timer = setTimeout(tell, ms)
      const mine = waiting.get(table) ?? new Set()
      waiting.set(table, mine.add(tell))
      signal.addEventListener('abort', tell)
      await promise
      mine.delete(tell)
      signal.removeEventListener('abort', tell)
      clearTimeout(timer)
    },
  }
}
