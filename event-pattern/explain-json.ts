/**
 * Events as the explanation walks them. Read from a text, they keep what JSON.parse would lose: all
 * values of a key that is written twice, and the spelling of a number that no double holds (as a
 * symbol). The match has read the text before: no faults are looked for here.
 */
import { numberOf } from './number-text.ts'

/** An object of a text. */
export class WrittenObject {
  readonly entries: (readonly [key: string, value: unknown])[] = []
  #byKey: Map<string, unknown[]> | undefined

  /** To be asked when all entries are there. */
  valuesUnder(key: string): readonly unknown[] {
    if (this.#byKey === undefined) {
      this.#byKey = new Map()
      for (const [each, value] of this.entries) {
        const values = this.#byKey.get(each)
        if (values === undefined) this.#byKey.set(each, [value])
        else values.push(value)
      }
    }
    return this.#byKey.get(key) ?? []
  }
}

/** All values of the object's own under the key: `constructor` is a key like any other. */
export function valuesUnder(object: object, key: string): readonly unknown[] {
  if (object instanceof WrittenObject) return object.valuesUnder(key)
  return Object.hasOwn(object, key) ? [(object as Record<string, unknown>)[key]] : []
}

export function keysOf(object: object): readonly string[] {
  return object instanceof WrittenObject ? object.entries.map(([key]) => key) : Object.keys(object)
}

/** The number as JSON.parse would read it; any other value as it is. */
export function plainValue(value: unknown): unknown {
  if (typeof value === 'symbol') return Number(value.description)
  return Array.isArray(value) ? value.map(plainValue) : value
}

/** An event as it can be walked. Bytes and texts have been found to be JSON before. */
export function walkable(event: string | Uint8Array | object): object {
  const value = event instanceof Uint8Array ? new TextDecoder().decode(event) : event
  return typeof value === 'string' ? writtenObject(value) : value
}

/** The object that the text opens with. Open objects are kept on a list: only the text bounds their depth. */
function writtenObject(text: string): object {
  const root: unknown[] = []
  const open: (unknown[] | WrittenObject)[] = [root]
  let key: string | undefined
  for (const token of tokens(text)) {
    const inside = open.at(-1)
    if (token === '}' || token === ']') {
      open.pop()
      if (open.length === 1) break
    } else if (inside instanceof WrittenObject && key === undefined) key = JSON.parse(token)
    else {
      const value = scalarOrOpen(token)
      if (inside instanceof WrittenObject) inside.entries.push([key ?? '', value])
      else inside?.push(value)
      key = undefined
      if (typeof value === 'object' && value !== null) open.push(value as unknown[])
    }
  }
  return root[0] as object
}

function scalarOrOpen(token: string): unknown {
  if (token === '{') return new WrittenObject()
  if (token === '[') return []
  return /^[-\d]/.test(token) ? numberOf(token) : JSON.parse(token)
}

/** Strings, brackets and words; commas and colons are left out, as they tell nothing more. */
function* tokens(text: string): Iterable<string> {
  const start = /[\s,:]*/y
  const word = /[^\s,:{}[\]"]+/y
  for (let at = 0; ; ) {
    start.lastIndex = at
    start.test(text)
    at = start.lastIndex
    if (at >= text.length) return
    let end = at + 1
    if (text[at] === '"') end = endOfString(text, at)
    else {
      word.lastIndex = at
      if (word.test(text)) end = word.lastIndex
    }
    yield text.slice(at, end)
    at = end
  }
}

function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at + 1
  }
  return text.length
}
