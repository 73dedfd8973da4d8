/** What the resources of a stack are called before any of them is made, so that they can refer to each other. */
import { arnOf, type Created, place, type Resource, type Stack } from './template.ts'

/** What is known only here: where the servers of this stack are. */
export interface Addresses {
  /** Of the SQS server, without a slash at the end. */
  readonly sqs: string
  /** The address of an API by its id, without a slash at the end: `http://127.0.0.1:port`. */
  api(logicalId: string): string
}

/** Tells the stack of every resource but tables, whose streams get their names from DynamoDB. */
export function nameAll(stack: Stack, addresses: Addresses): void {
  for (const resource of stack.resources) {
    const made = named(stack, resource, addresses)
    if (made) stack.create(resource.logicalId, made)
  }
}

/** A name that the template leaves to CloudFormation is the logical id. */
export const nameOf = (stack: Stack, { logicalId, properties }: Resource, key: string): string =>
  properties[key] === undefined ? logicalId : String(stack.resolve(properties[key]))

/** What API Gateway would call an API: ten lower-case letters and digits. */
export const apiId = (logicalId: string): string =>
  Array.from(logicalId.toLowerCase().replaceAll(/[^a-z0-9]/g, ''))
    .slice(-10)
    .join('')
    .padStart(10, '0')

function named(stack: Stack, resource: Resource, addresses: Addresses): Created | null {
  const { type, logicalId } = resource
  const name = (key: string) => nameOf(stack, resource, key)
  const arn = (service: string, text: string) => arnOf(service, text)
  const simple = (ref: string, itsArn: string, more = {}) => ({
    ref,
    attributes: { Arn: itsArn, ...more },
  })
  switch (type) {
    case 'AWS::DynamoDB::Table':
    case 'AWS::DynamoDB::GlobalTable':
      return null
    case 'AWS::SQS::Queue': {
      const queue = name('QueueName')
      const url = `${addresses.sqs}/${place.account}/${queue}`
      return simple(url, arn('sqs', queue), { QueueName: queue, QueueUrl: url })
    }
    case 'AWS::SNS::Topic': {
      const topic = name('TopicName')
      return simple(arn('sns', topic), arn('sns', topic), {
        TopicName: topic,
        TopicArn: arn('sns', topic),
      })
    }
    case 'AWS::Lambda::Function':
      return simple(name('FunctionName'), arn('lambda', `function:${name('FunctionName')}`))
    case 'AWS::IAM::Role':
      return simple(name('RoleName'), arnOf('iam', `role/${name('RoleName')}`, ''))
    case 'AWS::Logs::LogGroup':
      return simple(name('LogGroupName'), arn('logs', `log-group:${name('LogGroupName')}:*`))
    case 'AWS::Events::EventBus':
      return simple(name('Name'), arn('events', `event-bus/${name('Name')}`), {
        Name: name('Name'),
      })
    case 'AWS::Events::Rule':
      return simple(name('Name'), ruleArn(stack, resource))
    case 'AWS::Events::Archive':
      return simple(name('ArchiveName'), arn('events', `archive/${name('ArchiveName')}`))
    case 'AWS::Pipes::Pipe':
      return simple(name('Name'), arn('pipes', `pipe/${name('Name')}`))
    case 'AWS::ApiGatewayV2::Api':
      return {
        ref: apiId(logicalId),
        attributes: { ApiId: apiId(logicalId), ApiEndpoint: addresses.api(logicalId) },
      }
    case 'AWS::ApiGatewayV2::Stage':
      return { ref: name('StageName'), attributes: {} }
    case 'AWS::SecretsManager::Secret':
      return {
        ref: arn('secretsmanager', `secret:${name('Name')}-aBcDeF`),
        attributes: { Id: arn('secretsmanager', `secret:${name('Name')}-aBcDeF`) },
      }
    case 'AWS::KMS::Key':
      return { ...simple(logicalId, arn('kms', `key/${logicalId}`)), ref: logicalId }
    default:
      return simple(logicalId, arn('unknown', logicalId))
  }
}

function ruleArn(stack: Stack, rule: Resource): string {
  const name = nameOf(stack, rule, 'Name')
  const { EventBusName: of } = rule.properties
  const bus = of === undefined ? 'default' : busNameOf(stack, of)
  return arnOf('events', bus === 'default' ? `rule/${name}` : `rule/${bus}/${name}`)
}

/** The bus of a `Ref` may be named later than the rule. */
function busNameOf(stack: Stack, of: unknown): string {
  const ref = (of as { readonly Ref?: string }).Ref
  const bus = stack.resources.find(({ logicalId }) => logicalId === ref)
  return bus ? nameOf(stack, bus, 'Name') : String(stack.resolve(of))
}
