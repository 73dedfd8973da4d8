/** PutTargets' targets: what EventBridge's model says of each field, and what a target means only as a whole. */
import { parseArn } from '../arn.ts'
import { arnConstraint, type Faults, nameConstraint, type Structure } from '../constraints.ts'
import { BusError } from '../errors.ts'
import { httpParameters } from '../http-parameters.ts'
import type { InputTransformer } from '../input-transformer.ts'
import { orderKey } from '../order-key.ts'
import { camelCase, given as some } from '../request.ts'
import { inputViolations, targetInput } from '../target-input.ts'
import { checkDeadLetterArn } from './dead-letter-arn.ts'
import type { BusbarParameters, StoredTarget } from './stored-rule.ts'
import { checkKind } from './target-kind.ts'
import { functionOf, type Reach } from './target-of.ts'
import { checkParameters, requestedParameters } from './target-parameters.ts'

const busbarMembers: readonly (keyof BusbarParameters)[] = [
  'OrderBy',
  'RatePerSecond',
  'Concurrency',
  'BatchSize',
  'MaximumBatchingWindowInSeconds',
]

/**
 * A request's `Targets`, with every fault noted. Throws `ValidationException` for `HttpParameters`, and
 * for a member of `BusbarParameters` that is none: no SDK knows them, so nobody else finds the misspelt one.
 */
export function requestedTargets(noted: Faults, value: unknown): readonly StoredTarget[] {
  const list = noted.list(value, 'targets', 100, true) ?? []
  return list.map((target, index) => requestedTarget(noted, target, `targets.${index + 1}.member`))
}

function requestedTarget(noted: Faults, value: unknown, at: string): StoredTarget {
  const given = noted.structure(value, at, true) ?? {}
  const retry = noted.structure(given.RetryPolicy, `${at}.retryPolicy`)
  const deadLetters = noted.structure(given.DeadLetterConfig, `${at}.deadLetterConfig`)
  const sqs = noted.structure(given.SqsParameters, `${at}.sqsParameters`)
  const Input = noted.text(given.Input, `${at}.input`, {})
  const InputPath = noted.text(given.InputPath, `${at}.inputPath`, {})
  const InputTransformer = inputTransformer(noted, given.InputTransformer, `${at}.inputTransformer`)
  noted.also(inputViolations({ Input, InputPath, InputTransformer }, at))
  return {
    Id: noted.text(given.Id, `${at}.id`, nameConstraint(64)) ?? '',
    Arn: noted.text(given.Arn, `${at}.arn`, { required: true, ...arnConstraint }) ?? '',
    ...some({
      RoleArn: noted.text(given.RoleArn, `${at}.roleArn`, arnConstraint),
      ...{ Input, InputPath, InputTransformer },
      HttpParameters: given.HttpParameters
        ? httpParameters(given.HttpParameters, `${at}.httpParameters`)
        : undefined,
      SqsParameters:
        sqs &&
        some({
          MessageGroupId: noted.text(sqs.MessageGroupId, `${at}.sqsParameters.messageGroupId`, {
            max: 100,
          }),
        }),
      DeadLetterConfig:
        deadLetters &&
        some({ Arn: noted.text(deadLetters.Arn, `${at}.deadLetterConfig.arn`, arnConstraint) }),
      RetryPolicy: retry && retryPolicy(noted, retry, `${at}.retryPolicy`),
      BusbarParameters: busbarParameters(noted, given.BusbarParameters, `${at}.busbarParameters`),
    }),
    ...requestedParameters(noted, given, at),
  }
}

function inputTransformer(noted: Faults, value: unknown, at: string): InputTransformer | undefined {
  const given = noted.structure(value, at)
  if (!given) return undefined
  const paths = noted.structure(given.InputPathsMap, `${at}.inputPathsMap`)
  for (const [name, path] of Object.entries(paths ?? {}))
    noted.text(path, `${at}.inputPathsMap.${name}.member`, { required: true })
  return {
    ...(paths && { InputPathsMap: paths as Readonly<Record<string, string>> }),
    InputTemplate: noted.text(given.InputTemplate, `${at}.inputTemplate`, { required: true }) ?? '',
  }
}

const retryPolicy = (noted: Faults, given: Structure, at: string) =>
  some({
    MaximumRetryAttempts: noted.integer(
      given.MaximumRetryAttempts,
      `${at}.maximumRetryAttempts`,
      0,
      185,
    ),
    MaximumEventAgeInSeconds: noted.integer(
      given.MaximumEventAgeInSeconds,
      `${at}.maximumEventAgeInSeconds`,
      60,
      86_400,
    ),
  })

function busbarParameters(noted: Faults, value: unknown, at: string): BusbarParameters | undefined {
  const given = noted.structure(value, at)
  if (!given) return undefined
  const unknown = Object.keys(given).find((name) => !busbarMembers.some((known) => known === name))
  if (unknown !== undefined)
    throw invalid(
      `Parameter ${at}.${unknown} is not valid. Reason: BusbarParameters takes ${busbarMembers.join(', ')}.`,
    )
  const integer = (member: keyof BusbarParameters, min: number, max: number) =>
    noted.integer(given[member], `${at}.${camelCase(member)}`, min, max)
  return some({
    OrderBy: noted.text(given.OrderBy, `${at}.orderBy`, { min: 1, max: 256 }),
    RatePerSecond: integer('RatePerSecond', 1, 1_000_000),
    Concurrency: integer('Concurrency', 1, 1_000),
    BatchSize: integer('BatchSize', 1, 1_000),
    MaximumBatchingWindowInSeconds: integer('MaximumBatchingWindowInSeconds', 0, 300),
  })
}

/**
 * Throws a `ValidationException` for a target of a rule of `bus` whose fields contradict each other or
 * its ARN. An ARN of nobody is taken, as by EventBridge.
 */
export function checkTarget(
  target: StoredTarget,
  bus: string,
  { functions, inside }: Pick<Reach, 'functions' | 'inside'>,
): void {
  const { Id, Arn, Input, InputPath, InputTransformer } = target
  const parsed = parseArn(Arn)
  if (!parsed)
    throw invalid(`Parameter ${Arn} is not valid. Reason: Provided Arn is not in correct format.`)
  checkParameters(target, parsed)
  checkKind(target, parsed, { place: inside.place, bus })
  checkDeadLetterArn(target.DeadLetterConfig?.Arn)
  targetInput(Id, { Input, InputPath, InputTransformer })
  const { OrderBy, BatchSize, MaximumBatchingWindowInSeconds } = target.BusbarParameters ?? {}
  if (OrderBy !== undefined) orderKey(Id, OrderBy)
  if (MaximumBatchingWindowInSeconds !== undefined && BatchSize === undefined)
    throw invalid(`Parameter(s) BusbarParameters.BatchSize must be specified for target: ${Id}.`)
  if (BatchSize !== undefined && !functionOf(Arn, { functions })?.invokeBatch)
    throw invalid(
      `BusbarParameters.BatchSize is not supported for target ${Id}: ${Arn} is not a function of this process that takes batches.`,
    )
}

const invalid = (message: string) => new BusError('ValidationException', message)
