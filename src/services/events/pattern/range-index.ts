import type { NumericCondition } from './numeric.ts'

const NONE = -1
/** Spreads consecutive numbers evenly, so that the tree stays about balanced. */
const PRIORITY_FACTOR = 0x9e3779b1

/**
 * Finds which of many ranges hold a number, in logarithmic time. A treap, which is a search tree
 * by lower bound and a heap by priority, in which each node knows the highest upper bound below
 * it. Its nodes are numbers and lie in arrays, where many are in few places of memory.
 */
export class RangeIndex<Found> {
  readonly #ranges: NumericCondition[] = []
  readonly #found: (Found | undefined)[] = []
  readonly #lows: number[] = []
  /** The highest upper bound in each node's subtree. */
  readonly #highs: number[] = []
  readonly #lefts: number[] = []
  readonly #rights: number[] = []
  readonly #priorities: number[] = []
  readonly #freeNodes: number[] = []
  #root = NONE
  #added = 0

  get(range: NumericCondition): Found | undefined {
    let node = this.#root
    while (node !== NONE) {
      const order = compare(range, this.#ranges[node]!)
      if (order === 0) return this.#found[node]
      node = order < 0 ? this.#lefts[node]! : this.#rights[node]!
    }
    return undefined
  }

  /** Adds a range that isn't there yet. */
  set(range: NumericCondition, found: Found): void {
    const node = this.#freeNodes.pop() ?? this.#ranges.length
    this.#ranges[node] = range
    this.#found[node] = found
    this.#lows[node] = range.low
    this.#highs[node] = range.high
    this.#lefts[node] = NONE
    this.#rights[node] = NONE
    this.#priorities[node] = Math.imul(++this.#added, PRIORITY_FACTOR)
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
    for (let node = root; node !== NONE && this.#highs[node]! >= number; ) {
      this.#findBelow(this.#lefts[node]!, number, into)
      if (this.#lows[node]! > number) return
      if (holds(this.#ranges[node]!, number)) into.push(this.#found[node]!)
      node = this.#rights[node]!
    }
  }

  #insert(root: number, node: number): number {
    if (root === NONE) return node
    const range = this.#ranges[node]!
    if (this.#priorities[node]! > this.#priorities[root]!) {
      const [left, right] = this.#split(root, range)
      this.#lefts[node] = left
      this.#rights[node] = right
      return this.#updated(node)
    }
    if (compare(range, this.#ranges[root]!) < 0) {
      this.#lefts[root] = this.#insert(this.#lefts[root]!, node)
    } else {
      this.#rights[root] = this.#insert(this.#rights[root]!, node)
    }
    return this.#updated(root)
  }

  #remove(root: number, range: NumericCondition): number {
    const order = compare(range, this.#ranges[root]!)
    if (order === 0) {
      this.#found[root] = undefined
      this.#freeNodes.push(root)
      return this.#merge(this.#lefts[root]!, this.#rights[root]!)
    }
    if (order < 0) this.#lefts[root] = this.#remove(this.#lefts[root]!, range)
    else this.#rights[root] = this.#remove(this.#rights[root]!, range)
    return this.#updated(root)
  }

  /** Splits a tree into what comes before a range and what comes after. */
  #split(root: number, range: NumericCondition): [number, number] {
    if (root === NONE) return [NONE, NONE]
    if (compare(this.#ranges[root]!, range) < 0) {
      const [before, after] = this.#split(this.#rights[root]!, range)
      this.#rights[root] = before
      return [this.#updated(root), after]
    }
    const [before, after] = this.#split(this.#lefts[root]!, range)
    this.#lefts[root] = after
    return [before, this.#updated(root)]
  }

  /** Merges two trees of which one comes before the other. */
  #merge(left: number, right: number): number {
    if (left === NONE) return right
    if (right === NONE) return left
    if (this.#priorities[left]! > this.#priorities[right]!) {
      this.#rights[left] = this.#merge(this.#rights[left]!, right)
      return this.#updated(left)
    }
    this.#lefts[right] = this.#merge(left, this.#lefts[right]!)
    return this.#updated(right)
  }

  #updated(node: number): number {
    const left = this.#lefts[node]!
    const right = this.#rights[node]!
    let { high } = this.#ranges[node]!
    if (left !== NONE) high = Math.max(high, this.#highs[left]!)
    if (right !== NONE) high = Math.max(high, this.#highs[right]!)
    this.#highs[node] = high
    return node
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
