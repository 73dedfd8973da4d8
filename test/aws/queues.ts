/**
 * The queues and topics of a stack, on an SQS and SNS server in this process. What AWS refuses and the server
 * takes is refused here: filter policies that are none, and senders that no queue policy lets in.
 */
import { compile } from '@busbar/event-pattern'
import { buildApp } from 'fauxqs'
import { allows } from './permissions.ts'
import { list, type Members, members, place, type Stack } from './template.ts'

export interface Message {
  readonly body: string
  /** String values by name. */
  readonly attributes: Readonly<Record<string, string>>
}

export interface Queues {
  /** Without a slash at the end. */
  readonly url: string
  /** An operation of SQS, without the way over the network. Rejects with what SQS says. */
  call<Answer = unknown>(operation: string, request: object): Promise<Answer>
  /** The same for who has made a request already. */
  answer(
    operation: string,
    body: string,
  ): Promise<{ readonly status: number; readonly body: string }>
  /** Makes what the template declares. Its resources have to have their names. */
  create(stack: Stack): Promise<void>
  /** All that a queue holds, also what somebody works at. */
  messages(queue: string): Promise<readonly Message[]>
  /** How many messages each queue holds, by name. */
  counts(): Promise<ReadonlyMap<string, number>>
  /** Has all that is hidden come back, as if the time had passed for which it was. */
  letVisibilityPass(): Promise<void>
  close(): Promise<void>
}

interface Inspected {
  readonly url: string
  readonly messages: {
    readonly ready: readonly Kept[]
    readonly delayed: readonly Kept[]
    readonly inflight: readonly { readonly message: Kept; readonly receiptHandle: string }[]
  }
}
interface Kept {
  readonly body: string
  readonly messageAttributes?: Readonly<Record<string, { readonly StringValue?: string }>>
}

export async function queues(): Promise<Queues> {
  const app = buildApp({ logger: false, defaultRegion: place.region })
  const url = (await app.listen({ port: 0, host: '127.0.0.1' })).replace(/\/$/, '')
  const names: string[] = []
  const urlOf = (queue: string) => `${url}/${place.account}/${queue}`

  async function answer(operation: string, payload: string) {
    const { statusCode, body } = await app.inject({
      ...{ method: 'POST', url: '/', payload },
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        ...{ 'x-amz-target': `AmazonSQS.${operation}`, host: new URL(url).host },
      },
    })
    return { status: statusCode, body }
  }
  async function call<Answer>(operation: string, request: object): Promise<Answer> {
    const { status, body } = await answer(operation, JSON.stringify(request))
    if (status !== 200) throw new Error(`SQS refuses ${operation}: ${body}`)
    return JSON.parse(body) as Answer
  }
  const inspect = async (queue: string): Promise<Inspected> => {
    const answer = await app.inject(`/_fauxqs/queues/${queue}`)
    return answer.json() as Inspected
  }
  async function sns(
    Action: string,
    parameters: Readonly<Record<string, string>>,
  ): Promise<string> {
    const answer = await app.inject({
      method: 'POST',
      url: '/',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ Action, Version: '2010-03-31', ...parameters }).toString(),
    })
    if (answer.statusCode !== 200) throw new Error(`SNS refuses ${Action}: ${answer.body}`)
    return answer.body
  }

  return {
    ...{ url, call, answer },
    async create(stack) {
      for (const queue of inOrder(stack)) {
        const { QueueName, attributes } = queueOf(stack, queue.logicalId)
        await call('CreateQueue', { QueueName, Attributes: attributes })
        names.push(QueueName)
      }
      for (const topic of stack.of('AWS::SNS::Topic')) {
        const { logicalId } = topic
        const Name = String(stack.resolve({ 'Fn::GetAtt': [logicalId, 'TopicName'] }))
        await sns('CreateTopic', { Name })
      }
      for (const subscription of stack.of('AWS::SNS::Subscription'))
        await sns('Subscribe', subscriptionOf(stack, stack.propertiesOf(subscription)))
    },
    async messages(queue) {
      const { ready, delayed, inflight } = (await inspect(queue)).messages
      return [...ready, ...delayed, ...inflight.map(({ message }) => message)].map(
        ({ body, messageAttributes = {} }) => ({
          body,
          attributes: Object.fromEntries(
            Object.entries(messageAttributes).map(([name, { StringValue = '' }]) => [
              name,
              StringValue,
            ]),
          ),
        }),
      )
    },
    async counts() {
      const all = await Promise.all(
        names.map(async (name) => {
          const { ready, delayed, inflight } = (await inspect(name)).messages
          return [name, ready.length + delayed.length + inflight.length] as const
        }),
      )
      return new Map(all)
    },
    async letVisibilityPass() {
      for (const name of names) {
        const { inflight } = (await inspect(name)).messages
        for (const { receiptHandle } of inflight)
          await call('ChangeMessageVisibility', {
            ...{ QueueUrl: urlOf(name), ReceiptHandle: receiptHandle, VisibilityTimeout: 0 },
          })
      }
    },
    async close() {
      await app.close()
    },
  }
}

