/** `busbar import`: what a CloudFormation template declares of EventBridge, made on the bus. */
import type { DescribedStatus } from '../../event-bridge/busbar-answers.ts'
import { only, parsed } from '../arguments.ts'
import { connect } from '../connect.ts'
import { checked } from '../event-input.ts'
import { exitCodes, failed, usage } from '../failure.ts'
import { importTemplate } from '../import-template.ts'
import { counted } from '../table.ts'
import { type Opened, opened } from '../template/template.ts'
import { type Terminal, textOf } from '../terminal.ts'

export const help = `Usage: busbar import FILE [--parameter NAME=VALUE …] [--dry-run] [options]

Makes the bus have the event buses, rules with their targets, archives, connections, API destinations
and bus policies of a CloudFormation template in JSON, as CDK writes it to cdk.out and busbar export to
stdout. FILE - is stdin. What is there already is made the same, so that a second import changes nothing;
targets that the template's rule does not have are removed, all else is left alone. Functions, queues and
topics are not created: targets get the ARNs that they have here. All that is not imported is said.

  --parameter NAME=VALUE  of the template; several are allowed
  --stack NAME            AWS::StackName; busbar when absent
  --secrets               puts connections again, whose secrets cannot be compared
  --dry-run               says what would be done and changes nothing
  --json                  {"LogicalId":…,"Type":…,"Action":"created|updated|unchanged","Name":…} a line

Exit codes: 0 the bus has all of it, 1 something of it could not be made.

Example:
  busbar import cdk.out/Orders.template.json --dry-run
`

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const
export const options = {
  parameter: { type: 'string', multiple: true },
  stack: text,
  secrets: flag,
  'dry-run': flag,
} as const

const importVerb = async (args: string[], terminal: Terminal): Promise<number> => {
  const { values, positionals } = parsed(args, options)
  const { out, log, paint } = terminal
  const file = only(positionals, 'which template: a file, or - for stdin')
  const dryRun = values['dry-run'] ?? false
  const template = await read(file, terminal)
  const bus = await connect(values.endpoint, terminal)
  const { Region: region, Account: account } =
    await bus.call<DescribedStatus>('Busbar.DescribeStatus')
  const place = { region, account }
  const parameters = parametersOf(values.parameter ?? [])
  const stackName = values.stack ?? 'busbar'
  const open = opened(template, { place, parameters, stackName })

  const counts = { created: 0, updated: 0, unchanged: 0, failed: 0 }
  const settings = { place, dryRun, secrets: values.secrets ?? false }
  for await (const imported of importTemplate(open, bus, settings)) {
    const { Action, Type, LogicalId } = imported
    counts[Action]++
    if (values.json) out(JSON.stringify({ ...imported, ...(dryRun && { DryRun: true }) }))
    else if (imported.Action !== 'failed')
      out(`${Action.padEnd(9)}  ${Type}  ${paint('bold', imported.Name)}`)
    if (imported.Action === 'failed') log(`Not imported: ${LogicalId} (${Type}): ${imported.Why}`)
  }
  for (const group of Map.groupBy(open.others, ({ type, why }) => `${type}: ${why}`))
    log(`Not imported: ${told(group)}`)
  const { created, updated, unchanged } = counts
  log(
    `${dryRun ? 'It would be: ' : ''}${created} created, ${updated} updated, ${unchanged} unchanged, ${counts.failed} failed; ${counted(open.others.length, 'other resource')} not imported.`,
  )
  return counts.failed > 0 ? exitCodes.failed : exitCodes.ok
}

export { importVerb as import }

/** `AWS::IAM::Role (A, B): not needed here` */
function told([about, of]: readonly [string, Opened['others']]): string {
  const [type = '', why = ''] = about.split(/: (.*)/s)
  return `${type} (${of.map(({ logicalId }) => logicalId).join(', ')}): ${why}`
}

async function read(file: string, terminal: Terminal) {
  const text = await textOf(terminal, file)
  const name = file === '-' ? 'stdin' : file
  if (!/^\s*\{/.test(text))
    throw failed(
      `${name} is not JSON. Of a template in YAML make JSON first: CDK writes JSON to cdk.out; else aws cloudformation get-template, or cfn-flip.`,
    )
  return checked(name, text)
}

function parametersOf(given: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    given.map((each) => {
      const at = each.indexOf('=')
      if (at < 1) throw usage(`--parameter is “${each}”; it has to be NAME=VALUE.`)
      return [each.slice(0, at), each.slice(at + 1)]
    }),
  )
}
