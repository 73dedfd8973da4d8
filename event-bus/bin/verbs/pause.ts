/** `busbar pause`: a target that begins no attempt and keeps what comes, until it is resumed. */
import { none, parsed } from '../arguments.ts'
import { connect } from '../connect.ts'
import { exitCodes, usage } from '../failure.ts'
import type { Terminal } from '../terminal.ts'

export const help = `Usage: busbar pause [--bus NAME] --rule NAME --target ID

What comes for the target is kept and not delivered, also over a restart, until: busbar resume

  --bus NAME    default when absent
  --rule NAME   the rule
  --target ID   the Id that the target has in the rule

Example:
  busbar pause --bus orders --rule placed --target ship
`

const text = { type: 'string' } as const
export const options = { bus: text, rule: text, target: text } as const

export const pause = (args: string[], terminal: Terminal): Promise<number> =>
  changeTarget(args, terminal, 'Busbar.PauseTarget', 'paused')

export async function changeTarget(
  args: string[],
  terminal: Terminal,
  operation: string,
  done: string,
): Promise<number> {
  const { values, positionals } = parsed(args, options)
  none(positionals)
  const { bus: EventBusName = 'default', rule: Rule, target: Id } = values
  if (Rule === undefined || Id === undefined) throw usage('Say --rule and --target.')
  const bus = await connect(values.endpoint, terminal)
  await bus.call(operation, { EventBusName, Rule, Id })
  terminal.out(
    values.json
      ? JSON.stringify({ EventBusName, Rule, Id, Paused: done === 'paused' })
      : `${EventBusName}/${Rule}/${Id} is ${done}.`,
  )
  return exitCodes.ok
}
