import type { NumericCondition } from './numeric.ts'

const NONE = -1
/** Spreads consecutive numbers evenly, so that the tree stays about balanced. */
const PRIORITY_FACTOR = 0x9e3779b1
const MIN_NODES = 4

/** What lies together of each node, so that to visit it touches one place of memory. */
const LOW = 0
/** The highest upper bound in the node's subtree. */
const HIGH = 1
const LEFT = 2
const RIGHT = 3
const NODE_SIZE = 4

/**
 * Finds which of many ranges hold a number, in logarithmic time. A treap, which is a search tree
 * by lower bound and a heap by priority, in which each node knows the highest upper bound below
 * it. Nodes are numbers.
 */
export class RangeIndex<Found> {
  #nodes = new Float64Array(MIN_NODES * NODE_SIZE)
  readonly #ranges: NumericCondition[] = []
  readonly #found: (Found | undefined)[] = []
  readonly #priorities: number[] = []
  readonly #freeNodes: number[] = []
  #root = NONE
  #added = 0

  get(range: NumericCondition): Found | undefined {
    let node = this.#root
    while (node !== NONE) {
      const order = compare(range, this.#ranges[node]!)
      if (order === 0) return this.#found[node]
      node = this.#child(node, order < 0 ? LEFT : RIGHT)
    }
    return undefined
  }

  /** Adds a range that isn't there yet. */
  set(range: NumericCondition, found: Found): void {
    const node = this.#freeNodes.pop() ?? this.#ranges.length
    this.#ranges[node] = range
    this.#found[node] = found
    this.#priorities[node] = Math.imul(++this.#added, PRIORITY_FACTOR)
    const end = (node + 1) * NODE_SIZE
    if (end > this.#nodes.length) {
      const grown = new Float64Array(2 * this.#nodes.length)
      grown.set(this.#nodes)
      this.#nodes = grown
    }
    this.#nodes.set([range.low, range.high, NONE, NONE], node * NODE_SIZE)
    this.#root = this.#insert(this.#root, node)
  }

  delete(range: NumericCondition): void {
    this.#root = this.#remove(this.#root, range)
  }

  /** Appends what is found at a number. */
  find(number: number, into: Found[]): void {
    this.#findBelow(this.#root, number, into)
  }

  #findBelow(root: number, number: number, into: Found[]): void {
    const nodes = this.#nodes
    for (let node = root; node !== NONE; ) {
      const at = node * NODE_SIZE
      if (nodes[at + HIGH]! < number) return
      this.#findBelow(nodes[at + LEFT]!, number, into)
      if (nodes[at + LOW]! > number) return
      if (holds(this.#ranges[node]!, number)) into.push(this.#found[node]!)
      node = nodes[at + RIGHT]!
    }
  }

  #child(node: number, side: typeof LEFT | typeof RIGHT): number {
    return this.#nodes[node * NODE_SIZE + side]!
  }

  /** Sets a child; returns the node, which knows the highest bound below it. */
  #adopt(node: number, side: typeof LEFT | typeof RIGHT, child: number): number {
    const nodes = this.#nodes
    const at = node * NODE_SIZE
    nodes[at + side] = child
    const left = nodes[at + LEFT]!
    const right = nodes[at + RIGHT]!
    let { high } = this.#ranges[node]!
    if (left !== NONE) high = Math.max(high, nodes[left * NODE_SIZE + HIGH]!)
    if (right !== NONE) high = Math.max(high, nodes[right * NODE_SIZE + HIGH]!)
    nodes[at + HIGH] = high
    return node
  }

  #insert(root: number, node: number): number {
    if (root === NONE) return node
    const range = this.#ranges[node]!
    if (this.#priorities[node]! > this.#priorities[root]!) {
      const [left, right] = this.#split(root, range)
      return this.#adopt(this.#adopt(node, LEFT, left), RIGHT, right)
    }
    const side = compare(range, this.#ranges[root]!) < 0 ? LEFT : RIGHT
    return this.#adopt(root, side, this.#insert(this.#child(root, side), node))
  }

  #remove(root: number, range: NumericCondition): number {
    const order = compare(range, this.#ranges[root]!)
    if (order === 0) {
      this.#found[root] = undefined
      this.#freeNodes.push(root)
      return this.#merge(this.#child(root, LEFT), this.#child(root, RIGHT))
    }
    const side = order < 0 ? LEFT : RIGHT
    return this.#adopt(root, side, this.#remove(this.#child(root, side), range))
  }

  /** Splits a tree into what comes before a range and what comes after. */
  #split(root: number, range: NumericCondition): [number, number] {
    if (root === NONE) return [NONE, NONE]
    if (compare(this.#ranges[root]!, range) < 0) {
      const [before, after] = this.#split(this.#child(root, RIGHT), range)
      return [this.#adopt(root, RIGHT, before), after]
    }
    const [before, after] = this.#split(this.#child(root, LEFT), range)
    return [before, this.#adopt(root, LEFT, after)]
  }

  /** Merges two trees of which one comes before the other. */
  #merge(left: number, right: number): number {
    if (left === NONE) return right
    if (right === NONE) return left
    return this.#priorities[left]! > this.#priorities[right]!
      ? this.#adopt(left, RIGHT, this.#merge(this.#child(left, RIGHT), right))
      : this.#adopt(right, LEFT, this.#merge(left, this.#child(right, LEFT)))
  }
}

/** Whether a range holds a number that is not below its lower bound. */
function holds({ low, lowOpen, high, highOpen }: NumericCondition, number: number): boolean {
  return !(lowOpen && number === low) && (highOpen ? number < high : number <= high)
}

function compare(a: NumericCondition, b: NumericCondition): number {
  return (
    a.low - b.low ||
    a.high - b.high ||
    Number(a.lowOpen) - Number(b.lowOpen) ||
    Number(a.highOpen) - Number(b.highOpen)
  )
}
