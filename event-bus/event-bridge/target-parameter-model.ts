/**
 * What EventBridge's model says of a target's parameters for services that this bus does not deliver
 * to. They are kept as they were given.
 */
import { type Faults, pattern, type TextConstraint } from '../constraints.ts'
import { camelCase } from '../request.ts'

type Member = (noted: Faults, value: unknown, path: string) => void
type Members = Readonly<Record<string, Member>>
interface Size {
  readonly min?: number
  readonly max?: number
  readonly required?: boolean
}

const text =
  (constraint: TextConstraint = {}): Member =>
  (noted, value, path) =>
    void noted.text(value, path, constraint)
const needed = (max?: number) => text({ required: true, ...(max !== undefined && { min: 1, max }) })
const oneOf = (...values: readonly string[]) => text({ values })
const whole =
  (min = Number.MIN_SAFE_INTEGER, max?: number): Member =>
  (noted, value, path) =>
    void noted.integer(value, path, min, max)
const flag: Member = (noted, value, path) => void noted.flag(value, path)
const texts =
  (each: TextConstraint, size: Size = {}): Member =>
  (noted, value, path) =>
    void noted.texts(value, path, each, size)
const structure =
  (members: Members, required = false): Member =>
  (noted, value, path) => {
    const given = noted.structure(value, path, required)
    if (!given) return
    for (const [name, member] of Object.entries(members))
      member(noted, given[name], `${path}.${camelCase(name)}`)
  }
const list =
  (members: Members, { min, max, required }: Size = {}): Member =>
  (noted, value, path) => {
    const each = structure(members, true)
    for (const [index, item] of (noted.list(value, path, max, required, min) ?? []).entries())
      each(noted, item, `${path}.${index + 1}.member`)
  }

const runCommandKey = {
  text: '^[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*$',
  test: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u,
}
const secretArn = pattern(
  '(^arn:aws([a-z]|\\-)*:secretsmanager:[a-z0-9-.]+:.*)|(\\$(\\.[\\w_-]+(\\[(\\d+|\\*)\\])*)*)',
)

export const parameterModel = {
  KinesisParameters: structure({ PartitionKeyPath: text({ required: true, max: 256 }) }),
  RunCommandParameters: structure({
    RunCommandTargets: list(
      {
        Key: text({ required: true, min: 1, max: 128, pattern: runCommandKey }),
        Values: texts({ min: 1, max: 256 }, { required: true, min: 1, max: 50 }),
      },
      { required: true, min: 1, max: 5 },
    ),
  }),
  EcsParameters: structure({
    TaskDefinitionArn: needed(1_600),
    TaskCount: whole(), // beyond the model, see checkEcs
    LaunchType: oneOf('EC2', 'FARGATE', 'EXTERNAL'),
    NetworkConfiguration: structure({
      awsvpcConfiguration: structure({
        Subnets: texts({}, { required: true, min: 0 }),
        SecurityGroups: texts({}),
        AssignPublicIp: oneOf('ENABLED', 'DISABLED'),
      }),
    }),
    ...{ PlatformVersion: text(), Group: text() },
    CapacityProviderStrategy: list(
      { capacityProvider: needed(255), weight: whole(0, 1_000), base: whole(0, 100_000) },
      { max: 6 },
    ),
    ...{ EnableECSManagedTags: flag, EnableExecuteCommand: flag },
    PlacementConstraints: list(
      { type: oneOf('distinctInstance', 'memberOf'), expression: text({ max: 2_000 }) },
      { max: 10 },
    ),
    PlacementStrategy: list(
      { type: oneOf('random', 'spread', 'binpack'), field: text({ max: 255 }) },
      { max: 5 },
    ),
    PropagateTags: oneOf('TASK_DEFINITION'),
    ReferenceId: text({ max: 1_024 }),
    Tags: list({ Key: needed(128), Value: text({ required: true, max: 256 }) }),
  }),
  BatchParameters: structure({
    ...{ JobDefinition: needed(), JobName: needed() },
    ArrayProperties: structure({ Size: whole() }),
    RetryStrategy: structure({ Attempts: whole() }),
  }),
  RedshiftDataParameters: structure({
    SecretManagerArn: text({ min: 1, max: 1_600, pattern: secretArn }),
    Database: needed(64),
    DbUser: text({ min: 1, max: 128 }),
    Sql: text({ min: 1, max: 100_000 }),
    StatementName: text({ min: 1, max: 500 }),
    WithEvent: flag,
    Sqls: texts({ min: 1, max: 100_000 }, { max: 40 }),
  }),
  SageMakerPipelineParameters: structure({
    PipelineParameterList: list(
      {
        Name: text({
          ...{ required: true, min: 1, max: 256 },
          pattern: pattern('^[a-zA-Z0-9](-*[a-zA-Z0-9])*$'),
        }),
        Value: text({ required: true, max: 1_024 }),
      },
      { max: 200 },
    ),
  }),
  AppSyncParameters: structure({ GraphQLOperation: text({ min: 1, max: 1_048_576 }) }),
} as const
