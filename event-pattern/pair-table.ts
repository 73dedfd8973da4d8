/**
 * What hangs on two values at once, by the numbers of both. Most pairs an event has are nobody's, and
 * that is told by one look into one array: with a Map of Maps, at 10,000 rules, most of matching was
 * waiting for memory.
 */
import { addItem, removeItem } from './items.ts'

export interface PairTable<Item> {
  buckets: (Pair<Item> | undefined)[]
  size: number
}

interface Pair<Item> {
  readonly first: number
  readonly second: number
  readonly items: Item[]
  next: Pair<Item> | undefined
}

export function pairTable<Item>(): PairTable<Item> {
  return { buckets: emptyBuckets(8), size: 0 }
}

export function findPair<Item>(
  { buckets }: PairTable<Item>,
  first: number,
  second: number,
): Item[] | undefined {
  let pair = buckets[bucketOf(first, second, buckets.length)]
  while (pair !== undefined && (pair.first !== first || pair.second !== second)) pair = pair.next
  return pair?.items
}

export function addPair<Item>(
  table: PairTable<Item>,
  first: number,
  second: number,
  item: Item,
): void {
  const known = findPair(table, first, second)
  if (known !== undefined) {
    addItem(known, item)
    return
  }
  if (++table.size > table.buckets.length / 2) grow(table)
  put(table.buckets, { first, second, items: [item], next: undefined })
}

export function removePair<Item>(
  table: PairTable<Item>,
  first: number,
  second: number,
  item: Item,
): void {
  const items = findPair(table, first, second)
  if (items === undefined) return
  removeItem(items, item)
  if (items.length === 0) forgetPair(table, first, second)
}

function forgetPair<Item>(table: PairTable<Item>, first: number, second: number): void {
  const { buckets } = table
  const bucket = bucketOf(first, second, buckets.length)
  let kept: Pair<Item> | undefined
  for (let pair = buckets[bucket]; pair !== undefined; ) {
    const { next } = pair
    if (pair.first !== first || pair.second !== second) {
      pair.next = kept
      kept = pair
    }
    pair = next
  }
  buckets[bucket] = kept
  table.size--
}

function grow<Item>(table: PairTable<Item>): void {
  const grown = emptyBuckets<Item>(table.buckets.length * 2)
  for (const first of table.buckets)
    for (let pair = first; pair !== undefined; ) {
      const { next } = pair
      put(grown, pair)
      pair = next
    }
  table.buckets = grown
}

function put<Item>(buckets: PairTable<Item>['buckets'], pair: Pair<Item>): void {
  const bucket = bucketOf(pair.first, pair.second, buckets.length)
  pair.next = buckets[bucket]
  buckets[bucket] = pair
}

function bucketOf(first: number, second: number, size: number): number {
  const mixed = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b)
  return (mixed ^ (mixed >>> 15)) & (size - 1)
}

function emptyBuckets<Item>(size: number): (Pair<Item> | undefined)[] {
  // All slots are written, because V8 reads arrays with holes more slowly.
  return new Array<Pair<Item> | undefined>(size).fill(undefined)
}
