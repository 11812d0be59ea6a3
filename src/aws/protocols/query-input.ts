/** Form parameters to inputs, by readers that are made once per shape. */
import type { AwsError } from '../errors.ts'
import type { ListShape, MapShape, Member, Shape, StructureShape } from '../model.ts'
import type { FormNode } from './form.ts'
import { readText } from './text-values.ts'

/** What ec2Query and awsQuery do differently. */
export interface QueryDialect {
  memberName(member: Member): string
  isFlat(list: ListShape | MapShape, traits: Member['traits']): boolean
  /** A value that is not of the member's kind. */
  badValue(path: string, value: string, kind: Shape['kind']): AwsError
  /** Parts where a value is due, or a value where parts are due. */
  badForm(path: string, shape: Shape): AwsError
  /** A parameter that the shape lacks; undefined lets it pass. */
  unknown?(path: string): AwsError
}

type Read = (node: FormNode, path: string) => unknown

/** No leading zero, so that one index has one spelling; digits as in a 32-bit integer. */
const INDEX = /^(0|[1-9]\d{0,9})$/

const join = (path: string, name: string) => (path === '' ? name : `${path}.${name}`)

export class QueryReader {
  readonly #dialect: QueryDialect
  readonly #readers = new WeakMap<Shape, Read>()

  constructor(dialect: QueryDialect) {
    this.#dialect = dialect
  }

  /** The input that the parameters hold, those named in `ignored` aside. */
  input(
    shape: StructureShape,
    root: FormNode,
    ignored: ReadonlySet<string>,
  ): Record<string, unknown> {
    const children = new Map(root.children)
    for (const name of root.children?.keys() ?? []) {
      if (ignored.has(name) || name.startsWith('X-Amz-')) children.delete(name)
    }
    const input = this.#body(shape)({ children }, '')
    return input as Record<string, unknown>
  }

  #body(shape: Shape): Read {
    let read = this.#readers.get(shape)
    if (!read) {
      read = 'members' in shape ? this.#structure(shape) : this.#simple(shape)
      this.#readers.set(shape, read)
    }
    return read
  }

  #reader(member: Member): Read {
    const { shape, traits } = member
    if (shape.kind === 'list') return this.#list(shape, traits)
    if (shape.kind === 'map') return this.#map(shape, traits)
    return this.#body(shape)
  }

  #simple(shape: Shape): Read {
    const { kind } = shape
    return (node, path) => {
      if (node.children || node.value === undefined) throw this.#dialect.badForm(path, shape)
      const value = readText(kind, node.value)
      if (value === undefined) throw this.#dialect.badValue(path, node.value, kind)
      return value
    }
  }

  #structure(shape: StructureShape): Read {
    const dialect = this.#dialect
    let byWireName: Map<string, { name: string; read: Read }[]> | undefined
    const resolve = () => {
      byWireName = new Map()
      for (const member of shape.members) {
        const wireName = dialect.memberName(member)
        const entry = { name: member.name, read: this.#reader(member) }
        byWireName.set(wireName, [...(byWireName.get(wireName) ?? []), entry])
      }
      return byWireName
    }
    return (node, path) => {
      const members = byWireName ?? resolve()
      const input: Record<string, unknown> = {}
      if (node.value && path !== '') throw dialect.badForm(path, shape)
      for (const [wireName, child] of node.children ?? []) {
        const entries = members.get(wireName)
        if (!entries) {
          if (dialect.unknown) throw dialect.unknown(join(path, wireName))
          continue
        }
        for (const { name, read } of entries) {
          const value = read(child, join(path, wireName))
          if (value !== undefined) input[name] = value
        }
      }
      return input
    }
  }

  /** Gaps between indexes close up; nothing is allocated for them. */
  *#indexed(node: FormNode, path: string, shape: Shape): Iterable<[FormNode, string]> {
    const indexes: number[] = []
    for (const key of node.children?.keys() ?? []) {
      if (!INDEX.test(key)) throw this.#dialect.badForm(join(path, key), shape)
      indexes.push(Number(key))
    }
    for (const index of indexes.sort((a, b) => a - b)) {
      yield [node.children?.get(String(index)) ?? {}, join(path, String(index))]
    }
  }

  #list(shape: ListShape, traits: Member['traits']): Read {
    const itemName = shape.item.traits.xml ?? 'member'
    const flat = this.#dialect.isFlat(shape, traits)
    let readItem: Read | undefined
    return (node, path) => {
      // An empty list travels as an empty parameter.
      if (!node.children && node.value === '') return []
      if (node.value) throw this.#dialect.badForm(path, shape)
      readItem ??= this.#reader(shape.item)
      const holder = flat ? node : this.#only(node, itemName, path, shape)
      const list: unknown[] = []
      const at = flat ? path : join(path, itemName)
      for (const [item, itemPath] of this.#indexed(holder, at, shape)) {
        list.push(readItem(item, itemPath))
      }
      return list
    }
  }

  #map(shape: MapShape, traits: Member['traits']): Read {
    const { key, value } = shape
    const keyName = key.traits.xml ?? 'key'
    const valueName = value.traits.xml ?? 'value'
    const flat = this.#dialect.isFlat(shape, traits)
    let readValue: Read | undefined
    return (node, path) => {
      if (!node.children && node.value === '') return {}
      readValue ??= this.#reader(value)
      const holder = flat ? node : this.#only(node, 'entry', path, shape)
      const entries: [string, unknown][] = []
      for (const [entry, at] of this.#indexed(holder, flat ? path : join(path, 'entry'), shape)) {
        const name = entry.children?.get(keyName)?.value
        const child = entry.children?.get(valueName)
        if (name === undefined || !child) throw this.#dialect.badForm(at, shape)
        entries.push([name, readValue(child, join(at, valueName))])
      }
      // fromEntries defines properties, so a key like __proto__ is a key like any other.
      return Object.fromEntries(entries)
    }
  }

  #only(node: FormNode, name: string, path: string, shape: Shape): FormNode {
    const child = node.children?.get(name)
    if (!child || node.children?.size !== 1) throw this.#dialect.badForm(path, shape)
    return child
  }
}
