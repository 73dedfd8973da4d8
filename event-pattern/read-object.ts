/**
 * Reads an event that has been parsed already into places. An object has lost all but the last of a
 * key's values, and its numbers are doubles. Only what is asked for is looked at, so neither depth
 * nor breadth beside it costs anything.
 */
import { InvalidEvent } from './errors.ts'
import { isObject } from './json.ts'
import {
  begin,
  enterArray,
  enterElement,
  leaveArray,
  leaveElement,
  meet,
  type Place,
  type Places,
} from './places.ts'

export function readObject(event: object, into: Places): void {
  begin(into)
  readFields(event, into.root, into, 0)
}

function readFields(object: object, place: Place, places: Places, element: number): void {
  const { children } = place
  // Few fields are looked up; where rules ask for many, it is the object's keys that are few.
  if (children.size <= 8) {
    let isDotted = false
    for (const child of children.values()) {
      const value = ownValue(object, child.key)
      if (value !== undefined) readValue(value, child, places, element)
      if (child.children.size > 0) isDotted = true
    }
    if (isDotted)
      for (const key of Object.keys(object))
        if (key.includes('.')) readKey(object, key, place, places, element)
  } else for (const key of Object.keys(object)) readKey(object, key, place, places, element)
}

function readKey(object: object, key: string, place: Place, places: Places, element: number): void {
  let child: Place | undefined = place.children.get(key)
  if (child === undefined && key.includes('.')) {
    child = place
    for (const each of key.split('.')) child = child?.children.get(each)
  }
  const value = child && ownValue(object, key)
  if (child !== undefined && value !== undefined) readValue(value, child, places, element)
}

function readValue(value: unknown, place: Place, places: Places, element: number): void {
  if (Array.isArray(value)) readArray(value, place, places, element)
  else if (isObject(value)) {
    if (place.children.size > 0) readFields(value, place, places, element)
  } else if (value !== undefined && place.uses > 0) meet(places, place, value, element)
}

/** No JSON comes near; an array that contains itself does. */
const deepest = 1_000_000

interface Open {
  readonly values: readonly unknown[]
  readonly array: number
  readonly element: number
  next: number
}

/** Arrays are looked through; those in arrays are kept on a list, because only the event bounds their depth. */
function readArray(values: readonly unknown[], place: Place, places: Places, outside: number) {
  let open: Open = { values, array: enterArray(places), element: outside, next: 0 }
  const outer: Open[] = []
  for (;;) {
    if (open.next === open.values.length) {
      leaveArray(places, open.array)
      const { element } = open
      const parent = outer.pop()
      if (parent === undefined) return
      leaveElement(places, element)
      open = parent
      continue
    }
    const value = open.values[open.next++]
    if (Array.isArray(value)) {
      if (outer.length === deepest) throw new InvalidEvent('it is not JSON: its arrays have no end')
      const element = enterElement(places, open.array, open.element)
      outer.push(open)
      open = { values: value, array: enterArray(places), element, next: 0 }
    } else if (isObject(value) && place.children.size > 0) {
      const own = enterElement(places, open.array, open.element)
      readFields(value, place, places, own)
      leaveElement(places, own)
    } else readValue(value, place, places, open.element)
  }
}

/** `__proto__` and `constructor` are keys like any other: an event has them only as its own. */
function ownValue(object: object, key: string): unknown {
  const value = (object as Record<string, unknown>)[key]
  return value !== undefined && Object.hasOwn(object, key) ? value : undefined
}
