/**
 * PutTargets' parameters of the services that EventBridge delivers to: taken and answered as they were
 * given, but for what its model requires of them and for which ARNs it takes them. Imitates what
 * PutTargets answered when asked.
 */
import type { Arn } from '../arn.ts'
import type { Faults, Structure } from '../constraints.ts'
import { BusError } from '../errors.ts'
import { camelCase, given as some } from '../request.ts'
import type { StoredTarget } from './stored-rule.ts'
import { parameterModel } from './target-parameter-model.ts'

type Parameters = keyof typeof parameterModel

/** Whom they are for. SqsParameters are taken for any target. */
const services: Readonly<Record<Parameters | 'HttpParameters', readonly string[]>> = {
  KinesisParameters: ['kinesis'],
  RunCommandParameters: ['ssm'],
  EcsParameters: ['ecs'],
  BatchParameters: ['batch'],
  RedshiftDataParameters: ['redshift', 'redshift-serverless'],
  SageMakerPipelineParameters: ['sagemaker'],
  AppSyncParameters: ['appsync'],
  HttpParameters: ['events', 'execute-api'],
}
const needed = new Map([
  ['ecs', 'EcsParameters'],
  ['batch', 'BatchParameters'],
])

/** Those that a target of a request has; their faults are noted. `at` is where the target stands. */
export function requestedParameters(
  noted: Faults,
  given: Readonly<Record<string, unknown>>,
  at: string,
): { readonly [name: `${string}Parameters`]: unknown } {
  return some(
    Object.fromEntries(
      Object.entries(parameterModel).map(([name, check]) => {
        check(noted, given[name], `${at}.${camelCase(name)}`)
        return [name, given[name] ?? undefined]
      }),
    ),
  )
}

/** Throws a `ValidationException` for parameters that the ARN does not take, or lacks, or that go wrong there. */
export function checkParameters(target: StoredTarget, { service, resource }: Arn): void {
  const isFifo = service === 'sqs' && resource.endsWith('.fifo')
  const lacking = isFifo ? 'SqsParameters' : needed.get(service)
  if (lacking !== undefined && target[lacking as `${string}Parameters`] === undefined)
    throw invalid(`Parameter(s) ${lacking} must be specified for target: ${target.Id}.`)
  const foreign = Object.entries(services).flatMap(([name, takers]) =>
    target[name as Parameters] === undefined || takers.includes(service) ? [] : name,
  )
  if (foreign.length > 0)
    throw invalid(`Parameter(s) ${foreign.join(', ')} not supported for target: ${target.Id}.`)
  checkBatch(members(target.BatchParameters))
  checkEcs(target.Id, members(target.EcsParameters))
}

function checkBatch({ ArrayProperties, RetryStrategy }: Structure): void {
  const { Size } = members(ArrayProperties)
  if (isOutside(Size, 2, 10_000))
    throw invalid(
      'Parameter ArrayProperties is not valid. Reason: Size must be in between 2 and 10000.',
    )
  const { Attempts } = members(RetryStrategy)
  if (isOutside(Attempts, 1, 10))
    throw invalid(
      'Parameter RetryStrategy is not valid. Reason: Attempts must be in between 1 and 10.',
    )
}

function checkEcs(id: string, parameters: Structure): void {
  const { LaunchType, NetworkConfiguration, PlatformVersion, TaskCount } = parameters
  const { AssignPublicIp } = members(members(NetworkConfiguration).awsvpcConfiguration)
  if (LaunchType === 'FARGATE' && !NetworkConfiguration)
    throw invalid(
      `Parameter NetworkConfiguration must be specified for target ${id} when launch type is FARGATE.`,
    )
  for (const [name, value] of Object.entries({ PlatformVersion, AssignPublicIp }))
    if (LaunchType === 'EC2' && value !== undefined && value !== null)
      throw invalid(`Parameter ${name} for target ${id} is not supported when launch type is EC2.`)
  if (isOutside(TaskCount, 1, 10))
    throw invalid(`Parameter(s) TaskCount not valid for target: ${id}.`)
}

const members = (value: unknown): Structure =>
  typeof value === 'object' && value ? (value as Structure) : {}
const isOutside = (value: unknown, least: number, most: number): boolean =>
  typeof value === 'number' && (value < least || value > most)
const invalid = (message: string) => new BusError('ValidationException', message)
