/**
 * Intervals by the points they hold: a search tree of their lower ends (a treap), in which every node
 * also knows the highest upper end below it. Adding, deleting and finding take logarithmic time at any
 * number of intervals; a sorted list, rebuilt after changes, does not.
 */
import { append, type Found } from './found.ts'
import { addItem, removeItem } from './items.ts'

export interface Intervals<Point, Item> {
  root: Node<Point, Item> | undefined
  /** Of nodes ever made: the heap's priorities are drawn from it. */
  made: number
}

interface Node<Point, Item> {
  readonly low: Point
  readonly high: Point
  readonly items: Item[]
  readonly priority: number
  highest: Point
  left: Node<Point, Item> | undefined
  right: Node<Point, Item> | undefined
}

type Tree<Point, Item> = Node<Point, Item> | undefined

export function intervals<Point, Item>(): Intervals<Point, Item> {
  return { root: undefined, made: 0 }
}

/** Both ends belong to the interval. */
export function addInterval<Point, Item>(
  tree: Intervals<Point, Item>,
  low: Point,
  high: Point,
  item: Item,
): void {
  const known = find(tree.root, low, high)
  if (known !== undefined) {
    addItem(known.items, item)
    return
  }
  const priority = scrambled(++tree.made)
  const node = {
    low,
    high,
    items: [item],
    priority,
    highest: high,
    left: undefined,
    right: undefined,
  }
  tree.root = insert(tree.root, node)
}

export function removeInterval<Point, Item>(
  tree: Intervals<Point, Item>,
  low: Point,
  high: Point,
  item: Item,
): void {
  const known = find(tree.root, low, high)
  if (known === undefined) return
  removeItem(known.items, item)
  if (known.items.length === 0) tree.root = remove(tree.root, low, high)
}

/** Appends the items of all intervals that hold the point. */
export function findIntervals<Point, Item>(
  tree: Tree<Point, Item>,
  point: Point,
  found: Found<Item>,
): void {
  for (let node = tree; node !== undefined && node.highest >= point; node = node.right) {
    findIntervals(node.left, point, found)
    if (node.low > point) return
    if (node.high >= point) append(found, node.items)
  }
}

function find<Point, Item>(tree: Tree<Point, Item>, low: Point, high: Point): Tree<Point, Item> {
  let node = tree
  while (node !== undefined && (node.low !== low || node.high !== high))
    node = isBefore(low, high, node) ? node.left : node.right
  return node
}

function isBefore<Point, Item>(low: Point, high: Point, node: Node<Point, Item>): boolean {
  return low < node.low || (low === node.low && high < node.high)
}

function insert<Point, Item>(tree: Tree<Point, Item>, node: Node<Point, Item>): Node<Point, Item> {
  if (tree === undefined) return node
  if (node.priority > tree.priority) {
    const [before, after] = split(tree, node)
    node.left = before
    node.right = after
    return updated(node)
  }
  if (isBefore(node.low, node.high, tree)) tree.left = insert(tree.left, node)
  else tree.right = insert(tree.right, node)
  return updated(tree)
}

/** Into what stands before the node and what after. */
function split<Point, Item>(
  tree: Tree<Point, Item>,
  node: Node<Point, Item>,
): [Tree<Point, Item>, Tree<Point, Item>] {
  if (tree === undefined) return [undefined, undefined]
  if (isBefore(node.low, node.high, tree)) {
    const [before, after] = split(tree.left, node)
    tree.left = after
    return [before, updated(tree)]
  }
  const [before, after] = split(tree.right, node)
  tree.right = before
  return [updated(tree), after]
}

function remove<Point, Item>(tree: Tree<Point, Item>, low: Point, high: Point): Tree<Point, Item> {
  if (tree === undefined) return undefined
  if (tree.low === low && tree.high === high) return merge(tree.left, tree.right)
  if (isBefore(low, high, tree)) tree.left = remove(tree.left, low, high)
  else tree.right = remove(tree.right, low, high)
  return updated(tree)
}

function merge<Point, Item>(
  before: Tree<Point, Item>,
  after: Tree<Point, Item>,
): Tree<Point, Item> {
  if (before === undefined || after === undefined) return before ?? after
  if (before.priority > after.priority) {
    before.right = merge(before.right, after)
    return updated(before)
  }
  after.left = merge(before, after.left)
  return updated(after)
}

function updated<Point, Item>(node: Node<Point, Item>): Node<Point, Item> {
  node.highest = node.high
  if (node.left !== undefined && node.left.highest > node.highest) node.highest = node.left.highest
  if (node.right !== undefined && node.right.highest > node.highest)
    node.highest = node.right.highest
  return node
}

/** As good as random for a heap, and the same in every run. */
function scrambled(number: number): number {
  let bits = Math.imul(number ^ (number >>> 16), 0x45d9f3b)
  bits = Math.imul(bits ^ (bits >>> 16), 0x45d9f3b)
  return bits ^ (bits >>> 16)
}
