import { isWithin, type NumericCondition } from './numeric.ts'

/** A range in a treap: a search tree by lower bound, and a heap by priority. */
interface Node<Found> {
  readonly range: NumericCondition
  readonly priority: number
  found: Found
  left: Node<Found> | undefined
  right: Node<Found> | undefined
  /** The highest upper bound in this subtree. */
  high: number
}

type Tree<Found> = Node<Found> | undefined

/** Spreads consecutive numbers evenly, so that the tree stays about balanced. */
const PRIORITY_FACTOR = 0x9e3779b1

/** Finds which of many ranges hold a number, in logarithmic time. */
export class RangeIndex<Found> {
  #root: Tree<Found>
  #added = 0

  get isEmpty(): boolean {
    return this.#root === undefined
  }

  get(range: NumericCondition): Found | undefined {
    let node = this.#root
    while (node !== undefined) {
      const order = compare(range, node.range)
      if (order === 0) return node.found
      node = order < 0 ? node.left : node.right
    }
    return undefined
  }

  /** Adds a range that isn't there yet. */
  add(range: NumericCondition, found: Found): void {
    const priority = Math.imul(++this.#added, PRIORITY_FACTOR)
    const node = { range, priority, found, left: undefined, right: undefined, high: range.high }
    this.#root = insert(this.#root, node)
  }

  delete(range: NumericCondition): void {
    this.#root = remove(this.#root, range)
  }

  /** Appends what is found at a number. */
  find(number: number, into: Found[]): void {
    stab(this.#root, number, into)
  }
}

function stab<Found>(tree: Tree<Found>, number: number, into: Found[]): void {
  for (let node = tree; node !== undefined && node.high >= number; node = node.right) {
    stab(node.left, number, into)
    if (node.range.low > number) return
    if (isWithin(node.range, number)) into.push(node.found)
  }
}

function compare(a: NumericCondition, b: NumericCondition): number {
  return (
    a.low - b.low ||
    a.high - b.high ||
    Number(a.lowOpen) - Number(b.lowOpen) ||
    Number(a.highOpen) - Number(b.highOpen)
  )
}

function insert<Found>(tree: Tree<Found>, node: Node<Found>): Node<Found> {
  if (tree === undefined) return node
  if (node.priority > tree.priority) {
    const [left, right] = split(tree, node.range)
    node.left = left
    node.right = right
    return updated(node)
  }
  if (compare(node.range, tree.range) < 0) tree.left = insert(tree.left, node)
  else tree.right = insert(tree.right, node)
  return updated(tree)
}

function remove<Found>(tree: Tree<Found>, range: NumericCondition): Tree<Found> {
  if (tree === undefined) return undefined
  const order = compare(range, tree.range)
  if (order === 0) return merge(tree.left, tree.right)
  if (order < 0) tree.left = remove(tree.left, range)
  else tree.right = remove(tree.right, range)
  return updated(tree)
}

/** Splits a tree into what comes before a range and what comes after. */
function split<Found>(tree: Tree<Found>, range: NumericCondition): [Tree<Found>, Tree<Found>] {
  if (tree === undefined) return [undefined, undefined]
  if (compare(tree.range, range) < 0) {
    const [before, after] = split(tree.right, range)
    tree.right = before
    return [updated(tree), after]
  }
  const [before, after] = split(tree.left, range)
  tree.left = after
  return [before, updated(tree)]
}

function merge<Found>(left: Tree<Found>, right: Tree<Found>): Tree<Found> {
  if (left === undefined) return right
  if (right === undefined) return left
  if (left.priority > right.priority) {
    left.right = merge(left.right, right)
    return updated(left)
  }
  right.left = merge(left, right.left)
  return updated(right)
}

function updated<Found>(node: Node<Found>): Node<Found> {
  let { high } = node.range
  if (node.left !== undefined && node.left.high > high) high = node.left.high
  if (node.right !== undefined && node.right.high > high) high = node.right.high
  node.high = high
  return node
}
