/** A part of the bundle: named here and not where it is loaded, so that only what is named is in it. */
export { DynamoDBClient } from '@aws-sdk/client-dynamodb'
