/** Which ARNs EventBridge takes for dead-letter queues, of targets and of buses, in its own texts. */
import { parseArn } from '../arn.ts'
import { BusError } from '../errors.ts'

/** Its Region and account may be others: it is the endpoint that knows its queues. */
const standardQueue = /^arn:aws[\w-]*:sqs:[a-z0-9-]+:\d{12}:[\w-]{1,80}$/

/** Throws a `ValidationException` for what is no SQS standard queue. */
export function checkDeadLetterArn(arn: string | undefined): void {
  if (arn === undefined || standardQueue.test(arn)) return
  throw new BusError('ValidationException', reason(arn))
}

function reason(arn: string): string {
  const parsed = parseArn(arn)
  if (!parsed)
    return `Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`
  if (parsed.service !== 'sqs')
    return `${parsed.service} is not supported as a dead letter resource.`
  if (arn.endsWith('.fifo')) return 'SQS FIFO is not supported by Dead Letter Queues.'
  return `Parameter ${arn} is not valid. Reason: A dead-letter queue is an SQS standard queue.`
}
