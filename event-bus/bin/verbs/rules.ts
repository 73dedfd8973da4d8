/** `busbar rules`: what there is, and what waits for it. */
import type { DescribedStatus } from '../../event-bridge/busbar-answers.ts'
import { none, parsed } from '../arguments.ts'
import type { OnWire } from '../client.ts'
import { connect } from '../connect.ts'
import { exitCodes } from '../failure.ts'
import { type FoundRule, rulesOf } from '../rules-of.ts'
import { counted, cut, table } from '../table.ts'
import type { Terminal } from '../terminal.ts'

export const help = `Usage: busbar rules [--bus NAME] [--json]

Lists the rules with what they are for, their state and their targets: how many deliveries wait for
each, how many are dead, and whether it is paused.

  --bus NAME   of this bus; of all when absent
  --json       a rule a line, as DescribeRule answers it, with its Targets

Example:
  busbar rules --bus orders
`

export const options = { bus: { type: 'string' } } as const

type Status = OnWire<DescribedStatus>['Targets'][number]

export async function rules(args: string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parsed(args, options)
  none(positionals)
  const bus = await connect(values.endpoint, terminal)
  const { Targets } = await bus.call<DescribedStatus>('Busbar.DescribeStatus')
  const statuses = new Map(Targets.map((status) => [status.Target, status]))
  // It takes its time to load, and JSON has the pattern itself.
  const describe = values.json ? String : (await import('@busbar/event-pattern')).describe
  let found = 0
  for await (const rule of rulesOf(bus, values.bus)) {
    const withStatus = rule.Targets.map((target) => ({
      target,
      status: statuses.get(`${rule.EventBusName}/${rule.Name}/${target.Id}`),
    }))
    if (values.json) {
      const Targets = withStatus.map(({ target, status }) => ({ ...target, ...numbers(status) }))
      terminal.out(JSON.stringify({ ...rule, Targets }))
    } else
      terminal.out(
        `${found > 0 ? '\n' : ''}${described(rule, withStatus, { ...terminal, describe })}`,
      )
    found++
  }
  if (found === 0 && !values.json)
    terminal.log('There are no rules. busbar import makes those of a CloudFormation template.')
  return exitCodes.ok
}

const numbers = (status: Status | undefined) => ({
  Paused: status?.Paused ?? false,
  Waiting: status?.Waiting ?? 0,
  UnderWay: status?.UnderWay ?? 0,
  DeadLetters: status?.DeadLetters ?? 0,
})

function described(
  rule: FoundRule,
  targets: readonly {
    readonly target: FoundRule['Targets'][number]
    readonly status: Status | undefined
  }[],
  { paint, describe }: Pick<Terminal, 'paint'> & { describe: (pattern: string) => string },
): string {
  const { EventBusName, Name, State, EventPattern, ScheduleExpression, ManagedBy } = rule
  const marks = [
    ...(State === 'DISABLED' ? [paint('yellow', 'DISABLED')] : []),
    ...(ManagedBy === undefined ? [] : [paint('dim', 'declared by the process')]),
  ]
  const lines = [[paint('bold', `${EventBusName}/${Name}`), ...marks].join('  ')]
  if (ScheduleExpression !== undefined) lines.push(`  ${ScheduleExpression}`)
  if (EventPattern !== undefined) lines.push(`  ${cut(describe(EventPattern), 300)}`)
  const anyNotes = targets.some(
    ({ status }) =>
      status && (status.Paused || status.Waiting + status.UnderWay + status.DeadLetters > 0),
  )
  const rows = targets.map(({ target, status }) => {
    const notes = [
      ...(status?.Paused ? [paint('yellow', 'paused')] : []),
      ...(status && status.Waiting + status.UnderWay > 0
        ? [`${counted(status.Waiting + status.UnderWay, 'delivery waits', 'deliveries wait')}`]
        : []),
      ...(status && status.DeadLetters > 0 ? [paint('red', `${status.DeadLetters} dead`)] : []),
    ].join(', ')
    return [`  → ${target.Id}`, ...(anyNotes ? [notes] : []), target.Arn]
  })
  lines.push(rows.length === 0 ? paint('yellow', '  → no targets') : table(rows))
  return lines.join('\n')
}
