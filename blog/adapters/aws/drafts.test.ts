import { after, before } from 'node:test'
import { draftsContract } from '../../ports.contract.ts'
import { dynamoDrafts } from './drafts.ts'
import { type DynamoDb, dynamoDb } from './testing/dynamo-db.ts'

let db: DynamoDb
before(async () => {
  db = await dynamoDb()
})
after(() => db.close())

draftsContract('in DynamoDB', async () => {
  const { name } = await db.table()
  return dynamoDrafts(db.client, { table: name })
})
