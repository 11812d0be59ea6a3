/** For tests: random values of a shape, as far as the clients can carry them. */
import fc from 'fast-check'
import type { Member, ProtocolName, Shape, StructureShape } from '../../model.ts'

const MAX_DEPTH = 12
const MAX_MEMBERS = 5

/** The least depth of a value that is not empty: a query request cannot carry an empty one. */
function height(shape: Shape, limit = MAX_DEPTH): number {
  if (limit === 0) return MAX_DEPTH
  if ('item' in shape) return 1 + height(shape.item.shape, limit - 1)
  if ('key' in shape) return 1 + height(shape.value.shape, limit - 1)
  if (!('members' in shape)) return 0
  const heights = shape.members.map((member) => height(member.shape, limit - 1))
  return 1 + Math.min(MAX_DEPTH, ...heights)
}
const EPOCH_END = new Date('2099-12-31T23:59:59.999Z')

/** Neither all blank, nor holding what XML 1.0 has no way to write. */
const text = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 12 })
  .map((string) => `x${string}`.replace(/\p{Cc}|[\ufffe\uffff]/gu, '\t'))
const hostile = fc.constantFrom('<&>"\'', 'a+b=c&d', '__proto__', 'ünï☃💥', ']]>', '%2F.%', 'a/b')
/** The client loses a key named __proto__. */
const isCarried = (key: string) => key !== '__proto__'
const plain = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9:/_-]{0,20}$/)

const time = fc.date({ min: new Date(0), max: EPOCH_END, noInvalidDate: true })
const wholeSecond = time.map((date) => new Date(Math.floor(date.getTime() / 1000) * 1000))

type Arbitrary = fc.Arbitrary<unknown>

/** Values of an operation's input or output. */
export class Values {
  readonly #isQuery: boolean
  readonly #isEc2: boolean

  constructor(protocol: ProtocolName) {
    this.#isEc2 = protocol === 'ec2Query'
    this.#isQuery = this.#isEc2 || protocol === 'awsQuery'
  }

  structure(shape: StructureShape, depth = 0): fc.Arbitrary<Record<string, unknown>> {
    const members = shape.members.filter((member) => depth + height(member.shape) < MAX_DEPTH)
    if (members.length === 0) return fc.constant({})
    const most = shape.kind === 'union' ? 1 : MAX_MEMBERS
    const always = new Set<string | undefined>(['label', 'status'])
    const bound = members.filter(({ traits }) => always.has(traits.in)).map(({ name }) => name)
    return fc
      .shuffledSubarray(
        members.map(({ name }) => name),
        { minLength: 1 },
      )
      .chain((names) => {
        const chosen = new Set([...bound, ...names.slice(0, most)])
        const fields = members.filter(({ name }) => chosen.has(name))
        return fc.record(
          Object.fromEntries(fields.map((each) => [each.name, this.#member(each, depth + 1)])),
        )
      })
      .map((record) => ({ ...record }))
  }

  #member({ shape, traits }: Member, depth: number): Arbitrary {
    if (traits.in === 'header' || traits.in === 'query' || traits.in === 'label') {
      if (shape.kind === 'string') return traits.in === 'header' ? plain : fc.oneof(plain, hostile)
      if (traits.in === 'header' && shape.kind === 'timestamp') return wholeSecond
      if ('item' in shape) return fc.array(plain, { minLength: 1, maxLength: 3 })
    }
    if (traits.in === 'status') return fc.constant(200)
    return this.value(shape, depth)
  }

  value(shape: Shape, depth: number): Arbitrary {
    const least = this.#isQuery ? 1 : 0
    if ('members' in shape) return this.structure(shape, depth)
    if ('item' in shape) {
      const length = { minLength: this.#isEc2 || depth > 1 ? least : 0, maxLength: 3 }
      return fc.array(this.value(shape.item.shape, depth + 1), length)
    }
    if ('key' in shape) {
      const key = fc.oneof(plain, hostile).filter(isCarried)
      const size = { minKeys: least, maxKeys: 3 }
      return fc
        .dictionary(key, this.value(shape.value.shape, depth + 1), {
          ...size,
          noNullPrototype: true,
        })
        .map((record) => record)
    }
    switch (shape.kind) {
      case 'string':
        return fc.oneof(plain, hostile, text)
      case 'integer':
        return fc.integer()
      case 'number':
        return fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 })
      case 'boolean':
        return fc.boolean()
      case 'blob':
      case 'stream':
        return fc.uint8Array({ minLength: 1, maxLength: 20 })
      case 'httpDate':
        return wholeSecond
      case 'timestamp':
      case 'dateTime':
      case 'epochSeconds':
        return time
      default:
        throw new Error(`no values of kind ${shape.kind}`)
    }
  }
}

/** Comparable forms of bytes and of what differs only in its prototype. */
export function comparable(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (value instanceof Date || typeof value !== 'object' || value === null) {
    return Object.is(value, -0) ? 0 : value
  }
  if (Array.isArray(value)) return value.map(comparable)
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(entries.map(([key, item]) => [key, comparable(item)]))
}
