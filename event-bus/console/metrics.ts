/**
 * What `GET /metrics` tells: what this process has done since it began, counted as it happens, and how it
 * and the store are, looked up when somebody asks. Series stay few: targets are named as long as they are.
 */
import { timeOf } from '../engine/event-id.ts'
import type { Inside } from '../engine/inside.ts'
import type { Health } from '../health.ts'
import { exposition, type Metric, type Sample } from './exposition.ts'

export interface ProcessNumbers {
  readonly rss: number
  readonly heapUsed: number
  readonly external: number
  readonly cpuSeconds: number
  /** In seconds since 1970. */
  readonly startedAt: number
  /** In seconds, since this was asked last. */
  readonly loopDelay: readonly (readonly [quantile: number, seconds: number])[]
}

/** Targets that have a label of their own; the others are one together. */
const mostTargets = 100
const others = '(others)'
/** Whoever asks gives up after 10 s, and is to see at least what needs no store. */
const storeMs = 5_000

export function metrics({
  inside,
  process,
  refused = () => 0,
}: {
  readonly inside: Pick<
    Inside,
    'watch' | 'store' | 'counts' | 'subscribers' | 'clock' | 'turnedAway'
  >
  readonly process: () => ProcessNumbers
  /** How many requests were turned away before they came to the bus. */
  readonly refused?: () => number
}): () => Promise<string> {
  const { store, clock, subscribers } = inside
  let [events, succeeded, failed, dead] = [0, 0, 0, 0]
  inside.watch({
    stored(rows) {
      events += rows.length
    },
    ended(outcome, startedAt) {
      if (outcome.kind === 'dead') dead++
      else if (startedAt === undefined)
        return // it was no attempt
      else if (outcome.kind === 'finished') succeeded++
      else if (outcome.row.error !== undefined) failed++ // or it is a part of a fan-out
    },
    closed() {},
  })

  const ofBus = (): readonly Metric[] => {
    let [running, planned, paused] = [0, 0, 0]
    for (const each of subscribers.values()) {
      running += each.running
      planned += each.planned
      if (each.paused) paused++
    }
    return [
      counter('busbar_events_stored_total', 'Events that this process has stored.', events),
      {
        ...{ name: 'busbar_deliveries_total', type: 'counter' },
        help: 'Attempts of this process that ended: failed ones are made again, dead ones are not.',
        samples: Object.entries({ succeeded, failed, dead }).map(([outcome, value]) => ({
          ...{ labels: { outcome }, value },
        })),
      },
      {
        ...{ name: 'busbar_turned_away_total', type: 'counter' },
        help: 'Writes that this process took no more because too many waited for a commit or it did not end, and requests because too many were under way.',
        samples: Object.entries({ write: inside.turnedAway(), request: refused() }).map(
          ([what, value]) => ({ ...{ labels: { what }, value } }),
        ),
      },
      gauge('busbar_deliveries_under_way', 'Attempts that this process is making.', running),
      gauge(
        'busbar_deliveries_in_memory',
        'Deliveries of new events that this process has in memory, with those under way.',
        planned,
      ),
      gauge('busbar_targets', 'Targets that this process delivers to.', subscribers.size),
      gauge('busbar_targets_paused', 'Targets that are paused.', paused),
    ]
  }

  async function ofStore(): Promise<readonly Metric[]> {
    const now = clock.now().getTime()
    const [counts, bytes, health] = await Promise.all([
      inside.counts(),
      store.size(),
      store.health?.(now),
    ])
    const byTarget = (which: 'waiting' | 'dead') =>
      named([...counts].map(([target, each]) => [target, each[which]] as const))
    return [
      gauges(
        'busbar_deliveries_waiting',
        'Deliveries that wait in the store, of all processes.',
        byTarget('waiting'),
      ),
      gauges(
        'busbar_dead_letters',
        'Dead letters in the store, of all processes.',
        byTarget('dead'),
      ),
      gauge('busbar_log_bytes', 'Bytes of the store that are in use.', bytes),
      ...(health ? ofHealth(health, now) : []),
    ]
  }

  /** Null when the store does not answer. */
  async function inTime(): Promise<readonly Metric[] | null> {
    let cancel = () => {}
    const late = new Promise<null>((resolve) => {
      cancel = clock.after(storeMs, () => resolve(null))
    })
    const asked = ofStore().catch(() => null)
    const known = await Promise.race([asked, late])
    cancel()
    return known
  }

  return async () => {
    const known = await inTime()
    return exposition([
      ...ofBus(),
      gauge('busbar_store_up', 'Whether the store answers: 1 or 0.', known ? 1 : 0),
      ...(known ?? []),
      ...ofProcess(process()),
    ])
  }
}

