/**
 * How many events a second are matched, from their text, beside how many of the same texts JSON.parse
 * reads: on a busy or a slow machine only the ratio says something. One JSON line for each set of rules.
 * Events and rules are made up, the same in every run, in the shape of those on a bus.
 */
import { stdout } from 'node:process'
import { compile, RuleSet } from './index.ts'

const random = seeded(20_260_823)
const words = 'Order Invoice Payment Shipment Instance Task Build Job User Object'.split(' ')
const verbs = 'Created Updated Deleted Completed Failed Started'.split(' ')
const states = 'pending running stopping stopped failed completed cancelled terminated'.split(' ')

const source = () => `com.acme.svc${whole(100)}`
const detailType = () => `${pick(words)} ${pick(verbs)} v${whole(7)}`
const address = () => `10.${whole(4)}.${whole(256)}.${whole(256)}`
const hex = (length: number) => Array.from({ length }, () => whole(16).toString(16)).join('')

const events = Array.from({ length: 2_000 }, () => JSON.stringify(anEvent()))

const operators: Record<string, () => unknown> = {
  exact: () => `t${whole(500)}`,
  prefix: () => ({ prefix: `t${whole(50)}` }),
  suffix: () => ({ suffix: `${whole(100)}` }),
  'equals-ignore-case': () => ({ 'equals-ignore-case': `T${whole(500)}` }),
  'prefix equals-ignore-case': () => ({ prefix: { 'equals-ignore-case': `T${whole(50)}` } }),
  'suffix equals-ignore-case': () => ({ suffix: { 'equals-ignore-case': `${whole(100)}` } }),
  wildcard: () => ({ wildcard: `t*${whole(10)}*${whole(10)}` }),
  'anything-but': () => ({ 'anything-but': [`t${whole(500)}`, `t${whole(500)}`] }),
  'anything-but prefix': () => ({ 'anything-but': { prefix: `t${whole(50)}` } }),
  'anything-but wildcard': () => ({ 'anything-but': { wildcard: `t*${whole(10)}` } }),
  exists: () => ({ exists: true }),
}

for (const [name, matcher] of Object.entries(operators))
  measure(
    name,
    many(5, () => ({ detail: { metadata: { tenant: [matcher()] } } })),
  )
measure(
  'numeric',
  many(5, () => ({ detail: { amount: [range(10_000, 100)] } })),
)
measure(
  'cidr',
  many(5, () => ({ detail: { sourceIPAddress: [{ cidr: `${address()}/16` }] } })),
)
measure(
  '$or',
  many(5, () => ({ $or: [{ source: [source()] }, { detail: { state: [pick(states)] } }] })),
)
measure('arrays', many(5, anArrayRule))
measure('arrays and all operators', [
  ...many(10, anArrayRule),
  ...Object.values(operators).flatMap((matcher) =>
    many(3, () => ({ detail: { metadata: { tenant: [matcher()] } } })),
  ),
])

for (const size of [1, 10, 100, 1_000, 10_000, 100_000])
  measure(
    'exact',
    many(size, () => ({ detail: { 'instance-id': [`i-${hex(17)}`] } })),
  )
for (const size of [100, 10_000])
  measure(
    'numeric',
    many(size, () => ({ detail: { amount: [range(10_000, 1)] } })),
  )
for (const size of [100, 10_000])
  measure(
    'prefix',
    many(size, () => ({ detail: { 'instance-id': [{ prefix: `i-${hex(4)}` }] } })),
  )
for (const size of [10, 100, 1_000])
  measure(
    'anything-but',
    many(size, () => ({
      detail: { state: [{ 'anything-but': [pick(states), `s${whole(500)}`] }] },
    })),
  )
for (const size of [10, 100, 1_000, 10_000])
  measure(
    'source, detail-type and a field',
    many(size, (at) => aBusRule(at)),
  )

for (const size of [1_000, 100_000])
  measureDeleting(
    'a source and a detail-type that all rules have',
    many(size, () => ({ source: ['com.acme.svc1'], 'detail-type': ['Order Created v1'] })),
  )

const one = compile({ source: [source()], 'detail-type': [{ prefix: 'Order ' }] })
measureMatch('one pattern, compiled', 1, (event) => (one(event) ? 1 : 0))

function measure(name: string, patterns: readonly object[]): void {
  const rules = new RuleSet<number>()
  const began = performance.now()
  patterns.forEach((pattern, id) => rules.add(id, pattern))
  const addMicroseconds = ((performance.now() - began) * 1_000) / patterns.length
  measureMatch(name, patterns.length, (event) => rules.match(event).length, addMicroseconds)
}

