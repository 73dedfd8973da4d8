/** What somebody has to be told of: what is dead, what is late, and what did not get on its way. */
import { Duration } from 'aws-cdk-lib'
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { named, type Site } from './cdk-site.ts'

const period = Duration.minutes(5)
/** A message that is tried again waits a minute at most between attempts: after an hour it is no hiccup. */
const lateSeconds = 3_600

export const deadLetterAlarm = (site: Site, id: string, queue: Queue): void =>
  alarm(site, id, 'An event reached nobody: look at it, then redrive it or delete it', {
    metric: queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period }),
    threshold: 1,
  })

export const lateAlarm = (site: Site, id: string, queue: Queue): void =>
  alarm(site, `${id}-late`, 'An event has waited for an hour: its function fails or is too slow', {
    metric: queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum', period }),
    threshold: lateSeconds,
  })

export const pipeAlarm = (site: Site, name: string): void =>
  alarm(site, `${name}-failed`, 'A pipe fails: what was stored does not get on its bus', {
    metric: pipeMetric(site, name, 'ExecutionFailed'),
    threshold: 1,
  })

/** `bus` as the flow names it; null for `default`. */
export const ruleAlarm = (site: Site, bus: string | null, name: string): void =>
  alarm(site, `${name}-failed`, 'A rule could not hand an event to its target’s queue or topic', {
    metric: ruleMetric(site, bus, name, 'FailedInvocations'),
    threshold: 1,
  })

export const pipeMetric = (site: Site, name: string, metricName: string): Metric =>
  new Metric({
    namespace: 'AWS/EventBridge/Pipes',
    metricName,
    dimensionsMap: { PipeName: named(site, name) },
    statistic: 'Sum',
    period,
  })

export const ruleMetric = (
  site: Site,
  bus: string | null,
  name: string,
  metricName: string,
): Metric =>
  new Metric({
    namespace: 'AWS/Events',
    metricName,
    // The bus `default` is everybody's: a rule there has the flow's name in front of its own.
    dimensionsMap:
      bus === null
        ? { RuleName: named(site, name) }
        : { EventBusName: named(site, bus), RuleName: name },
    statistic: 'Sum',
    period,
  })

function alarm(
  site: Site,
  id: string,
  alarmDescription: string,
  { metric, threshold }: { metric: IMetric; threshold: number },
): void {
  const made = new Alarm(site.stack, `${id}-alarm`, {
    alarmName: named(site, id),
    alarmDescription,
    metric,
    threshold,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  })
  made.addAlarmAction(new SnsAction(site.alarms))
}
