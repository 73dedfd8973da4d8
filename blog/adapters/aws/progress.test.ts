import { after, before } from 'node:test'
import { progressContract } from '../../ports.contract.ts'
import { dynamoProgress } from './progress.ts'
import { type DynamoDb, dynamoDb } from './testing/dynamo-db.ts'

let db: DynamoDb
before(async () => {
  db = await dynamoDb()
})
after(() => db.close())

const make = async () => {
  const { name } = await db.table()
  return dynamoProgress(db.client, { table: name })
}
progressContract('in DynamoDB', make, { deaths: false })
