/**
 * PutTargets' parameters of the services that EventBridge delivers to: taken and answered as they were
 * given, but for what its model requires of them and for which ARNs it takes them. Imitates what
 * PutTargets answered when asked.
 */
import type { Arn } from '../arn.ts'
import type { Faults } from '../constraints.ts'
import { BusError } from '../errors.ts'
import { camelCase, given as some } from '../request.ts'
import type { StoredTarget } from './stored-rule.ts'

/** Of services that this bus does not deliver to, with the members that the model requires. */
const requiredMembers = {
  KinesisParameters: ['PartitionKeyPath'],
  RunCommandParameters: ['RunCommandTargets'],
  EcsParameters: ['TaskDefinitionArn'],
  BatchParameters: ['JobDefinition', 'JobName'],
  RedshiftDataParameters: ['Database'],
  SageMakerPipelineParameters: [],
  AppSyncParameters: [],
} as const
type Parameters = keyof typeof requiredMembers

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

/** Those that a target of a request has; what lacks is noted. `at` is where the target stands. */
export function requestedParameters(
  noted: Faults,
  given: Readonly<Record<string, unknown>>,
  at: string,
): { readonly [name: `${string}Parameters`]: unknown } {
  return some(
    Object.fromEntries(
      Object.entries(requiredMembers).map(([name, members]) => {
        const path = `${at}.${camelCase(name)}`
        const parameters = noted.structure(given[name], path)
        for (const member of parameters ? members : [])
          if (parameters?.[member] === undefined || parameters[member] === null)
            noted.text(null, `${path}.${camelCase(member)}`, { required: true })
        return [name, parameters]
      }),
    ),
  )
}

/** Throws a `ValidationException` for parameters that the ARN does not take, or lacks. */
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
}

const invalid = (message: string) => new BusError('ValidationException', message)
