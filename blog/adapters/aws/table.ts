/**
 * A DynamoDB table of the one shape that all of ours have: keys `pk` and `sk`, indexes `gsi1` and `gsi2`.
 * Whoever uses it deals in plain objects and in conditions, and never sees a conflict that passes.
 */
import { setTimeout as wait } from 'node:timers/promises'
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import { BusError } from '@busbar/event-bus'

export type Item = Readonly<Record<string, unknown>>
export interface Key {
  readonly pk: string
  readonly sk: string
}
/**
 * One write. Expressions name attributes `#name` and values `:name`, or bare where DynamoDB has no
 * such word of its own; `values` has the values by name.
 */
export type Write = (
  | { readonly put: Item & Key }
  | { readonly delete: Key }
  | { readonly update: Key; readonly set: string }
) & { readonly when?: string; readonly values?: Item }

export interface Query {
  readonly index?: 'gsi1' | 'gsi2'
  readonly pk: string
  /** Not including these. */
  readonly after?: string
  readonly before?: string
  readonly order?: 'ascending' | 'descending'
  /** All of them when absent. */
  readonly limit?: number
}

export interface DynamoTable {
  /** As it is now, not as it was a moment ago. */
  get(key: Key): Promise<Item | null>
  /**
   * By `sk`, ascending unless said otherwise, page by page. Of the table itself as it is now; an
   * index may be a moment behind.
   */
  query(query: Query): Promise<readonly Item[]>
  /**
   * All or none. Throws `ConditionFailed` when a condition does not hold. What merely met another
   * transaction is tried again; `ThrottlingException` when that does not help.
   */
  write(writes: readonly Write[]): Promise<void>
  /** One update, answered by the item as it is then. Throws as `write` does. */
  update(write: Extract<Write, { update: Key }>): Promise<Item>
}

export class ConditionFailed extends Error {
  readonly code = 'ConditionFailed'
  /** For each write in its place: the item that was found, null for none; undefined where nothing was wrong. */
  readonly found: readonly (Item | null | undefined)[]
  constructor(found: readonly (Item | null | undefined)[]) {
    super('A condition of a write does not hold')
    this.name = this.code
    this.found = found
  }
}

export const isConditionFailed = (error: unknown): error is ConditionFailed =>
  (error as { readonly code?: unknown } | null)?.code === 'ConditionFailed'

/** For those who meet at one item. The SDK's own attempts, for lost answers and for throttling, are beneath. */
const attempts = 20
const firstDelayMs = 10
const longestDelayMs = 400
const passing = ['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']

