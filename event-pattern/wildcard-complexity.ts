/**
 * The complexity for which EventBridge refuses wildcards. It is said nowhere how it is counted. This
 * follows event-ruler's evaluator: how many beginnings of a wildcard one text can match at the same
 * time. After some character these are the stars reached so far, and in each piece between stars the
 * beginnings that end there. It agrees with all answers known of AWS: 10 for `*:*:*:*:*:event-bus/*`,
 * refused; 12 for four of `*:stack/N/*` in a field, refused; 9 for three, accepted. Less than the
 * evaluator it does not count: what comes before the first star.
 */

/**
 * Of the wildcards of a field, by their pieces. They add up where one text can have begun like all of
 * them: `dev-*` and `test-*` never meet, `*x`, `d*` and `dev-*` do.
 */
export function wildcardsComplexity(wildcards: readonly (readonly string[])[]): number {
  const byFirst = new Map<string, number>()
  const distinct = new Map(wildcards.map((pieces) => [JSON.stringify(pieces), pieces]))
  for (const pieces of distinct.values()) {
    const [first = ''] = pieces
    byFirst.set(first, (byFirst.get(first) ?? 0) + wildcardComplexity(pieces))
  }
  /** The first pieces that the one at hand begins with, each with its sum: sorted, they come before it. */
  const begun: { first: string; sum: number }[] = []
  let most = 0
  for (const first of [...byFirst.keys()].sort()) {
    while (begun.length > 0 && !first.startsWith(begun.at(-1)?.first ?? '')) begun.pop()
    const sum = (begun.at(-1)?.sum ?? 0) + (byFirst.get(first) ?? 0)
    begun.push({ first, sum })
    most = Math.max(most, sum)
  }
  return most
}

/** Of one wildcard, by its pieces between the stars. */
function wildcardComplexity([, ...pieces]: readonly string[]): number {
  // Each star counts at least once, and no limit is this high.
  if (pieces.length > 100) return pieces.length
  const most = pieces.map(beginningsByLast)
  let complexity = pieces.length
  for (const unit of new Set(pieces.join(''))) {
    let beginnings = 0
    pieces.forEach((piece, at) => {
      beginnings += most[at]?.get(unit) ?? 0
      const isStarNext = piece.endsWith(unit) && at < pieces.length - 1
      complexity = Math.max(complexity, beginnings + at + (isStarNext ? 2 : 1))
    })
  }
  return complexity
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
