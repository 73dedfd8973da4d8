/** The flow as a dashboard: a row for each of its parts, in the order in which things happen. */
import { Duration } from 'aws-cdk-lib'
import { Dashboard, GraphWidget, type IMetric, Row, TextWidget } from 'aws-cdk-lib/aws-cloudwatch'
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda'
import { pipeMetric, ruleMetric } from './cdk-alarms.ts'
import type { Queues } from './cdk-queue.ts'
import { named, type Site } from './cdk-site.ts'

/** What is said of a part, and the graphs beside it by their titles. */
export interface DashboardRow {
  readonly text: string
  readonly graphs: Readonly<Record<string, readonly IMetric[]>>
}

const sum = { statistic: 'Sum', period: Duration.minutes(5) }
const maximum = { statistic: 'Maximum', period: Duration.minutes(5) }
const height = 5
/** Of the 24 columns of a dashboard. */
const textWidth = 6
const graphWidth = 6

export function dashboard(site: Site, rows: readonly DashboardRow[]): void {
  const made = new Dashboard(site.stack, 'dashboard', { dashboardName: named(site, 'flow') })
  for (const { text, graphs } of rows)
    made.addWidgets(
      new Row(
        new TextWidget({ markdown: text, width: textWidth, height }),
        ...Object.entries(graphs).map(
          ([title, left]) => new GraphWidget({ title, left: [...left], width: graphWidth, height }),
        ),
      ),
    )
}

const attempts = (lambda: Lambda) => ({
  attempts: [lambda.metricInvocations(sum), lambda.metricErrors(sum), lambda.metricThrottles(sum)],
  duration: [lambda.metricDuration({ ...sum, statistic: 'p50' }), lambda.metricDuration(maximum)],
})

export const routeRow = (on: string, lambda: Lambda): DashboardRow => ({
  text: `### ${on}\n→ **${lambda.node.id}**`,
  graphs: attempts(lambda),
})

export const pipeRow = (site: Site, name: string, ends: string): DashboardRow => ({
  text: `### pipe ${name}\n${ends}`,
  graphs: {
    events: ['Invocations', 'ExecutionFailed'].map((metric) => pipeMetric(site, name, metric)),
  },
})

export const ruleRow = (
  site: Site,
  { name, bus, targets }: { name: string; bus: string | null; targets: readonly string[] },
): DashboardRow => ({
  text: `### rule ${name}\nbus ${bus ?? 'default'} → ${targets.map((target) => `**${target}**`).join(', ')}`,
  graphs: {
    matches: ['MatchedEvents', 'Invocations', 'FailedInvocations'].map((metric) =>
      ruleMetric(site, bus, name, metric),
    ),
  },
})

export const targetRow = (lambda: Lambda, { queue, deadLetterQueue }: Queues): DashboardRow => ({
  text: `### ${lambda.node.id}\nits queue, attempts and dead letters`,
  graphs: {
    waiting: [
      queue.metricApproximateNumberOfMessagesVisible(maximum),
      queue.metricApproximateNumberOfMessagesNotVisible(maximum),
      deadLetterQueue.metricApproximateNumberOfMessagesVisible(maximum),
    ],
    ...attempts(lambda),
  },
})
