/** `npm run draw`: the flow's picture, as it stands in the README. */
import { draw } from '@busbar/runtime'
import { blog } from '../flow.ts'

console.log(draw(blog))
