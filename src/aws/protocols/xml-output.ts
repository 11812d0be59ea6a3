/** Outputs to XML, by writers that are made once per shape, into a sink of limited chunks. */
import type { ListShape, MapShape, Member, Shape, SimpleKind, StructureShape } from '../model.ts'
import { writeText } from './text-values.ts'
import { escapeXml, XmlSink } from './xml-sink.ts'

type Write = (sink: XmlSink, value: unknown) => void
type Fields = Readonly<Record<string, unknown>>

/** Lists of up to this many items are written in one go. */
const LONG_LIST_ITEMS = 50

/** How deep long lists are looked for: instances stand in a list of reservations. */
const LIST_LEVELS = 2

type Document = string | Iterable<string>

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const asFields = (value: unknown) => value as Fields

/** Whether the value is or holds a long list, within so many levels of lists. */
function isLong(shape: Shape, value: unknown, levels: number): boolean {
  if (levels === 0 || value === undefined || value === null) return false
  if ('item' in shape) {
    const list = asList(value)
    if (list.length > LONG_LIST_ITEMS) return true
    return list.some((item) => isLong(shape.item.shape, item, levels - 1))
  }
  if (!('members' in shape)) return false
  return shape.members.some((member) => {
    return 'item' in member.shape && isLong(member.shape, asFields(value)[member.name], levels)
  })
}

export class XmlWriter {
  readonly #timestamp: (value: unknown) => string
  readonly #bodies = new WeakMap<Shape, Write>()

  /** `timestamp` writes the times whose shape leaves the form open. */
  constructor(timestamp: (value: unknown) => string) {
    this.#timestamp = timestamp
  }

  /** Writes a structure's members, without an element around them. */
  members(sink: XmlSink, shape: StructureShape, value: object): void {
    this.#body(shape)(sink, value)
  }

  /**
   * The text between `head` and `tail`: one string, or chunks when a list in it is long. They are
   * made as they are asked for, so that a large answer holds up nobody else's.
   */
  document(head: string, shape: StructureShape, value: object, tail: string): Document {
    if (isLong(shape, value, LIST_LEVELS)) {
      return { [Symbol.iterator]: () => this.#chunks(head, shape, value, tail) }
    }
    const sink = new XmlSink()
    sink.add(head)
    this.members(sink, shape, value)
    sink.add(tail)
    return sink.take()
  }

  *#chunks(head: string, shape: StructureShape, value: object, tail: string): Iterator<string> {
    const sink = new XmlSink()
    sink.add(head)
    yield* this.#longStructure(sink, shape, value, LIST_LEVELS)
    sink.add(tail)
    yield sink.take()
  }

  *#longStructure(
    sink: XmlSink,
    shape: StructureShape,
    value: unknown,
    levels: number,
  ): Iterable<string> {
    for (const member of shape.members) {
      const field = asFields(value)[member.name]
      if (field === undefined || field === null) continue
      const name = member.traits.xml ?? member.name
      const { shape, traits } = member
      if ('item' in shape && !traits.flat && isLong(shape, field, levels)) {
        yield* this.#longList(sink, shape, name, field, levels)
      } else this.#element(member, name)(sink, field)
    }
  }

  *#longList(
    sink: XmlSink,
    { item: member }: ListShape,
    name: string,
    value: unknown,
    levels: number,
  ): Iterable<string> {
    const itemName = member.traits.xml ?? 'member'
    const write = this.#element(member, itemName)
    sink.add(`<${name}>`)
    for (const item of asList(value)) {
      if (item === undefined || item === null) continue
      if ('members' in member.shape && isLong(member.shape, item, levels - 1)) {
        sink.add(`<${itemName}>`)
        yield* this.#longStructure(sink, member.shape, item, levels - 1)
        sink.add(`</${itemName}>`)
      } else write(sink, item)
      if (sink.isFull) yield sink.take()
    }
    sink.add(`</${name}>`)
  }

  #body(shape: Shape): Write {
    let write = this.#bodies.get(shape)
    if (write) return write
    if ('members' in shape) write = this.#structure(shape)
    else if ('item' in shape) write = this.#items(shape, shape.item.traits.xml ?? 'member')
    else if ('key' in shape) write = this.#entries(shape, 'entry')
    else write = this.#simple(shape.kind)
    this.#bodies.set(shape, write)
    return write
  }

  #simple(kind: SimpleKind): Write {
    if (kind === 'string') return (sink, value) => sink.add(escapeXml(String(value)))
    if (kind === 'timestamp') return (sink, value) => sink.add(this.#timestamp(value))
    return (sink, value) => sink.add(escapeXml(writeText(kind, value, 'dateTime')))
  }

  /** The element of one member, list item, key or value. */
  #element(member: Member, name: string): Write {
    const { shape, traits } = member
    if (traits.flat && 'item' in shape) return this.#items(shape, name)
    if (traits.flat && 'key' in shape) return this.#entries(shape, name)
    const open = `<${name}>`
    const close = `</${name}>`
    const empty = `<${name}/>`
    if (shape.kind === 'string') {
      return (sink, value) => {
        sink.add(value === '' ? empty : open + escapeXml(String(value)) + close)
      }
    }
    if (shape.kind === 'integer' || shape.kind === 'number' || shape.kind === 'boolean') {
      return (sink, value) => sink.add(`${open}${value}${close}`)
    }
    let body: Write | undefined
    const isList = shape.kind === 'list'
    return (sink, value) => {
      if (isList && (value as unknown[]).length === 0) {
        sink.add(empty)
        return
      }
      body ??= this.#body(shape)
      sink.add(open)
      body(sink, value)
      sink.add(close)
    }
  }

  #structure(shape: StructureShape): Write {
    let writers: { name: string; write: Write }[] | undefined
    return (sink, value) => {
      writers ??= shape.members.map((member) => ({
        name: member.name,
        write: this.#element(member, member.traits.xml ?? member.name),
      }))
      const fields = asFields(value)
      for (const { name, write } of writers) {
        const field = fields[name]
        if (field !== undefined && field !== null) write(sink, field)
      }
    }
  }

  #items(shape: ListShape, name: string): Write {
    let write: Write | undefined
    return (sink, value) => {
      write ??= this.#element(shape.item, name)
      for (const item of value as readonly unknown[]) {
        if (item === undefined || item === null) continue
        write(sink, item)
      }
    }
  }

  #entries(shape: MapShape, name: string): Write {
    let write: Write | undefined
    const key = shape.key.traits.xml ?? 'key'
    return (sink, value) => {
      write ??= this.#element(shape.value, shape.value.traits.xml ?? 'value')
      for (const [field, item] of Object.entries(asFields(value))) {
        if (item === undefined || item === null) continue
        sink.add(`<${name}><${key}>${escapeXml(field)}</${key}>`)
        write(sink, item)
        sink.add(`</${name}>`)
      }
    }
  }
}
