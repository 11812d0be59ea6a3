import { hashOfBytes, hashWith, toUtf8 } from './bytes.ts'
import { EventError } from './errors.ts'
import { decodeEscapes } from './escapes.ts'
import { EventBuffer, NO_END } from './event-buffer.ts'
import type { PathNode } from './path-trie.ts'
import { EventValue, type ValueType } from './value.ts'

/** What the scanner keeps of a field while it reads an event. */
export interface ScannedField {
  /** The first of its values in the event scanned last. */
  firstValue: ScannedValue | undefined
}

/** A value of a field that patterns look at. */
export class ScannedValue extends EventValue {
  /** The next value of the same field. */
  next: ScannedValue | undefined
  /** The innermost array element that holds the value, by number; 0 if none does. */
  element = 0
}

const QUOTE = 0x22
const COMMA = 0x2c
const DOT = 0x2e
const COLON = 0x3a
const LEFT_BRACKET = 0x5b
const BACKSLASH = 0x5c
const RIGHT_BRACKET = 0x5d
const LOWER_F = 0x66
const LOWER_N = 0x6e
const LOWER_T = 0x74
const LEFT_BRACE = 0x7b
const RIGHT_BRACE = 0x7d
const SPACE = 0x20

/** Room behind the text for the quotes that end any search for one. */
const SENTINEL_BYTES = 2
const MAX_NESTING_DEPTH = 1000

const encoder = new TextEncoder()
const NO_BYTES = new Uint8Array()

let shared: EventBuffer | undefined

/** One for all, since no two events are matched at once; made for the first. */
function theBuffer(): EventBuffer {
  shared ??= new EventBuffer()
  return shared
}

/**
 * Finds the values of the fields that patterns look at, in the bytes of an event, and steps over
 * everything else. It takes the event for valid JSON: of an event that isn't, it finds some values
 * or throws EventError.
 */
export class EventScanner<Field extends ScannedField> {
  /** The fields that have values in the event scanned last. */
  readonly found: Field[] = []
  readonly #values: ScannedValue[] = []
  #valueCount = 0
  #bytes: Uint8Array = NO_BYTES
  /** Where the text ends. Behind it come its decoded strings, each with its quotes. */
  #end = 0
  #decodedEnd = 0
  #at = 0
  #depth = 0
  /** Array elements by number: whose element each is, at which index, and in which element. */
  readonly #arrays: number[] = [0]
  readonly #indexes: number[] = [0]
  readonly #outerElements: number[] = [0]
  #elementCount = 1
  #arrayCount = 0

  /** Reads an event. Throws EventError if it is not a JSON object. */
  scan(event: string | Uint8Array, root: PathNode<Field>): void {
    for (const field of this.found) field.firstValue = undefined
    this.found.length = 0
    this.#valueCount = 0
    this.#elementCount = 1
    this.#arrayCount = 0
    this.#depth = 0
    this.#load(event)
    this.#at = 0
    if (this.#nextByte() !== LEFT_BRACE) throw new EventError('Event must be a JSON object')
    this.#at++
    this.#object(root, 0)
  }

  #load(event: string | Uint8Array): void {
    const source = typeof event === 'string' && !event.isWellFormed() ? toUtf8(event) : event
    // A UTF-16 unit takes up to 3 bytes; decoded strings take no more room than the text.
    const maxBytes = typeof source === 'string' ? 3 * source.length : source.length
    this.#bytes = theBuffer().reserve(2 * maxBytes + SENTINEL_BYTES)
    if (typeof source === 'string') {
      this.#end = encoder.encodeInto(source, this.#bytes).written
    } else {
      this.#bytes.set(source)
      this.#end = source.length
    }
    // Two, since a backslash may hide one.
    this.#bytes.fill(QUOTE, this.#end, this.#end + SENTINEL_BYTES)
    this.#decodedEnd = this.#end + SENTINEL_BYTES
  }

  /** Reads members from behind an object's opening brace to behind its closing one. */
  #object(node: PathNode<Field>, element: number): void {
    this.#enter()
    const bytes = this.#bytes
    for (;;) {
      const byte = this.#nextByte()
      if (byte === COMMA) {
        this.#at++
        continue
      }
      if (byte === RIGHT_BRACE) break
      if (byte !== QUOTE) throw malformed()
      const child = this.#name(node)
      if (this.#nextByte() !== COLON) throw malformed()
      this.#at++
      const first = this.#nextByte()
      if (child === undefined) {
        this.#skip(first)
      } else if (first === LEFT_BRACE || first === LEFT_BRACKET) {
        this.#container(first, child, element)
      } else {
        this.#scalar(first, child, element)
      }
      if (bytes[this.#at] === COMMA) this.#at++
    }
    this.#at++
    this.#depth--
  }

  /** Reads elements from behind an array's opening bracket to behind its closing one. */
  #array(node: PathNode<Field>, element: number): void {
    this.#enter()
    const array = this.#arrayCount++
    for (let index = 0; ; index++) {
      const first = this.#nextByte()
      if (first === COMMA) {
        this.#at++
        index--
      } else if (first === RIGHT_BRACKET) {
        break
      } else if (first === LEFT_BRACE || first === LEFT_BRACKET) {
        this.#container(first, node, this.#addElement(array, index, element))
      } else {
        this.#scalar(first, node, element)
      }
    }
    this.#at++
    this.#depth--
  }

  #enter(): void {
    if (++this.#depth > MAX_NESTING_DEPTH) {
      throw new EventError(`Event is nested deeper than ${MAX_NESTING_DEPTH} levels`)
    }
  }

