/**
 * A table: of one generic shape, so that nothing here has to know what an app keeps in it. Rows,
 * events that wait for their pipe, and whatever else an adapter keeps are told apart by their keys.
 */
import { RemovalPolicy } from 'aws-cdk-lib'
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb'
import { allow, type Grant } from './cdk-grant.ts'
import type { Site } from './cdk-site.ts'

const indexes = ['gsi1', 'gsi2'] as const
const key = (name: string) => ({ name, type: AttributeType.STRING })

/** It has no name of its own: one that was kept would stand in the way of the next deployment. */
export function dynamoTable(
  site: Site,
  id: string,
  { streams, keepsData = site.keepsData }: { streams: boolean; keepsData?: boolean },
): Table {
  const table = new Table(site.stack, `${id}-table`, {
    partitionKey: key('pk'),
    sortKey: key('sk'),
    billingMode: BillingMode.PAY_PER_REQUEST,
    encryption: TableEncryption.AWS_MANAGED,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    timeToLiveAttribute: 'expiresAt',
    ...(streams && { stream: StreamViewType.NEW_AND_OLD_IMAGES }),
    deletionProtection: keepsData,
    removalPolicy: keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  })
  for (const indexName of indexes)
    table.addGlobalSecondaryIndex({
      indexName,
      partitionKey: key(`${indexName}pk`),
      sortKey: key(`${indexName}sk`),
      projectionType: ProjectionType.ALL,
    })
  return table
}

/** A transaction is allowed by the actions of its parts. */
const writing = ['dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem']

/** Whatever a key or an index finds; nothing that reads a table from end to end. */
export function tableGrant(table: Table, variable: string, access: 'read' | 'write'): Grant {
  const ofIndexes = indexes.map((index) => `${table.tableArn}/index/${index}`)
  return {
    environment: { [variable]: table.tableName },
    statements: [
      allow(['dynamodb:GetItem', ...(access === 'write' ? writing : [])], [table.tableArn]),
      allow(['dynamodb:Query'], [table.tableArn, ...ofIndexes]),
    ],
  }
}
