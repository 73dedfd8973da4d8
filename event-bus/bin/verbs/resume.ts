/** `busbar resume`: a paused target is delivered to again. */
import type { Terminal } from '../terminal.ts'
import { changeTarget, options } from './pause.ts'

export const help = `Usage: busbar resume [--bus NAME] --rule NAME --target ID

What has been kept for the target is delivered now.

  --bus NAME    default when absent
  --rule NAME   the rule
  --target ID   the Id that the target has in the rule

Example:
  busbar resume --bus orders --rule placed --target ship
`

export { options }

export const resume = (args: string[], terminal: Terminal): Promise<number> =>
  changeTarget(args, terminal, 'Busbar.ResumeTarget', 'resumed')
