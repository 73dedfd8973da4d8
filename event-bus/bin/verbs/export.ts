/** `busbar export`: what a bus has, as a CloudFormation template. */
import { none, parsed } from '../arguments.ts'
import { connect } from '../connect.ts'
import { exportTemplate, onlyOf } from '../export-template.ts'
import { exportedFrom } from '../exported-from.ts'
import { exitCodes } from '../failure.ts'
import type { Terminal } from '../terminal.ts'

export const help = `Usage: busbar export [--bus NAME] > template.json

Writes event buses, rules with their targets, archives, connections and API destinations as a
CloudFormation template, for busbar import, for AWS, or to be kept with the code: what is the same gives
the same text. Secrets of connections are not in it, but parameters that import asks for.

  --bus NAME   this bus and what belongs to it; everything when absent
  --json       the template on one line

Example:
  busbar export --bus orders > orders.json
`

export const options = { bus: { type: 'string' } } as const

const exportVerb = async (args: string[], terminal: Terminal): Promise<number> => {
  const { values, positionals } = parsed(args, options)
  none(positionals)
  const bus = await connect(values.endpoint, terminal)
  // The bus says when there is no such bus.
  if (values.bus !== undefined) await bus.call('DescribeEventBus', { Name: values.bus })
  const everything = await exportedFrom(bus)
  const wanted = values.bus === undefined ? everything : onlyOf(values.bus, everything)
  for (const { Name, ConnectionState } of wanted.connections)
    if (ConnectionState === 'DEAUTHORIZED')
      terminal.log(`Not exported: the connection ${Name}, which is deauthorized.`)
  const template = exportTemplate({
    ...wanted,
    connections: wanted.connections.filter(
      ({ ConnectionState }) => ConnectionState !== 'DEAUTHORIZED',
    ),
  })
  terminal.out(JSON.stringify(template, null, values.json ? undefined : 2))
  return exitCodes.ok
}

export { exportVerb as export }
