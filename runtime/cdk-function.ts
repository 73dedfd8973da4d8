/** A Lambda function with a role and a log of its own, which may do what it is told here and nothing else. */
import { Duration, Validations } from 'aws-cdk-lib'
import { type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Architecture, Function as Lambda, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda'
import { allow } from './cdk-grant.ts'
import { logGroup, named, type Site } from './cdk-site.ts'
import { variables } from './lambda-environment.ts'

export interface FunctionParts {
  readonly id: string
  /** What `TARGET` says. */
  readonly target: string
  readonly timeoutSeconds: number
  readonly environment: Readonly<Record<string, string>>
  readonly statements: readonly PolicyStatement[]
}

export function lambdaFunction(site: Site, parts: FunctionParts): Lambda {
  const { id, target, timeoutSeconds, environment, statements } = parts
  const logs = logGroup(site, id, '/aws/lambda')
  const role = new Role(site.stack, `${id}-role`, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
  })
  role.addToPolicy(allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [logs.logGroupArn]))
  for (const statement of statements) role.addToPolicy(statement)
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'X-Ray’s actions know no resource; an app’s own are argued where they are granted.',
  })
  return new Lambda(site.stack, id, {
    functionName: named(site, id),
    code: site.code,
    handler: site.handler,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    // A start is work for the processor, which comes with the memory.
    memorySize: 512,
    timeout: Duration.seconds(timeoutSeconds),
    tracing: Tracing.ACTIVE,
    logGroup: logs,
    role,
    environment: { [variables.target]: target, ...environment },
  })
}