function measureDeleting(set: string, patterns: readonly object[]): void {
  const rules = new RuleSet<number>()
  patterns.forEach((pattern, id) => rules.add(id, pattern))
  const milliseconds = timed(() => {
    for (let id = 0; id < patterns.length; id++) rules.delete(id)
  })
  const deleteMicroseconds = Number(((milliseconds * 1_000) / patterns.length).toFixed(1))
  stdout.write(`${JSON.stringify({ set, rules: patterns.length, deleteMicroseconds })}\n`)
}

/** The best of many short rounds, in turns with JSON.parse: what other programs take falls out. */
function measureMatch(
  set: string,
  rules: number,
  match: (event: string) => number,
  addMicroseconds?: number,
): void {
  let hits = 0
  let [matching, parsing] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  const began = performance.now()
  for (let round = 0; round < 8 || (round < 60 && performance.now() - began < 1_500); round++) {
    parsing = Math.min(
      parsing,
      timed(() => events.forEach((event) => JSON.parse(event))),
    )
    hits = 0
    matching = Math.min(
      matching,
      timed(() => {
        for (const event of events) hits += match(event)
      }),
    )
  }
  const perSecond = Math.round((events.length / matching) * 1_000)
  const jsonParsePerSecond = Math.round((events.length / parsing) * 1_000)
  const ratio = Number((parsing / matching).toFixed(2))
  const line = { set, rules, hits, perSecond, jsonParsePerSecond, ratio }
  const added = addMicroseconds && { addMicroseconds: Number(addMicroseconds.toFixed(1)) }
  stdout.write(`${JSON.stringify({ ...line, ...added })}\n`)
}

function timed(work: () => void): number {
  const began = performance.now()
  work()
  return performance.now() - began
}

function anEvent(): object {
  const account = String(100_000_000_000 + whole(1e11))
  const instance = `i-${hex(17)}`
  const items = many(1 + whole(4), () => ({
    sku: `SKU-${whole(9_000) + 1_000}`,
    qty: 1 + whole(9),
    price: whole(100_000) / 100,
  }))
  return {
    version: '0',
    id: [8, 4, 4, 4, 12].map(hex).join('-'),
    'detail-type': detailType(),
    source: source(),
    account,
    time: new Date(1_770_000_000_000 + whole(3e7) * 1_000).toISOString(),
    region: pick(['us-east-1', 'us-west-2', 'eu-central-1']),
    resources: [`arn:aws:ec2:us-east-1:${account}:instance/${instance}`],
    detail: {
      'instance-id': instance,
      state: pick(states),
      metadata: { tenant: `t${whole(500)}`, correlationId: hex(32), tags: ['prod', pick(states)] },
      amount: whole(1_000_000) / 100,
      count: whole(30),
      sourceIPAddress: address(),
      items,
      user: { name: `Eve${whole(100)}`, email: `u${whole(10_000)}@example.com` },
    },
  }
}

function anArrayRule(): object {
  const qty = [{ numeric: ['>=', 1 + whole(9)] }]
  return { detail: { items: { sku: [{ prefix: `SKU-${1 + whole(9)}` }], qty } } }
}

/** Every second rule asks for a field of the detail too, each kind of it as often. */
function aBusRule(at: number): object {
  const types = [detailType(), detailType()]
  const rule = { source: [source()], 'detail-type': types }
  if (at % 12 === 11)
    return {
      ...rule,
      'detail-type': [{ prefix: types[0]?.slice(0, 9) }],
      detail: { sourceIPAddress: [{ cidr: `${address()}/16` }] },
    }
  const detail = [
    { state: [pick(states), pick(states)] },
    { amount: [{ numeric: ['>', whole(10_000)] }] },
    { state: [{ 'anything-but': [pick(states)] }] },
    { metadata: { tenant: [`t${whole(500)}`] } },
    {
      items: { sku: [{ wildcard: `SKU-${whole(10)}*${whole(10)}` }], qty: [{ numeric: ['>', 2] }] },
    },
  ][at % 12]
  return detail === undefined ? rule : { ...rule, detail }
}

function range(most: number, width: number): object {
  const low = whole(most * 100) / 100
  return { numeric: ['>=', low, '<', low + width] }
}

function many<T>(size: number, make: (at: number) => T): T[] {
  return Array.from({ length: size }, (_, at) => make(at))
}

function pick<T>(values: readonly T[]): T {
  return values[whole(values.length)] as T
}

function whole(below: number): number {
  return Math.floor(random() * below)
}

/** mulberry32. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296
  }
}
