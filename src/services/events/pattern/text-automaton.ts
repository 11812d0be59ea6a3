import { EdgeTable, MAX_KEY, NO_NODE } from './edge-table.ts'
import { STAR } from './text-steps.ts'
import type { EventValue } from './value.ts'

const BYTES = 256
const UPPER_A = 0x41
const UPPER_Z = 0x5a
const CASE_BIT = 0x20

/** The node at which all texts start. */
const ROOT = 0
const MIN_NODES = 8
const MAX_NODE = Math.floor(MAX_KEY / BYTES) - 1

/** What lies together of each node, so that to pass it touches one place of memory. */
const IS_STAR = 0
/** The star that follows. */
const NEXT_STAR = 1
const CHILD_COUNT = 2
/** In which round of `#advance` it was last reached. */
const ROUND = 3
const NODE_SIZE = 4

/**
 * Finds which of many texts with stars a string is, by the steps of `textSteps`. The texts are
 * kept in a trie, so that those that begin alike share their beginnings.
 */
export class TextAutomaton<Found> {
  readonly #foldsCase: boolean
  /** The node that each byte leads to, by node * BYTES + byte. */
  readonly #edges = new EdgeTable()
  #nodes = new Int32Array(MIN_NODES * NODE_SIZE)
  /** By node: its parent, and the step from there. */
  readonly #parents: number[] = [NO_NODE]
  readonly #steps: number[] = [STAR]
  /** By node: what is found where a text ends. */
  readonly #found: (Found | undefined)[] = [undefined]
  readonly #freeNodes: number[] = []
  #round = 0
  #states: States<Found> | undefined

  constructor(foldsCase: boolean) {
    this.#foldsCase = foldsCase
    this.#nodes[ROOT + NEXT_STAR] = NO_NODE
  }

  get(steps: readonly number[]): Found | undefined {
    let node = ROOT
    for (const step of steps) {
      node = this.#follow(node, step)
      if (node === NO_NODE) return undefined
    }
    return this.#found[node]
  }

  set(steps: readonly number[], found: Found): void {
    let node = ROOT
    for (const step of steps) {
      const next = this.#follow(node, step)
      node = next === NO_NODE ? this.#grow(node, step) : next
    }
    this.#found[node] = found
    this.#states = undefined
  }

  delete(steps: readonly number[]): void {
    let node = ROOT
    for (const step of steps) node = this.#follow(node, step)
    this.#found[node] = undefined
    this.#states = undefined
    while (
      node !== ROOT &&
      this.#found[node] === undefined &&
      this.#nodes[node * NODE_SIZE + CHILD_COUNT] === 0
    ) {
      node = this.#cut(node)
    }
  }

  /**
   * Appends what is found in a string value, some of it perhaps repeatedly. A value is at several
   * nodes at once; those sets of nodes are the states of a deterministic automaton, which grows
   * as values need it.
   */
  find({ bytes, start, end }: EventValue, into: Found[]): void {
    this.#states ??= this.#startStates()
    const states = this.#states
    let state = FIRST_STATE
    addAll(states.settled(state), into)
    // The closing quote, at `end`, is the last step of many texts.
    for (let at = start; at <= end; at++) {
      let next = states.next(state, bytes[at]!)
      if (next === UNKNOWN) {
        if (states.isFull) {
          this.#findWithoutStates(states.nodes(state), bytes, at, end, into)
          return
        }
        next = this.#addState(states, state, bytes[at]!)
      }
      if (next === DEAD) return
      if (next !== state) addAll(states.settled(next), into)
      state = next
    }
    this.#addEnds(states.nodes(state), into)
  }

