/**
 * Inputs and outputs as CloudTrail writes them: the first letter of each member in lower case,
 * secrets hidden, what is too large left out. EC2's own forms are in ec2-elements.ts.
 * CloudTrail's user guide tells of the limit under "CloudTrail record contents".
 */
import type { ListShape, MapShape, Member, Shape, StructureShape } from '../../aws/model.ts'
import { timeOf } from '../../aws/protocols/text-values.ts'
import { spelledDate } from '../../clock.ts'

/** Larger request parameters or response elements are left out. */
const MAX_ELEMENT_CHARACTERS = 102_400
/** What a number or the punctuation around a member counts for. */
const MEMBER_CHARACTERS = 8

/** How a kind of element is written. */
export interface Style {
  nameOf(member: Member): string
  /** A list from its converted items. */
  list(items: unknown[], member: Member): unknown
  time(ms: number): unknown
  /** In the place of a secret; a secret is left out when there is none. */
  readonly secret: string | undefined
}

export const camel = (name: string) => name.charAt(0).toLowerCase() + name.slice(1)

const plain = {
  nameOf: ({ name }: Member) => camel(name),
  list: (items: unknown[]) => items,
  time: spelledDate,
}

export const REQUEST: Style = { ...plain, secret: 'HIDDEN_DUE_TO_SECURITY_REASONS' }
export const RESPONSE: Style = { ...plain, secret: undefined }

class TooLarge extends Error {}

/** The element, or a note that it is too large. */
export function elementOf(
  value: object,
  shape: StructureShape,
  style: Style,
  what: 'requestParameters' | 'responseElements',
): Record<string, unknown> {
  try {
    return new Writer(style).structure(value as Record<string, unknown>, shape)
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error
    return { omitted: true, reason: `${what} too large` }
  }
}

/** What is to be done with a member, worked out once for each shape and style. */
interface Part {
  readonly from: string
  readonly to: string
  readonly member: Member
  readonly shape: Shape
  readonly secret: boolean
}

const partsByStyle = new WeakMap<Style, WeakMap<StructureShape, readonly Part[]>>()

function partsOf(shape: StructureShape, style: Style): readonly Part[] {
  const byShape = partsByStyle.get(style) ?? new WeakMap<StructureShape, readonly Part[]>()
  const known = byShape.get(shape)
  if (known) return known
  const made = shape.members.map((member) => ({
    from: member.name,
    to: style.nameOf(member),
    member,
    shape: member.shape,
    secret: member.traits.secret === 1,
  }))
  byShape.set(shape, made)
  partsByStyle.set(style, byShape)
  return made
}

class Writer {
  readonly #style: Style
  #left = MAX_ELEMENT_CHARACTERS

  constructor(style: Style) {
    this.#style = style
  }

  structure(value: Record<string, unknown>, shape: StructureShape): Record<string, unknown> {
    const written: Record<string, unknown> = {}
    for (const part of partsOf(shape, this.#style)) {
      const given = value[part.from]
      const element = given === undefined ? undefined : this.#part(given, part)
      if (element !== undefined) written[part.to] = element
    }
    return written
  }

  #part(value: unknown, { member, shape, secret }: Omit<Part, 'from' | 'to'>): unknown {
    this.#spend(MEMBER_CHARACTERS)
    // Blobs and whole maps of secrets (environments) are left out.
    if (shape.kind === 'blob' || shape.kind === 'stream') return undefined
    if (secret) return shape.kind === 'string' ? this.#style.secret : undefined
    return this.#value(value, shape, member)
  }

  #value(value: unknown, shape: Shape, member: Member): unknown {
    switch (shape.kind) {
      case 'string':
        this.#spend(String(value).length)
        return value
      case 'structure':
      case 'union':
        return this.structure(value as Record<string, unknown>, shape)
      case 'list':
        return this.#list(value as readonly unknown[], shape, member)
      case 'map':
        return this.#map(value as Record<string, unknown>, shape)
      case 'timestamp':
      case 'dateTime':
      case 'httpDate':
      case 'epochSeconds':
        return this.#style.time(timeOf(value))
      default:
        return value
    }
  }

  #list(values: readonly unknown[], { item }: ListShape, member: Member): unknown {
    const part = { member: item, shape: item.shape, secret: item.traits.secret === 1 }
    const items = values.map((value) => this.#part(value, part))
    return this.#style.list(items, member)
  }

  #map(values: Record<string, unknown>, { value: member }: MapShape): unknown {
    const part = { member, shape: member.shape, secret: member.traits.secret === 1 }
    return Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, this.#part(value, part)]),
    )
  }

  #spend(characters: number): void {
    this.#left -= characters
    if (this.#left < 0) throw new TooLarge()
  }
}
