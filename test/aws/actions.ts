/** Which of IAM's actions a request is, and on what: as the "Service Authorization Reference" has them. */
import type { IncomingMessage } from 'node:http'
import { arnOf, list, type Members, members } from './template.ts'

export interface AskedAction {
  readonly action: string
  readonly resource: string
  readonly context?: Readonly<Record<string, string>>
}

/** Throws for a request that is not known here. */
export function actionsOf(
  service: string,
  request: IncomingMessage,
  body: Buffer,
): readonly AskedAction[] {
  const given = members(JSON.parse(body.toString('utf8') || '{}'))
  const operation = String(request.headers['x-amz-target'] ?? '').split('.')[1] ?? ''
  switch (service) {
    case 'dynamodb':
      return dynamoDb(operation, given)
    case 'sqs':
      return [
        {
          action: `sqs:${operation.replace(/Batch$/, '')}`,
          resource: arnOf('sqs', String(given.QueueUrl).split('/').at(-1) ?? ''),
        },
      ]
    case 'comprehend':
      return [{ action: `comprehend:${operation}`, resource: '*' }]
    case 'secretsmanager':
      return [{ action: `secretsmanager:${operation}`, resource: String(given.SecretId) }]
    case 'ses': {
      if (request.method !== 'POST' || request.url !== '/v2/email/outbound-emails')
        throw new Error(`SES has no ${request.method} ${request.url} here`)
      const from = String(given.FromEmailAddress ?? '')
      const address = /<([^<>]+)>$/.exec(from)?.[1] ?? from
      return [
        {
          ...{ action: 'ses:SendEmail', resource: arnOf('ses', `identity/${address}`) },
          context: { 'ses:FromAddress': address },
        },
      ]
    }
    default:
      throw new Error(`There is no service ${service} here`)
  }
}

const oneTable = [
  'GetItem',
  'PutItem',
  'UpdateItem',
  'DeleteItem',
  'Query',
  'Scan',
  'DescribeTable',
]
const parts = { Put: 'PutItem', Update: 'UpdateItem', Delete: 'DeleteItem', Get: 'GetItem' }

function dynamoDb(operation: string, given: Members): readonly AskedAction[] {
  const on = (action: string, table: unknown, index?: unknown): AskedAction => ({
    action: `dynamodb:${action}`,
    resource: arnOf('dynamodb', `table/${table}${index === undefined ? '' : `/index/${index}`}`),
  })
  if (oneTable.includes(operation)) return [on(operation, given.TableName, given.IndexName)]
  if (operation === 'TransactWriteItems' || operation === 'TransactGetItems')
    return list(given.TransactItems).flatMap((item) =>
      Object.entries(item).map(([kind, part]) =>
        on(
          kind in parts ? parts[kind as keyof typeof parts] : `${kind}Item`,
          members(part).TableName,
        ),
      ),
    )
  if (operation === 'BatchGetItem' || operation === 'BatchWriteItem')
    return Object.keys(members(given.RequestItems)).map((table) => on(operation, table))
  throw new Error(`DynamoDB has no ${operation} here`)
}
