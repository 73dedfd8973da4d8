/**
 * Finds, for a value of one field, the rules that hang on it, without asking the others: by value,
 * prefix, suffix, a literal piece of a wildcard, number range or block of addresses. What is found may
 * yet not match; what is not found does not.
 */
import type { Clue } from './condition.ts'
import { append, type Found, found } from './found.ts'
import {
  addInterval,
  findIntervals,
  type Intervals,
  intervals,
  removeInterval,
} from './interval-tree.ts'
import { addressText } from './ip-address.ts'
import { addItem, addTo, removeFrom, removeItem } from './items.ts'
import { addPiece, findPieces, type Pieces, pieces, removePiece } from './pieces.ts'

/** Most have only one or two of these: a rule that hangs on two fields has one for its first value. */
export interface FieldIndex<Item> {
  size: number
  exact: Map<unknown, Item[]> | undefined
  prefixes: Affixes<Item> | undefined
  suffixes: Affixes<Item> | undefined
  ignoringCase: Map<string, Item[]> | undefined
  pieces: Pieces<Item> | undefined
  numbers: Intervals<number, Item> | undefined
  addresses: Intervals<string, Item> | undefined
  negated: Negated<Item> | undefined
  /** Those that any value may match. */
  any: Item[] | undefined
}

/** All but those that fail: 1,000 that exclude a value or two are answered by a few look-ups and a walk. */
interface Negated<Item> {
  /** In the order of adding: so are the results, which are long, and are not sorted. */
  all: Excluding<Item>[]
  /** How many of these were removed. */
  gone: number
  readonly byItem: Map<Item, Excluding<Item>>
  readonly byExcluded: FieldIndex<Excluding<Item>>
  readonly doubtful: Found<Excluding<Item>>
  searches: number
}

interface Excluding<Item> {
  /** None, when it was removed. */
  item: Item | undefined
  readonly clue: Not
  /** The last search that it failed. */
  failed: number
  /** Another one of the item. */
  readonly next: Excluding<Item> | undefined
}

type Not = Extract<Clue, { kind: 'not' }>

/** One look-up for each length that occurs. */
interface Affixes<Item> {
  readonly byText: Map<string, Item[]>
  readonly lengths: Map<number, number>
}

export function fieldIndex<Item>(): FieldIndex<Item> {
  return {
    size: 0,
    exact: undefined,
    prefixes: undefined,
    suffixes: undefined,
    ignoringCase: undefined,
    pieces: undefined,
    numbers: undefined,
    addresses: undefined,
    negated: undefined,
    any: undefined,
  }
}

export function addToIndex<Item>(index: FieldIndex<Item>, clue: Clue, item: Item): void {
  index.size++
  if (isEmpty(clue)) {
    index.any ??= []
    addItem(index.any, item)
    return
  }
  switch (clue.kind) {
    case 'exact':
      index.exact ??= new Map()
      addTo(index.exact, clue.value, item)
      break
    case 'prefix':
      index.prefixes ??= { byText: new Map(), lengths: new Map() }
      addAffix(index.prefixes, clue.text, item)
      break
    case 'suffix':
      index.suffixes ??= { byText: new Map(), lengths: new Map() }
      addAffix(index.suffixes, clue.text, item)
      break
    case 'ignore-case':
      index.ignoringCase ??= new Map()
      addTo(index.ignoringCase, clue.text, item)
      break
    case 'contains':
      index.pieces ??= pieces()
      addPiece(index.pieces, clue.text, item)
      break
    case 'numbers':
      index.numbers ??= intervals()
      addInterval(index.numbers, clue.low, clue.high, item)
      break
    case 'addresses':
      index.addresses ??= intervals()
      addInterval(index.addresses, clue.low, afterAll(clue.high), item)
      break
    case 'not':
      index.negated ??= negated()
      addNegated(index.negated, clue, item)
      break
  }
}

/** Of a clue by which the item was added; all of an item's clues are removed in one go. */
export function removeFromIndex<Item>(index: FieldIndex<Item>, clue: Clue, item: Item): void {
  const { exact, prefixes, suffixes, ignoringCase, pieces, numbers, addresses, negated, any } =
    index
  index.size--
  if (isEmpty(clue)) {
    if (any !== undefined) removeItem(any, item)
  } else if (clue.kind === 'exact') {
    if (exact !== undefined) removeFrom(exact, clue.value, item)
  } else if (clue.kind === 'ignore-case') {
    if (ignoringCase !== undefined) removeFrom(ignoringCase, clue.text, item)
  } else if (clue.kind === 'contains') {
    if (pieces !== undefined) removePiece(pieces, clue.text, item)
  } else if (clue.kind === 'numbers') {
    if (numbers !== undefined) removeInterval(numbers, clue.low, clue.high, item)
  } else if (clue.kind === 'addresses') {
    if (addresses !== undefined) removeInterval(addresses, clue.low, afterAll(clue.high), item)
  } else if (clue.kind === 'not') {
    if (negated !== undefined) removeNegated(negated, item)
  } else {
    const affixes = clue.kind === 'prefix' ? prefixes : suffixes
    if (affixes !== undefined) removeAffix(affixes, clue.text, item)
  }
}

