/** Random moments that can be had again: mulberry32, from a seed that the test prints. */
export interface Random {
  /** From `low` to `high`, both included. */
  int(low: number, high: number): number
  pick<T>(from: readonly T[]): T
}

export function random(seed: number): Random {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const int = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))
  return {
    int,
    pick<T>(from: readonly T[]): T {
      if (from.length === 0) throw new Error('There is nothing to pick from')
      return from[int(0, from.length - 1)] as T
    },
  }
}