/** Dead-letter queues first. */
function inOrder(stack: Stack) {
  const all = stack.of('AWS::SQS::Queue')
  const leadsOn = (queue: (typeof all)[number]) => queue.properties.RedrivePolicy !== undefined
  return [...all.filter((queue) => !leadsOn(queue)), ...all.filter(leadsOn)]
}

const taken = [
  ...['VisibilityTimeout', 'MessageRetentionPeriod', 'DelaySeconds', 'MaximumMessageSize'],
  ...['ReceiveMessageWaitTimeSeconds', 'RedrivePolicy', 'KmsMasterKeyId'],
]
/** Without meaning on one machine. */
const passedOver = ['QueueName', 'SqsManagedSseEnabled', 'Tags', 'RedriveAllowPolicy']

function queueOf(stack: Stack, logicalId: string) {
  const resource = stack.resources.find((each) => each.logicalId === logicalId)
  if (!resource) throw new Error(`There is no queue ${logicalId}`)
  const properties = stack.propertiesOf(resource)
  const attributes: Record<string, string> = {}
  for (const [name, value] of Object.entries(properties)) {
    if (taken.includes(name))
      attributes[name] = typeof value === 'object' ? JSON.stringify(value) : String(value)
    else if (!passedOver.includes(name)) throw new Error(`${logicalId} has ${name}: unknown here`)
  }
  const redrive = members(properties.RedrivePolicy)
  const most = Number(redrive.maxReceiveCount ?? 1)
  if (!Number.isInteger(most) || most < 1 || most > 1_000)
    throw new Error(`${logicalId}: maxReceiveCount is ${redrive.maxReceiveCount}; it is 1 to 1000`)
  const QueueName = String(stack.resolve({ 'Fn::GetAtt': [logicalId, 'QueueName'] }))
  return { QueueName, attributes }
}

function subscriptionOf(stack: Stack, given: Members): Record<string, string> {
  const { Protocol, Endpoint, TopicArn, FilterPolicy, FilterPolicyScope, ...rest } = given
  if (Protocol !== 'sqs') throw new Error(`A subscription of ${TopicArn} is by ${Protocol}`)
  mayBeSentTo(stack, String(Endpoint), 'sns.amazonaws.com', String(TopicArn))
  if (FilterPolicy !== undefined) {
    compile(JSON.stringify(FilterPolicy)) // throws for what is no pattern
    if (Object.keys(members(FilterPolicy)).length > 5)
      throw new Error(`The filter policy of ${Endpoint} has more than five keys`)
  }
  const attributes = Object.entries({
    ...{ RawMessageDelivery: rest.RawMessageDelivery, RedrivePolicy: rest.RedrivePolicy },
    ...{ FilterPolicy, FilterPolicyScope },
  }).filter(([, value]) => value !== undefined)
  return {
    ...{ Protocol: 'sqs', Endpoint: String(Endpoint), TopicArn: String(TopicArn) },
    ...Object.fromEntries(
      attributes.flatMap(([name, value], at) => [
        [`Attributes.entry.${at + 1}.key`, name],
        [
          `Attributes.entry.${at + 1}.value`,
          typeof value === 'object' ? JSON.stringify(value) : String(value),
        ],
      ]),
    ),
  }
}

/** Throws when the queue's policies do not let a service send to it on behalf of a resource: AWS would drop the message. */
export function mayBeSentTo(
  stack: Stack,
  queueArn: string,
  service: string,
  sourceArn: string,
): void {
  const statements = stack.of('AWS::SQS::QueuePolicy').flatMap((policy) => {
    const { Queues: urls, PolicyDocument } = stack.propertiesOf(policy)
    const isOf = (urls as readonly string[]).some((url) =>
      url.endsWith(`/${queueArn.split(':').at(-1)}`),
    )
    return isOf ? list(members(PolicyDocument).Statement) : []
  })
  const request = {
    ...{ action: 'sqs:SendMessage', resource: queueArn, service },
    context: {
      'aws:SourceArn': sourceArn,
      'aws:SecureTransport': 'true',
      'aws:SourceAccount': place.account,
    },
  }
  if (!allows(statements, request))
    throw new Error(`No queue policy lets ${service} send to ${queueArn} for ${sourceArn}`)
}
