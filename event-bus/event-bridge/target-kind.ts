/**
 * What PutTargets asks of a target by the service that its ARN names: a role where EventBridge has to
 * assume one, and what does not go with an event bus or a log group. In EventBridge's own texts and order.
 */
import { type Arn, eventsArn } from '../arn.ts'
import { BusError } from '../errors.ts'
import type { Place } from '../event.ts'
import type { StoredTarget } from './stored-rule.ts'

/** EventBridge calls these as the role; nobody assumes one here, so any ARN is a role. */
const withRole: ReadonlySet<string> = new Set([
  ...['batch', 'codebuild', 'codepipeline', 'ecs', 'events', 'firehose', 'glue', 'inspector'],
  ...['kinesis', 'redshift', 'sagemaker', 'ssm', 'ssm-incidents', 'states'],
])
const awsRegion = /^[a-z]{2}(-[a-z]+)+-\d$/

/** Whose rule asks. */
export interface Asking {
  readonly place: Place
  readonly bus: string
}

/** Throws a `ValidationException`. */
export function checkKind(target: StoredTarget, arn: Arn, asking: Asking): void {
  const { Arn, RoleArn } = target
  if (withRole.has(arn.service) && RoleArn === undefined)
    throw invalid(`RoleArn is required for target ${Arn}.`)
  if (arn.service === 'logs') checkLogGroup(target, arn)
  if (arn.service === 'events' && arn.resource.startsWith('event-bus/'))
    checkEventBus(target, arn, asking)
}

/** With an asterisk behind its name or without; none of its streams. */
const logGroup = /^log-group:[^:]+(:\*)?$/

function checkLogGroup(
  { Id, Arn, RoleArn, Input, InputPath }: StoredTarget,
  { resource }: Arn,
): void {
  if (!logGroup.test(resource))
    throw invalid(`Parameter ${Arn} is not valid. Reason: Provided Arn is not in correct format.`)
  if (RoleArn !== undefined) throw invalid(`RoleArn is not supported for target ${Arn}.`)
  if (Input !== undefined || InputPath !== undefined)
    throw invalid(
      `Input and InputPath are not valid forms of input for target ${Id}. The only valid form of input is InputTransformer.`,
    )
}

function checkEventBus(target: StoredTarget, arn: Arn, { place, bus }: Asking): void {
  const { Id, Arn, Input, InputPath, InputTransformer } = target
  if (arn.region !== place.region && !awsRegion.test(arn.region))
    throw invalid(`Parameter ${Arn} is not valid. Reason: Provided Arn is not in correct format.`)
  if (Arn === eventsArn(place, 'event-bus', bus))
    throw invalid('Source EventBus and Target EventBus must not be the same.')
  if (target.RetryPolicy) throw invalid('Retry policy is not supported for Event bus targets.')
  if ([Input, InputPath, InputTransformer].some((each) => each !== undefined))
    throw invalid(`Modifying the input for target ${Id} is not supported.`)
  if (target.BusbarParameters)
    throw invalid(
      `BusbarParameters are not supported for target ${Id}: events go to an event bus at once and in their order.`,
    )
}

const invalid = (message: string) => new BusError('ValidationException', message)
