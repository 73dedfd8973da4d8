/**
 * A list that is filled anew for every event. It keeps its length: V8 gives an array's memory back
 * when its length is set to 0, and growing it again took longer than filling it.
 */
export interface Found<Item> {
  readonly items: Item[]
  count: number
}

export function found<Item>(): Found<Item> {
  return { items: [], count: 0 }
}

export function append<Item>(found: Found<Item>, items: readonly Item[] | undefined): void {
  if (items !== undefined) for (const item of items) found.items[found.count++] = item
}
