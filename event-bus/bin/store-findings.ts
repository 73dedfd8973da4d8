/** What `busbar doctor` makes of what the store tells of itself, and of the nodes of a cluster. */
import type {
  DescribedCluster,
  DescribedStatus,
  DescribedStore,
} from '../event-bridge/busbar-answers.ts'
import type { OnWire } from './client.ts'
import { type Finding, note, ok, wrong } from './finding.ts'
import { counted } from './table.ts'
import { roughly } from './times.ts'

type Status = Pick<OnWire<DescribedStatus>, 'Time' | 'Targets' | 'Store' | 'Cluster'>

/** A delivery that is due may wait so long in a busy second. */
const noticedOverdue = 60
const longOverdue = 3_600
/** A backup reads in one transaction, too. */
const noticedTransaction = 60
const longTransaction = 600
/** Rows that were deleted; below that, cleaning is not worth its time. */
const manyDead = 100_000
/** A write-ahead log that grows beyond this is not being taken into the file. */
const largeLog = 1_073_741_824
const noticedSkew = 5
/** Of the time until it is taken for dead. */
const noticedSilence = 0.5
/** So many of one kind are told one by one. */
const most = 5

export function stored({ Time, Targets, Store, Cluster }: Status): readonly Finding[] {
  return [
    ...(Cluster ? nodes(Cluster, Time) : []),
    ...(Store
      ? [...parts(Store), ...transaction(Store), ...bloat(Store), ...overdue(Store, Targets, Time)]
      : []),
  ]
}

function* nodes(
  { Nodes, DeadAfterSeconds, Time }: OnWire<DescribedCluster>,
  here: number,
): Generator<Finding> {
  const list = Nodes.map(({ Number: number, Epoch, Address, IsThis }) => {
    const at = Address === undefined ? '' : ` at ${Address}`
    return `${number}${at} (epoch ${Epoch}${IsThis ? ', which answers' : ''})`
  })
  yield ok(`a cluster of ${counted(Nodes.length, 'node')}: ${list.join(', ')}`)
  for (const { Number: number, SilentSeconds, IsThis } of Nodes)
    if (SilentSeconds >= DeadAfterSeconds * noticedSilence)
      yield IsThis
        ? wrong(
            `the node that answers has not heard its database for ${roughly(SilentSeconds * 1_000)}`,
            `See whether PostgreSQL answers, and how long it takes; after ${roughly(DeadAfterSeconds * 1_000)} others take this node for dead.`,
          )
        : wrong(
            `node ${number} has not been heard for ${roughly(SilentSeconds * 1_000)}`,
            `See whether it runs and reaches the database. After ${roughly(DeadAfterSeconds * 1_000)} the others take up what it had; if it wakes, it ends and is to be started again.`,
          )
  const apart = Math.abs(Time - here)
  if (apart >= noticedSkew)
    yield note(
      `the clocks of the node that answers and of its database are ${roughly(apart * 1_000)} apart`,
      'Set both by NTP: nothing is lost by it, but events and retries have their times from the nodes.',
    )
}

function* parts({ Parts, OldestWaitingEventTime }: OnWire<DescribedStore>): Generator<Finding> {
  const on = Parts.map(({ Name, Bytes }) => `${Name} ${megabytes(Bytes)}`)
  const waits =
    OldestWaitingEventTime === undefined
      ? ''
      : `; the oldest event that a delivery waits for is of ${new Date(OldestWaitingEventTime * 1_000).toISOString()}`
  yield ok(`on the disk: ${on.join(', ')}${waits}`)
  for (const { Name, Bytes } of Parts)
    if (Name === 'write-ahead log' && Bytes > largeLog)
      yield wrong(
        `the write-ahead log has ${megabytes(Bytes)}, and should have been taken into the file`,
        'See whether the disk is full or another program has the file open, and restart the bus.',
      )
}

function* transaction({ OldestTransaction }: OnWire<DescribedStore>): Generator<Finding> {
  if (!OldestTransaction || OldestTransaction.Seconds < noticedTransaction) return
  const { Name, Seconds } = OldestTransaction
  const finding = `a transaction of ${Name} has been open for ${roughly(Seconds * 1_000)}: rows that were deleted since cannot be cleaned away`
  const [, pid] = /^pid (\d+)/.exec(Name) ?? []
  const [, gid] = /^prepared (.*)$/.exec(Name) ?? []
  const look =
    pid === undefined
      ? `End it, if nobody needs it: rollback prepared '${gid ?? Name}'`
      : `See what it does (select * from pg_stat_activity where pid = ${pid}). End it, if it is no backup: select pg_terminate_backend(${pid})`
  yield Seconds < longTransaction ? note(finding, look) : wrong(finding, look)
}

function* bloat({ Parts, OldestTransaction }: OnWire<DescribedStore>): Generator<Finding> {
  for (const { Name, Bytes, Rows = 0, DeadRows = 0 } of Parts) {
    if (DeadRows < manyDead || DeadRows < Rows) continue
    const isHeld = (OldestTransaction?.Seconds ?? 0) >= noticedTransaction
    yield wrong(
      `the table ${Name} has ${counted(DeadRows, 'dead row')} and ${counted(Rows, 'living one')} in ${megabytes(Bytes)}`,
      isHeld
        ? 'End the old transaction; autovacuum does the rest.'
        : `See that autovacuum is on and keeps up (pg_stat_progress_vacuum, autovacuum_vacuum_cost_limit), or: vacuum ${Name}`,
    )
  }
}

function* overdue(
  { Overdue }: OnWire<DescribedStore>,
  targets: Status['Targets'],
  now: number,
): Generator<Finding> {
  const works = new Set(targets.flatMap((t) => (t.Known && !t.Paused ? [t.Target] : [])))
  const late = Overdue.filter(
    ({ Target, Since }) => works.has(Target) && now - Since >= noticedOverdue,
  )
  for (const { Target, Since } of late.slice(0, most)) {
    const found = `a delivery for ${Target} has been due for ${roughly((now - Since) * 1_000)} and was not attempted`
    const help =
      'The target takes less than comes, by its rate limit or its answers: see how long they take, and allow more at a time.'
    yield now - Since < longOverdue ? note(found, help) : wrong(found, help)
  }
  if (late.length > most) yield note(`and ${late.length - most} more targets are behind`)
}

const megabytes = (bytes: number): string =>
  `${(bytes / 1_048_576).toLocaleString('en-US', { maximumFractionDigits: 1 })} MB`
