/**
 * The places in events that patterns ask for, as a tree of keys, and what the last event had there.
 * A reader walks the tree together with an event and leaves in each place the values it met, each
 * with the array element it sits in; matching then looks at these alone. So an event is read once,
 * however many rules ask, and whatever no rule asks for is passed over.
 */

export interface Place {
  readonly key: string
  readonly parent: Place | undefined
  readonly children: Map<string, Place>
  /** The children of plain keys by {@link keySlot}, for readers of bytes. */
  table: (Child | undefined)[]
  /** How many fields ask for the value here. */
  uses: number
  /** The event that the values are of: those of an earlier one are left over. */
  event: number
  /** The last event that had a value here in an element of an array. */
  arrayEvent: number
  count: number
  /** Where a reader of text met them, values are cut out of it when they are asked for. */
  readonly values: unknown[]
  readonly starts: number[]
  readonly ends: number[]
  /** By value: its number among all values of the event, in the order of the text. */
  readonly orders: number[]
  /** By value: the innermost array element that it sits in. */
  readonly elements: number[]
}

export interface Child {
  readonly key: Uint8Array
  readonly place: Place
  next: Child | undefined
}

/** The tree, and of the event read last: its number, the places where it had values, its arrays. */
export interface Places {
  readonly root: Place
  event: number
  readonly found: Place[]
  foundCount: number
  valueCount: number
  readonly arrays: Arrays
  /** Reads a value from the event's text. */
  cut: (start: number, end: number) => unknown
}

/** Stands for a value that has not been cut out of the text yet. */
const uncut = Symbol('uncut')

/**
 * Arrays and their elements by number, in the order of the text. An element is an object or an array
 * in an array; number 0 stands for "in no array". Values begin and end by their orders.
 */
export interface Arrays {
  elementCount: number
  readonly parent: number[]
  readonly arrayOf: number[]
  readonly begin: number[]
  readonly end: number[]
  arrayCount: number
  readonly arrayBegin: number[]
  readonly arrayEnd: number[]
}

export function places(): Places {
  return {
    root: place('', undefined),
    event: 0,
    found: [],
    foundCount: 0,
    valueCount: 0,
    cut: () => undefined,
    arrays: {
      elementCount: 1,
      parent: [0],
      arrayOf: [0],
      begin: [0],
      end: [0],
      arrayCount: 0,
      arrayBegin: [],
      arrayEnd: [],
    },
  }
}

function place(key: string, parent: Place | undefined): Place {
  return {
    key,
    parent,
    children: new Map(),
    table: [],
    uses: 0,
    event: 0,
    arrayEvent: 0,
    count: 0,
    values: [],
    starts: [],
    ends: [],
    orders: [],
    elements: [],
  }
}

/** The place of a path, which readers will look for from now on. */
export function want({ root }: Places, keys: readonly string[]): Place {
  let at = root
  for (const key of keys) {
    let child = at.children.get(key)
    if (child === undefined) {
      child = place(key, at)
      at.children.set(key, child)
      addToTable(at, child)
    }
    at = child
  }
  at.uses++
  return at
}

/** One field fewer asks for the place; one that nobody asks for is forgotten. */
export function unwant(place: Place): void {
  place.uses--
  let at = place
  while (at.uses === 0 && at.children.size === 0 && at.parent !== undefined) {
    at.parent.children.delete(at.key)
    removeFromTable(at.parent.table, at)
    at = at.parent
  }
}

/** Begins an event: what earlier ones left no longer counts. */
export function begin(places: Places): void {
  places.event++
  places.foundCount = 0
  places.valueCount = 0
  places.arrays.elementCount = 1
  places.arrays.arrayCount = 0
}

/** A value was met at a place that is asked for. */
export function meet(places: Places, place: Place, value: unknown, element: number): void {
  if (place.event !== places.event) {
    place.event = places.event
    place.count = 0
    places.found[places.foundCount++] = place
  }
  const at = place.count++
  place.values[at] = value
  place.elements[at] = element
  if (element !== 0) place.arrayEvent = places.event
  place.orders[at] = places.valueCount++
}

/** A value was met in a text. */
export function meetText(
  places: Places,
  place: Place,
  start: number,
  end: number,
  element: number,
): void {
  meet(places, place, uncut, element)
  const at = place.count - 1
  place.starts[at] = start
  place.ends[at] = end
}

export function valueAt(places: Places, place: Place, at: number): unknown {
  const value = place.values[at]
  if (value !== uncut) return value
  const cut = places.cut(place.starts[at] as number, place.ends[at] as number)
  place.values[at] = cut
  return cut
}

export function enterArray({ arrays, valueCount }: Places): number {
  const array = arrays.arrayCount++
  arrays.arrayBegin[array] = valueCount
  return array
}

export function leaveArray({ arrays, valueCount }: Places, array: number): void {
  arrays.arrayEnd[array] = valueCount
}

export function enterElement({ arrays, valueCount }: Places, array: number, parent: number) {
  const element = arrays.elementCount++
  arrays.parent[element] = parent
  arrays.arrayOf[element] = array
  arrays.begin[element] = valueCount
  return element
}

export function leaveElement({ arrays, valueCount }: Places, element: number): void {
  arrays.end[element] = valueCount
}

/** Up to this size a table is filled well enough by what is quickly seen of a key. */
const smallTable = 256

/** The slot of a key, of at least one byte, in a table of that size, a power of two. */
export function keySlot(bytes: Uint8Array, start: number, end: number, size: number): number {
  if (size <= smallTable) {
    const hash = (end - start) * 5 + (bytes[start] as number) * 3 + (bytes[end - 1] as number)
    return hash & (size - 1)
  }
  let hash = end - start
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193)
  return (hash ^ (hash >>> 15)) & (size - 1)
}

const encoder = new TextEncoder()

function addToTable(parent: Place, child: Place): void {
  if (parent.children.size > parent.table.length) fillTable(parent)
  else putIntoTable(parent.table, child)
}

function fillTable(parent: Place): void {
  let size = parent.children.size === 0 ? 0 : 16
  while (size < parent.children.size * 2) size *= 2
  // All slots are written, because V8 reads arrays with holes more slowly.
  parent.table = new Array<Child | undefined>(size).fill(undefined)
  for (const child of parent.children.values()) putIntoTable(parent.table, child)
}

function putIntoTable(table: (Child | undefined)[], place: Place): void {
  const quoted = encoder.encode(`"${place.key}"`)
  const slot = keySlot(quoted, 1, quoted.length - 1, table.length)
  table[slot] = { key: quoted.subarray(1, -1), place, next: table[slot] }
}

function removeFromTable(table: (Child | undefined)[], place: Place): void {
  const quoted = encoder.encode(`"${place.key}"`)
  const slot = keySlot(quoted, 1, quoted.length - 1, table.length)
  let before: Child | undefined
  let child = table[slot]
  while (child !== undefined && child.place !== place) {
    before = child
    child = child.next
  }
  if (before === undefined) table[slot] = child?.next
  else before.next = child?.next
}