/** Whether it tells nothing of a value. */
function isEmpty(clue: Clue): clue is Extract<Clue, { kind: 'any' }> {
  const { kind } = clue
  return (
    kind === 'any' ||
    ((kind === 'prefix' || kind === 'suffix' || kind === 'contains') && clue.text === '')
  )
}

/** What begins with the highest address lies below this, followed by more than a digit. */
function afterAll(high: string): string {
  return `${high}~`
}

function addAffix<Item>({ byText, lengths }: Affixes<Item>, text: string, item: Item): void {
  const { length } = text
  lengths.set(length, (lengths.get(length) ?? 0) + 1)
  addTo(byText, text, item)
}

function removeAffix<Item>({ byText, lengths }: Affixes<Item>, text: string, item: Item): void {
  const { length } = text
  removeFrom(byText, text, item)
  const left = (lengths.get(length) ?? 0) - 1
  if (left > 0) lengths.set(length, left)
  else lengths.delete(length)
}

function negated<Item>(): Negated<Item> {
  return {
    all: [],
    gone: 0,
    byItem: new Map(),
    byExcluded: fieldIndex(),
    doubtful: found(),
    searches: 0,
  }
}

function addNegated<Item>({ all, byItem, byExcluded }: Negated<Item>, clue: Not, item: Item): void {
  const excluding = { item, clue, failed: 0, next: byItem.get(item) }
  byItem.set(item, excluding)
  all.push(excluding)
  for (const other of clue.others) addToIndex(byExcluded, other, excluding)
}

/** By all of its clues. */
function removeNegated<Item>(negated: Negated<Item>, item: Item): void {
  const { byItem, byExcluded } = negated
  let excluding = byItem.get(item)
  byItem.delete(item)
  for (; excluding !== undefined; excluding = excluding.next) {
    for (const other of excluding.clue.others) removeFromIndex(byExcluded, other, excluding)
    excluding.item = undefined
    negated.gone++
  }
  if (negated.gone <= negated.all.length / 2) return
  negated.all = negated.all.filter((each) => each.item !== undefined)
  negated.gone = 0
}

function findNegated<Item>(negated: Negated<Item>, value: unknown, found: Found<Item>): void {
  const { all, byExcluded, doubtful } = negated
  const search = ++negated.searches
  doubtful.count = 0
  findInIndex(byExcluded, value, doubtful)
  for (let at = 0; at < doubtful.count; at++) {
    const excluding = doubtful.items[at] as Excluding<Item>
    if (!excluding.clue.test(value)) excluding.failed = search
  }
  for (const each of all)
    if (each.failed !== search && each.item !== undefined) found.items[found.count++] = each.item
}

/** Appends all that the value may match; an item that was added by several clues may come again. */
export function findInIndex<Item>(
  index: FieldIndex<Item>,
  value: unknown,
  found: Found<Item>,
): void {
  const { exact, numbers, addresses, negated, any } = index
  append(found, any)
  if (negated !== undefined) findNegated(negated, value, found)
  if (exact !== undefined) append(found, exact.get(value))
  if (typeof value === 'string') findText(index, value, found)
  else if (numbers !== undefined && Number.isFinite(value))
    findIntervals(numbers.root, value as number, found)
  if (addresses !== undefined) {
    const address = addressText(value)
    if (address !== undefined) findIntervals(addresses.root, address, found)
  }
}

function findText<Item>(index: FieldIndex<Item>, value: string, found: Found<Item>): void {
  const { prefixes, suffixes, ignoringCase, pieces } = index
  if (prefixes !== undefined)
    for (const length of prefixes.lengths.keys())
      if (length <= value.length) append(found, prefixes.byText.get(value.slice(0, length)))
  if (suffixes !== undefined)
    for (const length of suffixes.lengths.keys())
      if (length <= value.length) append(found, suffixes.byText.get(value.slice(-length)))
  if (ignoringCase !== undefined) append(found, ignoringCase.get(value.toLowerCase()))
  if (pieces !== undefined) findPieces(pieces, value, found)
}
