/**
 * The complexity for which EventBridge refuses wildcards. It is said nowhere how it is counted. This
 * follows event-ruler's evaluator: how many beginnings of wildcards one text can match at the same
 * time. All stars can have been reached, for they match whatever follows; in each piece behind a star
 * the beginnings count that end in the character at hand. It agrees with all answers known of AWS: 10
 * for `*a*a*a*a*a`, accepted; 11 for `*:*:*:*:*:event-bus/*`, refused; 12 for four of `*:stack/N/*` in a
 * field, refused.
 */

/** Wildcards that one text can have begun with, all together. */
interface Begun {
  /** What they begin with. */
  readonly first: string
  readonly stars: number
  /** How many beginnings in their pieces end in a character. */
  readonly beginnings: ReadonlyMap<string, number>
}

/**
 * Of the wildcards of a field, by their pieces. They add up where one text can have begun like all of
 * them: `dev-*` and `test-*` meet in nothing but the quote before them, `*x`, `d*` and `dev-*` do.
 */
export function wildcardsComplexity(wildcards: readonly (readonly string[])[]): number {
  if (wildcards.length === 0) return 0
  const distinct = new Map(wildcards.map((pieces) => [JSON.stringify(pieces), pieces]))
  const byFirst = Map.groupBy(distinct.values(), ([first = '']) => first)
  /** Those that the one at hand begins with. Sorted, they come before it. */
  const begun: Begun[] = [{ first: '', stars: 0, beginnings: new Map() }]
  // The quote: all wildcards begin with it, and the stars that follow it are reached.
  let most = distinct.size + (byFirst.get('')?.length ?? 0)
  for (const first of [...byFirst.keys()].sort()) {
    while (!first.startsWith(begun.at(-1)?.first ?? '')) begun.pop()
    const sum = together(begun.at(-1) as Begun, first, byFirst.get(first) ?? [])
    begun.push(sum)
    most = Math.max(most, sum.stars + Math.max(0, ...sum.beginnings.values()))
  }
  return most
}

function together(before: Begun, first: string, wildcards: readonly (readonly string[])[]): Begun {
  const beginnings = new Map(before.beginnings)
  let { stars } = before
  for (const [, ...pieces] of wildcards) {
    stars += pieces.length
    for (const piece of pieces)
      for (const [unit, many] of beginningsByLast(piece))
        beginnings.set(unit, (beginnings.get(unit) ?? 0) + many)
  }
  return { first, stars, beginnings }
}

/** How many beginnings of the piece end alike, by their last character: each is the end of the next longer. */
function beginningsByLast(piece: string): ReadonlyMap<string, number> {
  const most = new Map<string, number>()
  /** By length of a beginning: the longest shorter one that it ends with, and how many in all. */
  const shorter = [0, 0]
  const counts = [0, 1]
  for (let length = 1; length <= piece.length; length++) {
    const unit = piece.charAt(length - 1)
    if (length > 1) {
      let border = shorter[length - 1] as number
      while (border > 0 && piece.charAt(border) !== unit) border = shorter[border] as number
      if (piece.charAt(border) === unit) border++
      shorter[length] = border
      counts[length] = 1 + (counts[border] as number)
    }
    most.set(unit, Math.max(most.get(unit) ?? 0, counts[length] as number))
  }
  return most
}
