/** A part of the bundle: named here and not where it is loaded, so that only what is named is in it. */
export { SQSClient } from '@aws-sdk/client-sqs'
export { sqsQueue } from '../adapters/aws/queue.ts'
