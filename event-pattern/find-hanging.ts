/** Finds what hangs on the values of an event. */
import { type FieldIndex, findInIndex } from './field-index.ts'
import { append, type Found } from './found.ts'
import type { Hooks, Name, Partner } from './hooks.ts'
import { findPair } from './pair-table.ts'
import { type Place, type Places, valueAt } from './places.ts'
import type { Hanging } from './rule-hanging.ts'

/** Appends all that the event's values may match. */
export function findHanging<Item>(
  { hooks, always }: Hanging<Item>,
  places: Places,
  found: Found<Item>,
): void {
  append(found, always)
  for (let at = 0; at < places.foundCount; at++) {
    const hook = hooks.get(places.found[at] as Place)
    if (hook === undefined) continue
    const { place, index } = hook
    if (index.size > 0) findAll(index, place, places, found)
    if (hook.twice > 0) findTwice(hook, places, found)
  }
}

function findTwice<Item>(hook: Hooks<Item>, places: Places, found: Found<Item>): void {
  const { partners } = hook
  const names = namesNow(hook, places)
  if (names.count === 0) return
  // Rules may have partners in thousands of places; an event has values in few.
  if (partners.list.length <= places.foundCount) {
    for (const partner of partners.list)
      if (partner.hook.place.event === places.event) findPairs(names, partner, places, found)
  } else
    for (let at = 0; at < places.foundCount; at++) {
      const partner = partners.byPlace.get(places.found[at] as Place)
      if (partner !== undefined) findPairs(names, partner, places, found)
    }
  for (let at = 0; at < names.count; at++) {
    const { seconds } = names.items[at] as Name<Item>
    if (seconds !== undefined)
      for (const [second, index] of seconds)
        if (second.event === places.event) findAll(index, second, places, found)
  }
}

function findPairs<Item>(
  names: Found<Name<Item>>,
  { hook: partner, pairs }: Partner<Item>,
  places: Places,
  found: Found<Item>,
): void {
  const others = namesNow(partner, places)
  for (let at = 0; at < names.count; at++) {
    const { number } = names.items[at] as Name<Item>
    for (let each = 0; each < others.count; each++)
      append(found, findPair(pairs, number, (others.items[each] as Name<Item>).number))
  }
}

function findAll<Item>(
  index: FieldIndex<Item>,
  place: Place,
  places: Places,
  found: Found<Item>,
): void {
  for (let at = 0; at < place.count; at++) findInIndex(index, valueAt(places, place, at), found)
}

/** Of all values that the event has there. */
function namesNow<Item>(hook: Hooks<Item>, places: Places): Found<Name<Item>> {
  const { place, names, affixIndex, namesNow } = hook
  if (hook.event === places.event) return namesNow
  hook.event = places.event
  namesNow.count = 0
  for (let at = 0; at < place.count; at++) {
    const value = valueAt(places, place, at)
    const name = names.get(value)
    if (name !== undefined) namesNow.items[namesNow.count++] = name
    if (affixIndex.size > 0) findInIndex(affixIndex, value, namesNow)
  }
  return namesNow
}