export function dynamoTable(
  client: DynamoDBClient,
  TableName: string,
  pause: (ms: number) => Promise<unknown> = wait,
): DynamoTable {
  async function insistently<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    for (let attempt = 1; ; attempt++)
      try {
        return await ask()
      } catch (error) {
        const failure = understood(error)
        if (failure !== 'passing') throw failure
        if (attempt === attempts)
          throw new BusError(
            'ThrottlingException',
            `Table ${TableName}: others write the same all the time. Try again later`,
            { cause: error },
          )
        await pause(Math.random() * Math.min(longestDelayMs, firstDelayMs * 2 ** attempt))
      }
  }

  const request = (write: Write) => ({
    TableName,
    ...('put' in write && { Item: marshalled(write.put) }),
    ...('delete' in write && { Key: keyOf(write.delete) }),
    ...('update' in write && { Key: keyOf(write.update), UpdateExpression: write.set }),
    ...(write.when !== undefined && { ConditionExpression: write.when }),
    ...expression(`${'set' in write ? write.set : ''} ${write.when ?? ''}`, write.values),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  })

  const updateOf = (write: Extract<Write, { update: Key }>) => ({
    ...request(write),
    Key: keyOf(write.update),
  })

  async function writeOne(write: Write): Promise<void> {
    const input = request(write) as never
    if ('put' in write) await client.send(new PutItemCommand(input))
    else if ('delete' in write) await client.send(new DeleteItemCommand(input))
    else await client.send(new UpdateItemCommand(input))
  }

  const transacted = (write: Write): TransactWriteItem => {
    const input = request(write) as never
    if ('put' in write) return { Put: input }
    return 'delete' in write ? { Delete: input } : { Update: input }
  }

  return {
    async get(key) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName, Key: keyOf(key), ConsistentRead: true }),
      )
      return Item ? unmarshall(Item) : null
    },

    async query({ index, pk, after, before, order = 'ascending', limit }) {
      const sk = `${index ?? ''}sk`
      // One range at most goes into a key's condition.
      const range =
        after !== undefined && before !== undefined
          ? ` AND ${sk} BETWEEN :after AND :before`
          : `${after === undefined ? '' : ` AND ${sk} > :after`}${before === undefined ? '' : ` AND ${sk} < :before`}`
      const found: Item[] = []
      let from: Record<string, AttributeValue> | undefined
      do {
        const { Items = [], LastEvaluatedKey } = await client.send(
          new QueryCommand({
            TableName,
            ...(index ? { IndexName: index } : { ConsistentRead: true }),
            KeyConditionExpression: `${index ?? ''}pk = :pk${range}`,
            ...expression(`:pk${range}`, { pk, after, before }),
            ScanIndexForward: order === 'ascending',
            // Two more: a BETWEEN includes its ends.
            ...(limit !== undefined && { Limit: limit - found.length + 2 }),
            ...(from && { ExclusiveStartKey: from }),
          }),
        )
        for (const item of Items.map((each) => unmarshall(each)))
          if (item[sk] !== after && item[sk] !== before) found.push(item)
        from = LastEvaluatedKey
      } while (from && (limit === undefined || found.length < limit))
      return limit === undefined ? found : found.slice(0, limit)
    },

    async write(writes) {
      const [first, ...others] = writes
      if (!first) return
      // Made once: its token has DynamoDB do it once, however often the SDK has to ask.
      const transaction = () =>
        new TransactWriteItemsCommand({ TransactItems: writes.map(transacted) })
      await insistently(async () => {
        if (others.length === 0) await writeOne(first)
        else await client.send(transaction())
      })
    },

    async update(write) {
      const { Attributes } = await insistently(() =>
        client.send(new UpdateItemCommand({ ...updateOf(write), ReturnValues: 'ALL_NEW' })),
      )
      return unmarshall(Attributes ?? {})
    },
  }
}

const marshalled = (item: Item) => marshall(item, { removeUndefinedValues: true })
const keyOf = ({ pk, sk }: Key) => marshalled({ pk, sk })

/** The names and values that a text of expressions has. */
function expression(text: string, values: Item = {}) {
  const names = new Set(text.match(/#\w+/g))
  const used = new Set(text.match(/:\w+/g))
  return {
    ...(names.size > 0 && {
      ExpressionAttributeNames: Object.fromEntries([...names].map((name) => [name, name.slice(1)])),
    }),
    ...(used.size > 0 && {
      ExpressionAttributeValues: marshalled(
        Object.fromEntries([...used].map((name) => [name, values[name.slice(1)]])),
      ),
    }),
  }
}

interface Reason {
  readonly Code?: string
  readonly Item?: Record<string, AttributeValue>
}

function understood(error: unknown): unknown {
  const {
    name,
    CancellationReasons: reasons,
    Item,
  } = error as Error & {
    readonly CancellationReasons?: readonly Reason[]
    readonly Item?: Record<string, AttributeValue>
  }
  if (name === 'ConditionalCheckFailedException')
    return new ConditionFailed([Item ? unmarshall(Item) : null])
  if (name === 'TransactionConflictException') return 'passing'
  if (name !== 'TransactionCanceledException' || !reasons) return error
  if (reasons.some(({ Code }) => Code === 'ConditionalCheckFailed'))
    return new ConditionFailed(
      reasons.map(({ Code, Item }) =>
        Code === 'ConditionalCheckFailed' ? (Item ? unmarshall(Item) : null) : undefined,
      ),
    )
  const codes = reasons.flatMap(({ Code = 'None' }) => (Code === 'None' ? [] : Code))
  return codes.length > 0 && codes.every((code) => passing.includes(code)) ? 'passing' : error
}
