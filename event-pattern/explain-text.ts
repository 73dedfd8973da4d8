/** An explanation as text for a terminal: a line for each leaf, aligned, the misses first. */
import { describePath } from './describe-value.ts'
import type { Alternatives, Explanation } from './explain.ts'
import type { ExplainedLeaf } from './explain-leaf.ts'

const longestPath = 60
/** Paths longer than this do not push all the others' sentences to the right. */
const widestPath = 32
const mostLeaves = 50
const mostAlternatives = 10
const mostMisses = 20

/** `✗ detail.state  is "pending", wanted "running"`, and so on for each field of the pattern. */
export function explanationText(explanation: Explanation): string {
  const { matched, leaves, disagreement, alternatives } = explanation
  const nearest = leaves.filter((leaf) => leaf.nearest)
  const lines = [matched ? 'The event matches.' : 'The event does not match.']
  const shown = nearest.slice(0, mostLeaves)
  const width = shown.reduce((widest, { path }) => {
    const { length } = describePath(path, longestPath)
    return length > widestPath ? widest : Math.max(widest, length)
  }, 0)
  for (const leaf of shown) lines.push(line(leaf, width))
  if (nearest.length > shown.length) lines.push(`… and ${nearest.length - shown.length} more`)
  if (disagreement !== undefined) lines.push(`✗ ${disagreement.why}`)
  for (const each of alternatives.slice(0, mostAlternatives)) lines.push(chosen(each, matched))
  return lines.join('\n')
}

function line({ path, matched, why }: ExplainedLeaf, width: number): string {
  return `${matched ? '✓' : '✗'} ${describePath(path, longestPath).padEnd(width)}  ${why}`
}

/** `$or: alternative 2 of 3 came nearest, misses by alternative: 2, 1, 4`. */
function chosen({ or, nearest, misses }: Alternatives, matched: boolean): string {
  const verb = matched ? 'matched' : 'came nearest'
  const words = `${describePath(or, longestPath)}: alternative ${nearest + 1} of ${misses.length} ${verb}`
  if (matched) return words
  const counts = misses.slice(0, mostMisses).map((count) => (Number.isFinite(count) ? count : '–'))
  return `${words} (fields missed by each: ${counts.join(', ')}${misses.length > mostMisses ? ', …' : ''})`
}
