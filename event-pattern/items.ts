/**
 * Lists of what hangs in one place: taking one out puts the last one where it was. They are plain
 * arrays, because matching reads them far more often than rules change. What they were put out of order
 * is sorted when many match: for an event of 1,000 rules, after deletions, 20 to 45 µs more.
 */

/**
 * By item: where it is in its list, of lists that are long and have lost something. Searching such a
 * list for each of 50,000 items took 14 s; knowing the places of all always took memory from the many
 * sets that lose nothing.
 */
const positions = new WeakMap<readonly unknown[], Map<unknown, number>>()

/** Up to here a list is searched. */
const fewItems = 32

/** An item that came last is not taken twice: several values of one rule may lead to one list. */
export function addItem<Item>(items: Item[], item: Item): void {
  if (items[items.length - 1] === item) return
  if (items.length > fewItems) positions.get(items)?.set(item, items.length)
  items.push(item)
}

/** One that is not there, or no longer, is nothing to take out. */
export function removeItem<Item>(items: Item[], item: Item): void {
  const known = items.length > fewItems ? positionsIn(items) : undefined
  const at = known === undefined ? items.indexOf(item) : (known.get(item) ?? -1)
  if (at < 0) return
  known?.delete(item)
  const last = items.pop() as Item
  if (last !== item) {
    items[at] = last
    known?.set(last, at)
  }
  if (items.length <= fewItems) positions.delete(items)
}

function positionsIn<Item>(items: readonly Item[]): Map<unknown, number> {
  let known = positions.get(items)
  if (known === undefined) {
    known = new Map(items.map((item, at) => [item, at]))
    positions.set(items, known)
  }
  return known
}

export function addTo<Key, Item>(map: Map<Key, Item[]>, key: Key, item: Item): void {
  const items = map.get(key)
  if (items === undefined) map.set(key, [item])
  else addItem(items, item)
}

export function removeFrom<Key, Item>(map: Map<Key, Item[]>, key: Key, item: Item): void {
  const items = map.get(key)
  if (items === undefined) return
  removeItem(items, item)
  if (items.length === 0) map.delete(key)
}