  #startStates(): States<Found> {
    const nodes: number[] = []
    const settled: Found[] = []
    this.#round++
    this.#reach(ROOT, nodes, settled)
    return new States(nodes, settled)
  }

  #addState(states: States<Found>, from: number, byte: number): number {
    const nodes: number[] = []
    const settled: Found[] = []
    this.#advance(states.nodes(from), byte, nodes, settled)
    return states.add(from, byte, nodes, settled)
  }

  #findWithoutStates(
    from: readonly number[],
    bytes: Uint8Array,
    start: number,
    end: number,
    into: Found[],
  ): void {
    let nodes: readonly number[] = from
    for (let at = start; at <= end && nodes.length > 0; at++) {
      const next: number[] = []
      this.#advance(nodes, bytes[at]!, next, into)
      nodes = next
    }
    this.#addEnds(nodes, into)
  }

  /** Takes a step from all of some nodes. Appends those it leads to, and what it settles. */
  #advance(nodes: readonly number[], byte: number, into: number[], settled: Found[]): void {
    const step = this.#foldsCase && byte >= UPPER_A && byte <= UPPER_Z ? byte | CASE_BIT : byte
    this.#round++
    for (const node of nodes) {
      if (this.#nodes[node * NODE_SIZE + IS_STAR] === 1) this.#reach(node, into, settled)
      const child = this.#edges.get(node * BYTES + step)
      if (child !== NO_NODE) this.#reach(child, into, settled)
    }
  }

  /**
   * Appends a node and the star that may follow it as an empty text. A star that ends a text
   * settles it, whatever the rest of the value is.
   */
  #reach(node: number, into: number[], settled: Found[]): void {
    const nodes = this.#nodes
    for (let at = node; at !== NO_NODE; at = nodes[at * NODE_SIZE + NEXT_STAR]!) {
      const base = at * NODE_SIZE
      if (nodes[base + ROUND] === this.#round) return
      nodes[base + ROUND] = this.#round
      if (nodes[base + IS_STAR] === 0) {
        into.push(at)
        continue
      }
      const found = this.#found[at]
      if (found !== undefined) settled.push(found)
      if (nodes[base + CHILD_COUNT]! > 0) into.push(at)
    }
  }

  #addEnds(nodes: readonly number[], into: Found[]): void {
    for (const node of nodes) {
      if (this.#nodes[node * NODE_SIZE + IS_STAR] === 1) continue
      const found = this.#found[node]
      if (found !== undefined) into.push(found)
    }
  }

  #follow(node: number, step: number): number {
    if (node === NO_NODE) return NO_NODE
    return step === STAR
      ? this.#nodes[node * NODE_SIZE + NEXT_STAR]!
      : this.#edges.get(node * BYTES + step)
  }

  #grow(parent: number, step: number): number {
    const node = this.#freeNodes.pop() ?? this.#parents.length
    if (node > MAX_NODE) throw new RangeError(`More than ${MAX_NODE} different parts of texts`)
    const end = (node + 1) * NODE_SIZE
    if (end > this.#nodes.length) {
      const grown = new Int32Array(2 * this.#nodes.length)
      grown.set(this.#nodes)
      this.#nodes = grown
    }
    this.#nodes.set([Number(step === STAR), NO_NODE, 0, 0], node * NODE_SIZE)
    this.#parents[node] = parent
    this.#steps[node] = step
    this.#found[node] = undefined
    this.#nodes[parent * NODE_SIZE + CHILD_COUNT]!++
    if (step === STAR) this.#nodes[parent * NODE_SIZE + NEXT_STAR] = node
    else this.#edges.set(parent * BYTES + step, node)
    return node
  }

  /** Removes a node that leads nowhere; returns its parent. */
  #cut(node: number): number {
    const parent = this.#parents[node]!
    const step = this.#steps[node]!
    if (step === STAR) this.#nodes[parent * NODE_SIZE + NEXT_STAR] = NO_NODE
    else this.#edges.delete(parent * BYTES + step)
    this.#nodes[parent * NODE_SIZE + CHILD_COUNT]!--
    this.#freeNodes.push(node)
    return parent
  }
}

const UNKNOWN = 0
const DEAD = 1
const FIRST_STATE = 2
const MIN_STATES = 16
/** When there are as many, values are followed node by node: about 4 MB of table. */
const MAX_STATES = 4096

/**
 * The deterministic states that have been met. Each stands for a set of nodes, and for what is
 * settled on reaching them.
 */
class States<Found> {
  /** The next state by state * BYTES + byte. */
  #table = new Int32Array(MIN_STATES * BYTES)
  readonly #nodes: (readonly number[])[] = [[], []]
  readonly #settled: (readonly Found[])[] = [[], []]
  readonly #byNodes = new Map([['', DEAD]])

  constructor(nodes: readonly number[], settled: readonly Found[]) {
    this.#nodes.push(nodes)
    this.#settled.push(settled)
  }

  get isFull(): boolean {
    return this.#nodes.length === MAX_STATES
  }

  next(state: number, byte: number): number {
    return this.#table[state * BYTES + byte]!
  }

  nodes(state: number): readonly number[] {
    return this.#nodes[state]!
  }

  settled(state: number): readonly Found[] {
    return this.#settled[state]!
  }

  /** Notes which nodes a byte leads to from a state; returns the state that they are. */
  add(from: number, byte: number, nodes: number[], settled: readonly Found[]): number {
    const key = nodes.sort((a, b) => a - b).join()
    let state = this.#byNodes.get(key)
    if (state === undefined) {
      state = this.#nodes.length
      this.#byNodes.set(key, state)
      this.#nodes.push(nodes)
      this.#settled.push(settled)
      if ((state + 1) * BYTES > this.#table.length) {
        const grown = new Int32Array(2 * this.#table.length)
        grown.set(this.#table)
        this.#table = grown
      }
    }
    this.#table[from * BYTES + byte] = state
    return state
  }
}

function addAll<Found>(found: readonly Found[], into: Found[]): void {
  for (const one of found) into.push(one)
}
