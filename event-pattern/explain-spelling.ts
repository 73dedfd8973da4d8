/** How far apart two words are: for the key that was probably meant, the letter that was mistyped. */

/** Longer words are not compared: the table grows with the product of their lengths. */
const longest = 64

/**
 * The number of letters to insert, delete, replace or swap with their neighbour to turn one word into
 * the other; undefined when it is more than `most`, or when a word is long.
 */
export function editDistance(a: string, b: string, most: number): number | undefined {
  if (a.length > longest || b.length > longest || Math.abs(a.length - b.length) > most)
    return undefined
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const differs = a[i - 1] === b[j - 1] ? 0 : 1
      let cost = Math.min(cell(row, j - 1) + 1, cell(last, j) + 1, cell(last, j - 1) + differs)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, cell(beforeLast, j - 2) + 1)
      row.push(cost)
    }
    beforeLast = last
    last = row
  }
  const distance = cell(last, b.length)
  return distance <= most ? distance : undefined
}

/**
 * Of the keys the one that was probably meant: the same letters in another case or with other
 * separators, or a mistyped one.
 */
export function nearestKey(key: string, keys: Iterable<string>): string | undefined {
  let nearest: string | undefined
  let least = Math.min(2, Math.floor(key.length / 3)) + 1
  for (const other of keys) {
    if (other === key) continue
    const distance =
      plain(other) === plain(key) ? 0.5 : (editDistance(key, other, 2) ?? Number.POSITIVE_INFINITY)
    if (distance >= least) continue
    least = distance
    nearest = other
  }
  return nearest
}

function plain(key: string): string {
  return key.length > longest ? key : key.toLowerCase().replace(/[-_ .]/g, '')
}

function cell(row: readonly number[], at: number): number {
  return row[at] ?? 0
}