function ofHealth(health: Health, now: number): readonly Metric[] {
  const { parts, oldestEvent, overdue, oldestTransaction, cluster } = health
  const part = (of: (each: Health['parts'][number]) => number | undefined): Sample[] =>
    parts.flatMap((each) => {
      const value = of(each)
      return value === undefined ? [] : [{ labels: { part: each.name }, value }]
    })
  const node = (of: (each: NonNullable<Health['cluster']>['nodes'][number]) => number) =>
    cluster?.nodes.map((each) => ({ labels: { node: each.number }, value: of(each) })) ?? []
  const seconds = (from: number) => Math.max(0, now - from) / 1_000
  return [
    gauges(
      'busbar_store_part_bytes',
      'Bytes on the disk.',
      part(({ bytes }) => bytes),
    ),
    gauges(
      'busbar_store_part_rows',
      'Rows, as far as they are known.',
      part(({ rows }) => rows),
    ),
    gauges(
      'busbar_store_part_dead_rows',
      'Deleted rows that take room until they are cleaned away.',
      part(({ deadRows }) => deadRows),
    ),
    gauge(
      'busbar_oldest_waiting_event_age_seconds',
      'Age of the oldest event that a delivery waits for; 0 when none waits.',
      oldestEvent === null ? 0 : seconds(timeOf(oldestEvent)),
    ),
    gauges(
      'busbar_target_overdue_seconds',
      'For how long a delivery of the target has been due that waits.',
      named(
        overdue.map(([target, due]) => [target, seconds(due)] as const),
        Math.max,
      ),
    ),
    ...(oldestTransaction === undefined
      ? []
      : [
          gauge(
            'busbar_oldest_transaction_seconds',
            'Age of the oldest transaction that holds back cleaning; 0 when there is none.',
            (oldestTransaction?.ms ?? 0) / 1_000,
          ),
        ]),
    ...(cluster
      ? [
          gauge('busbar_cluster_nodes', 'Nodes that live.', cluster.nodes.length),
          gauges(
            'busbar_node_epoch',
            'The life of a node, by its number.',
            node((n) => n.epoch),
          ),
          gauges(
            'busbar_node_silent_seconds',
            'For how long this process has not heard the node.',
            node((n) => n.silentMs / 1_000),
          ),
          gauge(
            'busbar_clock_offset_seconds',
            "This process's clock less that of the store.",
            (now - cluster.now) / 1_000,
          ),
        ]
      : []),
  ]
}

const ofProcess = (of: ProcessNumbers): readonly Metric[] => [
  gauge('busbar_process_resident_memory_bytes', 'Memory of this process.', of.rss),
  gauge('busbar_process_heap_used_bytes', 'Of that, objects of JavaScript.', of.heapUsed),
  gauge('busbar_process_external_memory_bytes', 'Of that, beside its objects.', of.external),
  counter('busbar_process_cpu_seconds_total', 'Time of processors.', of.cpuSeconds),
  gauge('busbar_process_start_time_seconds', 'When it began, since 1970.', of.startedAt),
  gauges(
    'busbar_event_loop_delay_seconds',
    'How late the event loop was since this was asked last; 1 is the latest.',
    of.loopDelay.map(([quantile, value]) => ({ labels: { quantile }, value })),
  ),
]

/** Those with the most by their names, the others together. Zero is told by saying nothing. */
function named(
  values: readonly (readonly [target: string, value: number])[],
  joined: (a: number, b: number) => number = (a, b) => a + b,
): readonly Sample[] {
  const most = values.filter(([, value]) => value > 0).toSorted(([, a], [, b]) => b - a)
  const shown = most.slice(0, mostTargets).map(([target, value]) => ({ labels: { target }, value }))
  const rest = most.slice(mostTargets)
  if (rest.length === 0) return shown
  const value = rest.map(([, each]) => each).reduce(joined, 0)
  return [...shown, { labels: { target: others }, value }]
}

const gauges = (name: string, help: string, samples: readonly Sample[]): Metric => ({
  ...{ name, type: 'gauge', help, samples },
})
const gauge = (name: string, help: string, value: number): Metric => gauges(name, help, [{ value }])
const counter = (name: string, help: string, value: number): Metric => ({
  ...{ name, type: 'counter', help, samples: [{ value }] },
})
