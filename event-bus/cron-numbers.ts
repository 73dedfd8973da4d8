/** What all fields of a cron expression have in common: lists, ranges, steps, names. */

export interface CronField {
  readonly least: number
  readonly most: number
  /** Whether a range may go over the border, as 22-2 does for hours. */
  readonly wraps: boolean
  /** Of `least` and those that follow, in capitals. Three letters of one will do. */
  readonly names?: readonly string[]
  /** What a number looks like when numbers beyond the borders are taken, and never due. */
  readonly digits?: RegExp
}

/** The numbers of a list, in order; undefined when it is not valid. Given in capitals. */
export function cronNumbers(list: string, field: CronField): readonly number[] | undefined {
  const numbers = new Set<number>()
  for (const item of list.split(',')) {
    const found = itemNumbers(item, field)
    if (!found) return undefined
    for (const number of found) numbers.add(number)
  }
  return [...numbers].sort((a, b) => a - b)
}

/**
 * `*`, `5`, `5-9`, each also with a step: `5/10` goes on to the end of the field, and `5/0`, which
 * EventBridge takes too, nowhere.
 */
function itemNumbers(item: string, field: CronField): readonly number[] | undefined {
  const [, start = '', end, step] = /^([*\w]+)(?:-(\w+))?(?:\/(\d+))?$/.exec(item) ?? []
  if (start === '*')
    return end === undefined ? stepped(field.least, field.most, step, field) : undefined
  const from = cronNumber(start, field)
  const single = step === undefined ? from : Math.max(from ?? 0, field.most)
  const to = end === undefined ? single : cronNumber(end, field)
  if (from === undefined || to === undefined) return undefined
  return stepped(from, to, step, field)
}

/** A number or a name; undefined when the field has none such. */
export function cronNumber(text: string, field: CronField): number | undefined {
  const name = field.names?.findIndex((name) => name === text || name.slice(0, 3) === text) ?? -1
  if (name >= 0) return field.least + name
  if (field.digits) return field.digits.test(text) ? Number(text) : undefined
  const number = /^\d\d?$/.test(text) ? Number(text) : Number.NaN
  return number >= field.least && number <= field.most ? number : undefined
}

function stepped(
  from: number,
  to: number,
  step: string | undefined,
  { least, most, wraps }: CronField,
): readonly number[] | undefined {
  const by = Number(step ?? 1)
  if (to < from && !wraps) return undefined
  if (by === 0) return [from]
  const numbers: number[] = []
  const size = most - least + 1
  for (let at = from; at <= (to < from ? to + size : to); at += by)
    numbers.push(wraps && at > most ? at - size : at)
  return numbers.filter((number) => number >= least && number <= most)
}
