/** What two texts have in common, line by line: which lines are only theirs, and which only yours. Pure. */

export interface Line {
  readonly of: 'both' | 'theirs' | 'yours'
  readonly text: string
}

/** Pairs of lines that are compared; what differs in more is shown as a whole. */
const most = 250_000

export function difference(theirs: string, yours: string): readonly Line[] {
  const [a, b] = [theirs.split('\n'), yours.split('\n')]
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let end = 0
  while (
    end < a.length - start &&
    end < b.length - start &&
    a[a.length - 1 - end] === b[b.length - 1 - end]
  )
    end++
  return [
    ...lines('both', a.slice(0, start)),
    ...middle(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...lines('both', a.slice(a.length - end)),
  ]
}

const lines = (of: Line['of'], texts: readonly string[]): readonly Line[] =>
  texts.map((text) => ({ of, text }))

/** By the longest sequence of lines that both have. */
function middle(a: readonly string[], b: readonly string[]): readonly Line[] {
  if (a.length * b.length > most) return [...lines('theirs', a), ...lines('yours', b)]
  const width = b.length + 1
  /** How many lines the rests have in common, from each pair of lines on. */
  const common = new Uint32Array((a.length + 1) * width)
  const at = (i: number, j: number): number => common[i * width + j] as number
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      common[i * width + j] =
        a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))

  const found: Line[] = []
  let [i, j] = [0, 0]
  while (i < a.length && j < b.length)
    if (a[i] === b[j]) {
      found.push({ of: 'both', text: a[i++] as string })
      j++
    } else if (at(i + 1, j) >= at(i, j + 1)) found.push({ of: 'theirs', text: a[i++] as string })
    else found.push({ of: 'yours', text: b[j++] as string })
  return [...found, ...lines('theirs', a.slice(i)), ...lines('yours', b.slice(j))]
}
