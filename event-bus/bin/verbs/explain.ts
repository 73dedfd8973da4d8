/** `busbar explain`: why an event matches a pattern, or the rules of a bus, or does not. */
import { type Explanation, explain as explainPattern, explanationText } from '@busbar/event-pattern'
import type { ExplainedEvent } from '../../event-bridge/busbar-answers.ts'
import { count, given, none, parsed } from '../arguments.ts'
import type { OnWire } from '../client.ts'
import { connect } from '../connect.ts'
import { eventText, patternText, wholeEventText } from '../event-input.ts'
import { exitCodes, failed, usage } from '../failure.ts'
import { counted } from '../table.ts'
import type { Terminal } from '../terminal.ts'

export const help = `Usage: busbar explain --event EVENT --pattern PATTERN     (no bus is asked)
       busbar explain --event EVENT [--bus NAME] [--rule NAME] [--limit N]

Says field by field why the event matches the pattern or does not. Without --pattern the rules of the
bus are asked: those that match, then those that nearly do.

  --event EVENT      JSON, a file's name, or - (stdin); an entry in PutEvents' words will do, too
  --pattern PATTERN  JSON, a file's name, or - (stdin)
  --bus NAME         the rules of this bus; of all when absent
  --rule NAME        this rule only
  --limit N          at most so many rules
  --json             the explanation as JSON, a rule a line

Exit codes: 0 it matches (a rule at least), 3 it does not.

Examples:
  busbar explain --pattern '{"source":["shop"]}' --event '{"source":"shop","detail":{}}'
  busbar explain --bus orders --event '{"Source":"shop","DetailType":"OrderPlaced","Detail":{"order":1}}'
`

const text = { type: 'string' } as const
export const options = { event: text, pattern: text, bus: text, rule: text, limit: text } as const

type Rule = OnWire<ExplainedEvent>['Rules'][number]

export async function explain(args: string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parsed(args, options)
  none(positionals)
  if (values.event === undefined) throw usage('Say --event.')
  if (values.pattern !== undefined) {
    if ((values.bus ?? values.rule) !== undefined)
      throw usage('A --pattern is asked alone; --bus and --rule are for the rules of a bus.')
    if (values.pattern === '-' && values.event === '-')
      throw usage('Only one of --event and --pattern can be stdin.')
    const pattern = await patternText(terminal, values.pattern)
    const explanation = offline(pattern, await eventText(terminal, values.event))
    terminal.out(
      values.json
        ? JSON.stringify(explanation)
        : painted(explanationText(explanation), terminal.paint),
    )
    return explanation.matched ? exitCodes.ok : exitCodes.unmet
  }

  const event = await wholeEventText(terminal, values.event)
  const limit = count('--limit', values.limit)
  const bus = await connect(values.endpoint, terminal)
  const { Rules } = await bus.call<ExplainedEvent>('Busbar.ExplainEvent', {
    Event: event,
    ...given({ EventBusName: values.bus, Rule: values.rule, Limit: limit }),
  })
  for (const rule of Rules)
    terminal.out(values.json ? JSON.stringify(rule) : described(rule, terminal.paint))
  const matching = Rules.filter(({ Matched }) => Matched)
  if (!values.json)
    terminal.log(
      Rules.length === 0
        ? 'There is no rule with a pattern to be asked.'
        : `${counted(matching.length, 'rule')} of ${Rules.length} ${matching.length === 1 ? 'matches' : 'match'}.`,
    )
  return matching.length > 0 ? exitCodes.ok : exitCodes.unmet
}

function offline(pattern: string, event: string): Explanation {
  try {
    return explainPattern(pattern, event)
  } catch (error) {
    throw failed((error as Error).message, { cause: error })
  }
}

function described(rule: Rule, paint: Terminal['paint']): string {
  const { EventBusName, Name, Matched, State, Targets, Explanation } = rule
  const mark = Matched ? paint('green', '✓') : paint('red', '✗')
  const notes = [
    ...(State === 'DISABLED' ? ['DISABLED: it delivers nothing'] : []),
    ...(Targets === 0 ? ['no targets'] : []),
  ].join(', ')
  const head = `${mark} ${paint('bold', `${EventBusName}/${Name}`)}${notes && `  (${notes})`}`
  const leaves = explanationText(Explanation as Explanation)
    .split('\n')
    .slice(1)
    .join('\n')
  return leaves === '' ? head : `${head}\n${painted(leaves, paint).replaceAll(/^/gm, '  ')}`
}

const painted = (lines: string, paint: Terminal['paint']): string =>
  lines.replaceAll(/^[✓✗]/gm, (mark) => paint(mark === '✓' ? 'green' : 'red', mark))
