/** Things that arrive one by one. A test waits for one of them to come, and not for time to pass. */
import { within } from './within.ts'

export interface Collected<T> {
  readonly items: readonly T[]
  add(item: T): void
  /** The first item, past or to come, for which `is` holds. */
  wait(is: (item: T) => boolean, what: string, ms?: number): Promise<T>
  /** Resolves when `holds` does of all that has come. */
  until(holds: (items: readonly T[]) => boolean, what: string, ms?: number): Promise<void>
}

export function collected<T>(): Collected<T> {
  const items: T[] = []
  const waiting = new Set<() => void>()

  async function until(
    holds: (items: readonly T[]) => boolean,
    what: string,
    ms = 10_000,
  ): Promise<void> {
    if (holds(items)) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const look = () => holds(items) && resolve()
    waiting.add(look)
    try {
      await within(ms, () => `${what}; ${came(items)}`, promise)
    } finally {
      waiting.delete(look)
    }
  }

  return {
    items,
    add(item) {
      items.push(item)
      for (const look of waiting) look()
    },
    async wait(is, what, ms) {
      await until((all) => all.some(is), what, ms)
      return items.find(is) as T
    },
    until,
  }
}

const came = (items: readonly unknown[]): string =>
  `${items.length} came, the last of them ${JSON.stringify(items.slice(-3)).slice(0, 1_000)}`
