/** The entry of the failing flow's functions. */
import { SQSClient } from '@aws-sdk/client-sqs'
import { systemClock as clock } from '@busbar/event-bus/adapters/node/clock'
import { lambda } from '@busbar/runtime/lambda'
import { variables } from '@busbar/runtime/lambda-environment'
import { sqsQueue } from '../../blog/adapters/aws/queue.ts'
import { failing } from './failing-flow.ts'

const { env } = process
const none = () => {
  throw new Error('The failing flow has no such part')
}
const log = (line: object) => void process.stdout.write(`${JSON.stringify(line)}\n`)

export const handler = await lambda(failing, {
  target: env[variables.target] ?? '',
  make: {
    ...{ ports: {}, tell: {}, serve: none, clients: none, token: none },
    queue: () =>
      sqsQueue(new SQSClient({}), {
        queueUrl: env[variables.queueUrl] ?? '',
        deadLetterQueueUrl: env[variables.dlqUrl] ?? '',
        queueUrlOf: none,
      }),
  },
  ...{ clock, random: Math.random, log },
})
