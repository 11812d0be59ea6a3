/**
 * Inputs and outputs as CloudTrail writes them: the first letter of each member in lower case,
 * secrets hidden, what is too large left out. EC2's own forms are in ec2-elements.ts.
 * CloudTrail's user guide tells of the limit under "CloudTrail record contents".
 */
import type { ListShape, Member, Shape, StructureShape } from '../../aws/model.ts'
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

class Writer {
  readonly #style: Style
  #left = MAX_ELEMENT_CHARACTERS

  constructor(style: Style) {
    this.#style = style
  }

  structure(value: Record<string, unknown>, { members }: StructureShape) {
    const written: Record<string, unknown> = {}
    for (const member of members) {
      const part = value[member.name]
      const element = part === undefined ? undefined : this.#member(part, member)
      if (element !== undefined) written[this.#style.nameOf(member)] = element
    }
    return written
  }

  #member(value: unknown, member: Member): unknown {
    const { shape } = member
    this.#spend(MEMBER_CHARACTERS)
    // Blobs and whole maps of secrets (environments) are left out.
    if (shape.kind === 'blob' || shape.kind === 'stream') return undefined
    if (member.traits.secret) return shape.kind === 'string' ? this.#style.secret : undefined
    return this.#value(value, shape, member)
  }

  #value(value: unknown, shape: Shape, member: Member): unknown {
    switch (shape.kind) {
      case 'structure':
      case 'union':
        return this.structure(value as Record<string, unknown>, shape)
      case 'list':
        return this.#list(value as readonly unknown[], shape, member)
      case 'map': {
        const entries = Object.entries(value as object)
        return Object.fromEntries(
          entries.map(([key, part]) => [key, this.#member(part, shape.value)]),
        )
      }
      case 'timestamp':
      case 'dateTime':
      case 'httpDate':
      case 'epochSeconds':
        return this.#style.time(timeOf(value))
      default:
        if (typeof value === 'string') this.#spend(value.length)
        return value
    }
  }

  #list(values: readonly unknown[], { item }: ListShape, member: Member): unknown {
    const items = values.map((value) => this.#member(value, item))
    return this.#style.list(items, member)
  }

  #spend(characters: number): void {
    this.#left -= characters
    if (this.#left < 0) throw new TooLarge()
  }
}