  #container(bracket: number, node: PathNode<Field>, element: number): void {
    if (bracket === LEFT_BRACKET) {
      this.#at++
      this.#array(node, element)
    } else if (node.hasChildren) {
      this.#at++
      this.#object(node, element)
    } else {
      this.#skip(bracket)
    }
  }

  #addElement(array: number, index: number, outer: number): number {
    const element = this.#elementCount++
    this.#arrays[element] = array
    this.#indexes[element] = index
    this.#outerElements[element] = outer
    return element
  }

  /** Steps over a name and looks it up, part by part where it has dots. */
  #name(parent: PathNode<Field>): PathNode<Field> | undefined {
    const bytes = this.#bytes
    let at = this.#at + 1
    let partStart = at
    let hash = 0
    let node: PathNode<Field> | undefined = parent
    for (let byte = bytes[at]!; byte !== QUOTE; byte = bytes[++at]!) {
      if (byte === BACKSLASH) return this.#escapedName(parent)
      if (byte === DOT) {
        node = node?.child(hash, bytes, partStart, at)
        partStart = at + 1
        hash = 0
      } else {
        hash = hashWith(hash, byte)
      }
    }
    this.#endString(at)
    return node?.child(hash, bytes, partStart, at)
  }

  #escapedName(parent: PathNode<Field>): PathNode<Field> | undefined {
    const start = this.#at + 1
    this.#skipString()
    const bytes = this.#bytes
    const end = decodeEscapes(bytes, start, this.#at - 1, this.#decodedEnd)
    let node: PathNode<Field> | undefined = parent
    let partStart = this.#decodedEnd
    for (let at = partStart; at <= end; at++) {
      if (at < end && bytes[at] !== DOT) continue
      node = node?.child(hashOfBytes(bytes, partStart, at), bytes, partStart, at)
      partStart = at + 1
    }
    return node
  }

  #scalar(first: number, node: PathNode<Field>, element: number): void {
    const { field } = node
    if (field === undefined) this.#skip(first)
    else if (first === QUOTE) this.#string(field, element)
    else this.#add(field, element, typeOf(first), this.#at, this.#skipPlain())
  }

  #string(field: Field, element: number): void {
    const bytes = this.#bytes
    const start = this.#at + 1
    let at = start
    for (let byte = bytes[at]!; byte !== QUOTE; byte = bytes[++at]!) {
      if (byte === BACKSLASH) {
        this.#escapedString(field, element)
        return
      }
    }
    this.#endString(at)
    this.#add(field, element, 'string', start, at)
  }

  #escapedString(field: Field, element: number): void {
    const start = this.#at + 1
    this.#skipString()
    const bytes = this.#bytes
    bytes[this.#decodedEnd] = QUOTE
    const decodedStart = this.#decodedEnd + 1
    const decodedEnd = decodeEscapes(bytes, start, this.#at - 1, decodedStart)
    bytes[decodedEnd] = QUOTE
    this.#decodedEnd = decodedEnd + 1
    this.#add(field, element, 'string', decodedStart, decodedEnd)
  }

  #add(field: Field, element: number, type: ValueType, start: number, end: number): void {
    if (this.#valueCount === this.#values.length) this.#values.push(new ScannedValue())
    const value = this.#values[this.#valueCount++]!
    value.set(type, this.#bytes, start, end)
    if (field.firstValue === undefined) this.found.push(field)
    value.element = element
    value.next = field.firstValue
    field.firstValue = value
  }

  /** Steps over white space; returns the byte that follows it. */
  #nextByte(): number {
    const bytes = this.#bytes
    let at = this.#at
    while (bytes[at]! <= SPACE) at++
    this.#at = at
    return bytes[at]!
  }

  /** Steps over a value from its first byte on. */
  #skip(first: number): void {
    if (first === QUOTE) this.#skipString()
    else if (first === LEFT_BRACE || first === LEFT_BRACKET) this.#skipContainer(first)
    else this.#skipPlain()
  }

  /** Steps over a number or word; returns its end. */
  #skipPlain(): number {
    const bytes = this.#bytes
    const start = this.#at
    let at = start
    for (let byte = bytes[at]!; isPlain(byte); ) byte = bytes[++at]!
    if (at === start) throw malformed()
    this.#at = at
    return at
  }

  #skipString(): void {
    const bytes = this.#bytes
    let at = this.#at + 1
    for (let byte = bytes[at]!; byte !== QUOTE; byte = bytes[++at]!) {
      if (byte === BACKSLASH) at++
    }
    this.#endString(at)
  }

  /** Goes on behind a closing quote, unless that is the sentinel. */
  #endString(quote: number): void {
    if (quote >= this.#end) throw malformed()
    this.#at = quote + 1
  }

  #skipContainer(open: number): void {
    const end = theBuffer().containerEnd(this.#at + 1, this.#end, open)
    if (end === NO_END) throw malformed()
    this.#at = end
  }

  /** The array elements that hold a value, as pairs of array and index. */
  membership(element: number): number[] {
    const pairs: number[] = []
    for (let at = element; at !== 0; at = this.#outerElements[at]!) {
      pairs.push(this.#arrays[at]!, this.#indexes[at]!)
    }
    return pairs
  }
}

function typeOf(first: number): ValueType {
  switch (first) {
    case LOWER_T:
      return 'true'
    case LOWER_F:
      return 'false'
    case LOWER_N:
      return 'null'
    default:
      return 'number'
  }
}

/** Whether a byte belongs to a number or a word. */
function isPlain(byte: number): boolean {
  return (
    byte > SPACE &&
    byte !== COMMA &&
    byte !== RIGHT_BRACE &&
    byte !== RIGHT_BRACKET &&
    byte !== QUOTE &&
    byte !== COLON
  )
}

function malformed(): EventError {
  return new EventError('Event is not well-formed JSON')
}
