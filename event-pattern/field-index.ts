/**
 * Finds, for a value of one field, the rules that hang on it, without asking the others: by value,
 * prefix, suffix, a literal piece of a wildcard, number range or block of addresses. What is found may
 * yet not match; what is not found does not.
 */
import type { Clue, Test } from './condition.ts'
import { append, type Found, found } from './found.ts'
import { addInterval, findIntervals, type Intervals, intervals } from './interval-tree.ts'
import { addressText } from './ip-address.ts'

/** Most have only one or two of these: a rule that hangs on two fields has one for its first value. */
export interface FieldIndex<Item> {
  size: number
  exact: Map<unknown, Item[]> | undefined
  prefixes: Affixes<Item> | undefined
  suffixes: Affixes<Item> | undefined
  ignoringCase: Map<string, Item[]> | undefined
  pieces: Map<number, Item[]> | undefined
  numbers: Intervals<number, Item> | undefined
  addresses: Intervals<string, Item> | undefined
  negated: Negated<Item> | undefined
  /** Those that any value may match. */
  any: Item[] | undefined
}

/** All but those that fail: 1,000 that exclude a value or two are answered by a few look-ups and a walk. */
interface Negated<Item> {
  readonly all: Excluding<Item>[]
  readonly byExcluded: FieldIndex<Excluding<Item>>
  readonly doubtful: Found<Excluding<Item>>
  searches: number
}

interface Excluding<Item> {
  readonly item: Item
  readonly test: Test
  /** The last search that it failed. */
  failed: number
}

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

/** Answers what undoes it. */
export function addToIndex<Item>(index: FieldIndex<Item>, clue: Clue, item: Item): () => void {
  index.size++
  const undo = add(index, clue, item)
  return () => {
    index.size--
    undo()
  }
}

function add<Item>(index: FieldIndex<Item>, clue: Clue, item: Item): () => void {
  switch (clue.kind) {
    case 'exact':
      index.exact ??= new Map()
      return addTo(index.exact, clue.value, item)
    case 'prefix':
      if (clue.text === '') break
      index.prefixes ??= { byText: new Map(), lengths: new Map() }
      return addAffix(index.prefixes, clue.text, item)
    case 'suffix':
      if (clue.text === '') break
      index.suffixes ??= { byText: new Map(), lengths: new Map() }
      return addAffix(index.suffixes, clue.text, item)
    case 'ignore-case':
      index.ignoringCase ??= new Map()
      return addTo(index.ignoringCase, clue.text, item)
    case 'contains':
      if (clue.text === '') break
      index.pieces ??= new Map()
      return addTo(index.pieces, rarestPiece(index.pieces, clue.text), item)
    case 'numbers': {
      const { low, high } = clue
      index.numbers ??= intervals()
      return addInterval(index.numbers, low, high, item)
    }
    case 'addresses':
      index.addresses ??= intervals()
      // What begins with the highest address lies below it, followed by more than a digit.
      return addInterval(index.addresses, clue.low, `${clue.high}~`, item)
    case 'not':
      index.negated ??= { all: [], byExcluded: fieldIndex(), doubtful: found(), searches: 0 }
      return addNegated(index.negated, clue.others, { item, test: clue.test, failed: 0 })
  }
  index.any ??= []
  const { any } = index
  any.push(item)
  return () => any.splice(any.indexOf(item), 1)
}

function addAffix<Item>({ byText, lengths }: Affixes<Item>, text: string, item: Item): () => void {
  const { length } = text
  lengths.set(length, (lengths.get(length) ?? 0) + 1)
  const undo = addTo(byText, text, item)
  return () => {
    undo()
    const left = (lengths.get(length) ?? 0) - 1
    if (left > 0) lengths.set(length, left)
    else lengths.delete(length)
  }
}

function addNegated<Item>(
  { all, byExcluded }: Negated<Item>,
  clues: readonly Clue[],
  excluding: Excluding<Item>,
): () => void {
  all.push(excluding)
  const undo = clues.map((clue) => addToIndex(byExcluded, clue, excluding))
  return () => {
    all.splice(all.indexOf(excluding), 1)
    for (const each of undo) each()
  }
}

function findNegated<Item>(negated: Negated<Item>, value: unknown, found: Found<Item>): void {
  const { all, byExcluded, doubtful } = negated
  const search = ++negated.searches
  doubtful.count = 0
  findInIndex(byExcluded, value, doubtful)
  for (let at = 0; at < doubtful.count; at++) {
    const excluding = doubtful.items[at] as Excluding<Item>
    if (!excluding.test(value)) excluding.failed = search
  }
  for (const each of all) if (each.failed !== search) found.items[found.count++] = each.item
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

/** Two characters as a number; a piece of one character is a negative one. */
function pair(text: string, at: number): number {
  return text.charCodeAt(at) * 65_536 + text.charCodeAt(at + 1)
}

function single(text: string, at: number): number {
  return -1 - text.charCodeAt(at)
}

function rarestPiece(pieces: ReadonlyMap<number, readonly unknown[]>, text: string): number {
  if (text.length === 1) return single(text, 0)
  let rarest = pair(text, 0)
  for (let at = 1; at < Math.min(text.length - 1, 64); at++) {
    const each = pair(text, at)
    if ((pieces.get(each)?.length ?? 0) < (pieces.get(rarest)?.length ?? 0)) rarest = each
  }
  return rarest
}

function findPieces<Item>(pieces: Map<number, Item[]>, value: string, found: Found<Item>): void {
  for (let at = 0; at < value.length; at++) {
    append(found, pieces.get(pair(value, at)))
    append(found, pieces.get(single(value, at)))
  }
}

function addTo<Key, Item>(map: Map<Key, Item[]>, key: Key, item: Item): () => void {
  const items = map.get(key)
  if (items === undefined) map.set(key, [item])
  else items.push(item)
  return () => {
    const left = map.get(key) ?? []
    if (left.length > 1) left.splice(left.indexOf(item), 1)
    else map.delete(key)
  }
}
