import type { NumericCondition } from './numeric.ts'

const BLOCK_RANGES = 128

/** Closed ranges one behind the other, by their lower bound. */
class Block<Found> {
  readonly lows = new Float64Array(BLOCK_RANGES)
  readonly highs = new Float64Array(BLOCK_RANGES)
  readonly found: Found[] = []

  get size(): number {
    return this.found.length
  }

  insert(at: number, { low, high }: Bounds, found: Found): void {
    this.lows.copyWithin(at + 1, at)
    this.highs.copyWithin(at + 1, at)
    this.lows[at] = low
    this.highs[at] = high
    this.found.splice(at, 0, found)
  }

  remove(at: number): void {
    this.lows.copyWithin(at, at + 1)
    this.highs.copyWithin(at, at + 1)
    this.found.splice(at, 1)
  }

  /** Gives the second half of the ranges away. */
  split(): Block<Found> {
    const half = BLOCK_RANGES / 2
    const second = new Block<Found>()
    second.lows.set(this.lows.subarray(half))
    second.highs.set(this.highs.subarray(half))
    second.found.push(...this.found.splice(half))
    return second
  }

  /** Whether the range at a place comes before another, or is it. */
  isBefore(at: number, { low, high }: Bounds, orSame: boolean): boolean {
    const order = this.lows[at]! - low || this.highs[at]! - high
    return order < 0 || (orSame && order === 0)
  }
}

interface Bounds {
  readonly low: number
  readonly high: number
}

/**
 * Finds which of many ranges hold a number. The ranges lie in blocks, in the order of their lower
 * bounds, and a table of the blocks' bounds tells which of them to look into: to read on in memory
 * is cheap, while a search tree of many ranges jumps from place to place.
 */
export class RangeIndex<Found> {
  readonly #blocks: Block<Found>[] = []
  /** By block: its first lower and its highest upper bound. */
  readonly #lows: number[] = []
  readonly #highs: number[] = []

  get(range: NumericCondition): Found | undefined {
    const bounds = closed(range)
    const [block, at] = this.#placeOf(bounds)
    const there = this.#blocks[block]
    const isThere = there?.lows[at] === bounds.low && there.highs[at] === bounds.high
    return isThere ? there.found[at] : undefined
  }

  /** Adds a range that isn't there yet. */
  set(range: NumericCondition, found: Found): void {
    const bounds = closed(range)
    const [block, at] = this.#placeOf(bounds)
    this.#blocks[block] ??= new Block()
    const there = this.#blocks[block]
    if (there.size === BLOCK_RANGES) {
      this.#split(block)
      this.set(range, found)
      return
    }
    there.insert(at, bounds, found)
    this.#lows[block] = there.lows[0]!
    this.#highs[block] = Math.max(bounds.high, this.#highs[block] ?? bounds.high)
  }

  delete(range: NumericCondition): void {
    const [block, at] = this.#placeOf(closed(range))
    this.#blocks[block]!.remove(at)
    if (this.#blocks[block]!.size > 0) {
      this.#measure(block)
      return
    }
    this.#blocks.splice(block, 1)
    this.#lows.splice(block, 1)
    this.#highs.splice(block, 1)
  }

  /** Appends what is found at a number. */
  find(number: number, into: Found[]): void {
    const lows = this.#lows
    const highs = this.#highs
    for (let block = 0; block < lows.length && lows[block]! <= number; block++) {
      if (highs[block]! >= number) findIn(this.#blocks[block]!, number, into)
    }
  }

  #split(block: number): void {
    this.#blocks.splice(block + 1, 0, this.#blocks[block]!.split())
    this.#lows.splice(block + 1, 0, 0)
    this.#highs.splice(block + 1, 0, 0)
    this.#measure(block)
    this.#measure(block + 1)
  }

  #measure(block: number): void {
    const { lows, highs, size } = this.#blocks[block]!
    this.#lows[block] = lows[0]!
    this.#highs[block] = highs.subarray(0, size).reduce((high, other) => Math.max(high, other))
  }

  /** The block in which a range is or belongs, and its place there. */
  #placeOf(bounds: Bounds): [block: number, at: number] {
    const blocks = this.#blocks
    const before = countWhile(blocks.length, (block) => blocks[block]!.isBefore(0, bounds, true))
    const block = Math.max(before - 1, 0)
    const there = blocks[block]
    return [block, countWhile(there?.size ?? 0, (at) => there!.isBefore(at, bounds, false))]
  }
}

function findIn<Found>({ lows, highs, found }: Block<Found>, number: number, into: Found[]): void {
  for (let at = 0; at < found.length && lows[at]! <= number; at++) {
    if (highs[at]! >= number) into.push(found[at]!)
  }
}

/** How many indexes from 0 on something is true of, that is true of none behind those. */
function countWhile(count: number, isTrue: (index: number) => boolean): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isTrue(middle)) low = middle + 1
    else high = middle
  }
  return low
}

/** The same range with its bounds in it. */
function closed({ low, lowOpen, high, highOpen }: NumericCondition): Bounds {
  return {
    low: lowOpen ? nextAbove(low) : low,
    high: highOpen ? -nextAbove(-high) : high,
  }
}

const double = new Float64Array(1)
const bits = new BigInt64Array(double.buffer)

/** The smallest double above another. */
function nextAbove(number: number): number {
  if (number === 0) return Number.MIN_VALUE
  double[0] = number
  bits[0] = bits[0]! + (number > 0 ? 1n : -1n)
  return double[0]
}
