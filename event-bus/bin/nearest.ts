/** Which of the known words somebody meant who wrote another. */

/** The nearest, when it is near enough to be meant: a third of its letters may be wrong. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let found: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const each of known) {
    const isBeginning = word.length > 1 && each.startsWith(word)
    const distance = isBeginning ? 0.5 : edits(word.toLowerCase(), each.toLowerCase())
    if (distance < least && distance <= Math.max(1, each.length / 3)) {
      found = each
      least = distance
    }
  }
  return found
}

/** `, did you mean put?`, or nothing. */
export function suggestion(word: string, known: Iterable<string>): string {
  const found = nearest(word, known)
  return found === undefined ? '' : ` Did you mean ${found}?`
}

/** Letters to insert, to delete or to replace; two that have changed places count once. */
function edits(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, at) => at)]
  const at = (row: number, column: number) => rows[row]?.[column] ?? 0
  for (let row = 1; row <= a.length; row++) {
    rows.push([row])
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1]
      const isTwisted =
        row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      rows[row]?.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + (isSame ? 0 : 1),
          isTwisted ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
  }
  return at(a.length, b.length)
}
