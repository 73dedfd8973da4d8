/** `npm run draw`: the flow's picture, as it stands in docs/blog.md; `npm run draw -- 5`: its first steps, as in the README. */
import { draw } from '@busbar/runtime'
import { blog } from '../flow.ts'

const steps = Number(process.argv[2] ?? blog.steps.length)
if (!Number.isInteger(steps) || steps < 1) {
  process.stderr.write('Usage: npm run draw -- [how many of the first steps]\n')
  process.exit(2)
}
console.log(draw({ ...blog, steps: blog.steps.slice(0, steps) }))
