/** Numbers in the text format of Prometheus, version 0.0.4. */

export interface Metric {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  /** In one line. */
  readonly help: string
  readonly samples: readonly Sample[]
}
export interface Sample {
  readonly labels?: Readonly<Record<string, string | number>>
  readonly value: number
}

/** A metric without samples is left out. */
export function exposition(metrics: readonly Metric[]): string {
  const lines: string[] = []
  for (const { name, type, help, samples } of metrics) {
    if (samples.length === 0) continue
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
    for (const { labels = {}, value } of samples) lines.push(`${name}${labelled(labels)} ${value}`)
  }
  return `${lines.join('\n')}\n`
}

function labelled(labels: NonNullable<Sample['labels']>): string {
  const each = Object.entries(labels).map(([name, value]) => `${name}="${escaped(String(value))}"`)
  return each.length > 0 ? `{${each.join(',')}}` : ''
}

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
