import { type ByteString, bytesAt, hashOf, toByteString } from './bytes.ts'

const MIN_SLOTS = 4

/**
 * A name on the way to the fields that patterns look at, below its parent's name. Names are split
 * at dots, so that `{"a.b": ..}` and `{"a": {"b": ..}}` lead to the same node. Children are found
 * by the hash of their bytes, which the scanner computes while it looks for the name's end.
 */
export class PathNode<Field> {
  /** What patterns ask of the values found here; undefined if they only ask what is below. */
  field: Field | undefined
  readonly #name: ByteString
  readonly #hash: number
  readonly #parent: PathNode<Field> | undefined
  /** An open hash table: a power of two slots, at most half of them taken. */
  #slots: (PathNode<Field> | undefined)[] = [undefined]
  #size = 0

  constructor(name: ByteString = '', parent?: PathNode<Field>) {
    this.#name = name
    this.#hash = hashOf(name)
    this.#parent = parent
  }

  get hasChildren(): boolean {
    return this.#size > 0
  }

  /** The node at the end of a dotted path, made if need be. */
  descend(path: string): PathNode<Field> {
    let node: PathNode<Field> = this
    for (const part of path.split('.')) {
      const name = toByteString(part)
      node = node.#childNamed(name) ?? node.#addChild(new PathNode(name, node))
    }
    return node
  }

  /** Forgets this node, and those above it, as far as nothing needs them any more. */
  prune(): void {
    const parent = this.#parent
    if (parent === undefined || this.field !== undefined || this.#size > 0) return
    parent.#removeChild(this)
    parent.prune()
  }

  /** The child whose name is the bytes from `start` to `end`, of the given hash. */
  child(hash: number, bytes: Uint8Array, start: number, end: number): PathNode<Field> | undefined {
    const slots = this.#slots
    const mask = slots.length - 1
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const child = slots[at]
      if (child === undefined) return undefined
      if (
        child.#hash === hash &&
        child.#name.length === end - start &&
        bytesAt(bytes, start, child.#name)
      ) {
        return child
      }
    }
  }

  #childNamed(name: ByteString): PathNode<Field> | undefined {
    const mask = this.#slots.length - 1
    for (let at = hashOf(name) & mask; ; at = (at + 1) & mask) {
      const child = this.#slots[at]
      if (child === undefined || child.#name === name) return child
    }
  }

  #addChild(child: PathNode<Field>): PathNode<Field> {
    if (2 * (this.#size + 1) > this.#slots.length) {
      const children = this.#slots
      this.#slots = new Array(Math.max(MIN_SLOTS, 2 * children.length)).fill(undefined)
      for (const one of children) if (one !== undefined) this.#place(one)
    }
    this.#place(child)
    this.#size++
    return child
  }

  #place(child: PathNode<Field>): void {
    const mask = this.#slots.length - 1
    let at = child.#hash & mask
    while (this.#slots[at] !== undefined) at = (at + 1) & mask
    this.#slots[at] = child
  }

  #removeChild(child: PathNode<Field>): void {
    const mask = this.#slots.length - 1
    let at = child.#hash & mask
    while (this.#slots[at] !== child) at = (at + 1) & mask
    this.#slots[at] = undefined
    this.#size--
    // What follows without a gap may have been pushed there by the child.
    for (at = (at + 1) & mask; this.#slots[at] !== undefined; at = (at + 1) & mask) {
      const moved = this.#slots[at]!
      this.#slots[at] = undefined
      this.#place(moved)
    }
  }
}
