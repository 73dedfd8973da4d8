/**
 * Literal pieces of wildcards, found by two characters of them: of each text those that the fewest
 * others are found by.
 */
import { append, type Found } from './found.ts'
import { addItem, addTo, removeFrom, removeItem } from './items.ts'

/** A literal text that values contain, by one piece of it that few others have. */
interface Contained<Item> {
  readonly piece: number
  readonly items: Item[]
}

export interface Pieces<Item> {
  readonly byText: Map<string, Contained<Item>>
  readonly byPiece: Map<number, Contained<Item>[]>
}

export function pieces<Item>(): Pieces<Item> {
  return { byText: new Map(), byPiece: new Map() }
}

/** Two characters as a number; a piece of one character is a negative one. */
function pair(text: string, at: number): number {
  return text.charCodeAt(at) * 65_536 + text.charCodeAt(at + 1)
}

function single(text: string, at: number): number {
  return -1 - text.charCodeAt(at)
}

export function addPiece<Item>({ byText, byPiece }: Pieces<Item>, text: string, item: Item): void {
  const known = byText.get(text)
  if (known !== undefined) {
    addItem(known.items, item)
    return
  }
  const contained = { piece: rarestPiece(byPiece, text), items: [item] }
  byText.set(text, contained)
  addTo(byPiece, contained.piece, contained)
}

export function removePiece<Item>(
  { byText, byPiece }: Pieces<Item>,
  text: string,
  item: Item,
): void {
  const contained = byText.get(text)
  if (contained === undefined) return
  removeItem(contained.items, item)
  if (contained.items.length > 0) return
  byText.delete(text)
  removeFrom(byPiece, contained.piece, contained)
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

/** Appends the items of all texts that the value may contain. */
export function findPieces<Item>(
  { byPiece }: Pieces<Item>,
  value: string,
  found: Found<Item>,
): void {
  for (let at = 0; at < value.length; at++) {
    appendAll(found, byPiece.get(pair(value, at)))
    appendAll(found, byPiece.get(single(value, at)))
  }
}

function appendAll<Item>(
  found: Found<Item>,
  contained: readonly Contained<Item>[] | undefined,
): void {
  if (contained !== undefined) for (const { items } of contained) append(found, items)
}
