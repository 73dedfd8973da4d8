/** A table's stream, read from its beginning on, shard by shard, as the services of AWS read it for their users. */
import type { DynamoDBStreams, _Record as StreamRecord } from '@aws-sdk/client-dynamodb-streams'
import { place } from './template.ts'

export interface StreamReader {
  /** What came since the last time, oldest first; maybe nothing. */
  read(): Promise<readonly object[]>
}

/** A reader that is made again with the same `position` goes on where that one was. */
export interface Position {
  /** Sequence numbers of what was read last, by shard. */
  readonly after: Map<string, string>
  readonly finished: Set<string>
}
export const beginning = (): Position => ({ after: new Map(), finished: new Set() })

/** Shards are looked for again so often: a table on this machine hardly ever gets a new one. */
const shardsMs = 5_000
const tooOld = ['TrimmedDataAccessException', 'ExpiredIteratorException']

export function streamReader(
  streams: DynamoDBStreams,
  StreamArn: string,
  position: Position,
): StreamReader {
  const iterators = new Map<string, string>()
  let lookedAt = Number.NEGATIVE_INFINITY
  let shards: readonly string[] = []

  async function look(): Promise<void> {
    const { StreamDescription } = await streams.describeStream({ StreamArn })
    shards = (StreamDescription?.Shards ?? []).flatMap(({ ShardId }) => ShardId ?? [])
    lookedAt = performance.now()
  }
  async function iterator(ShardId: string): Promise<string> {
    const after = position.after.get(ShardId)
    const { ShardIterator = '' } = await streams.getShardIterator({
      ...{ StreamArn, ShardId },
      ...(after === undefined
        ? { ShardIteratorType: 'TRIM_HORIZON' }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after }),
    })
    return ShardIterator
  }

  /** An iterator becomes old. DynamoDB Local's becomes it at once when the shard was empty. */
  async function recordsOf(shard: string) {
    const known = iterators.get(shard)
    if (known !== undefined)
      try {
        return await streams.getRecords({ ShardIterator: known })
      } catch (error) {
        if (!tooOld.includes((error as Error).name)) throw error
      }
    return streams.getRecords({ ShardIterator: await iterator(shard) })
  }

  return {
    async read() {
      if (performance.now() - lookedAt > shardsMs) await look()
      const read: object[] = []
      for (const shard of shards) {
        if (position.finished.has(shard)) continue
        const { Records = [], NextShardIterator } = await recordsOf(shard)
        const last = Records.at(-1)?.dynamodb?.SequenceNumber
        if (last !== undefined) position.after.set(shard, last)
        if (NextShardIterator === undefined) position.finished.add(shard)
        else iterators.set(shard, NextShardIterator)
        read.push(...Records.map((record) => asEvent(record, StreamArn)))
      }
      return read
    },
  }
}

/** As Lambda and Pipes pass it on: times in seconds, and the stream named. */
function asEvent({ dynamodb, ...rest }: StreamRecord, eventSourceARN: string): object {
  const { ApproximateCreationDateTime: at, ...images } = dynamodb ?? {}
  return {
    ...rest,
    awsRegion: place.region,
    dynamodb: { ApproximateCreationDateTime: Math.floor((at?.getTime() ?? 0) / 1_000), ...images },
    eventSourceARN,
  }
}
