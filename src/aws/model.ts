/**
 * A service's operations, shapes and constraints, as `npm run build` made them from the schemas
 * of the AWS SDK's client packages (dist/models). Loading one takes milliseconds: shapes become
 * objects only when something asks for them.
 */
import { existsSync, readFileSync } from 'node:fs'

export type ProtocolName = 'ec2Query' | 'awsQuery' | 'awsJson1_0' | 'awsJson1_1' | 'restJson1'

/** The simple kinds; a target below their number is the kind itself, else a shape. */
export const SIMPLE_KINDS = [
  'unit',
  'string',
  'integer',
  'number',
  'boolean',
  'timestamp',
  'dateTime',
  'httpDate',
  'epochSeconds',
  'document',
  'bigInteger',
  'blob',
  'stream',
] as const
export type SimpleKind = (typeof SIMPLE_KINDS)[number]

/** Where a member stands in an HTTP message; unset is the body. */
export type Binding = 'label' | 'payload' | 'status' | 'header' | 'prefix' | 'query' | 'params'

export interface Traits {
  /** The element's name in XML, and the parameter's in awsQuery. */
  xml?: string
  /** The parameter's name in ec2Query. */
  query?: string
  json?: string
  /** Messages do not show its value. */
  secret?: 1
  /** A list or map without an element of its own around its items. */
  flat?: 1
  in?: Binding
  /** Name of the header (lower case) or query parameter, or the headers' prefix. */
  at?: string
}

export type MemberData = [name: string, target: number, traits?: Traits]
export type ShapeData =
  | [kind: 'structure' | 'union', name: string, members: MemberData[]]
  | [kind: 'list', name: string, item: MemberData]
  | [kind: 'map', name: string, key: MemberData, value: MemberData]
export type OperationData =
  | [input: number, output: number]
  | [input: number, output: number, method: string, path: string, status: number]

export interface ErrorData {
  shape: number
  status?: number
  /** The code on the wire of the query protocol, where it is not the shape's name. */
  queryCode?: string
}

/** What an input has to satisfy; `members`, `member`, `key`, `value` name further constraints. */
export interface ConstraintData {
  min?: number
  max?: number
  pattern?: string
  enum?: string[]
  /** What a refusal tells of the enum, where AWS takes more than it tells. */
  told?: string[]
  required?: string[]
  /** Members that are no integers. Only in models/constraints: it becomes the shapes' kinds. */
  decimals?: string[]
  members?: Record<string, string>
  member?: string
  key?: string
  value?: string
}

export interface ModelData {
  service: string
  protocol: ProtocolName
  version: string
  namespace: string
  xmlNamespace: string
  targetPrefix: string
  /** A JSON service that still answers in the query protocol (SQS). */
  queryCompatible: boolean
  operations: Record<string, OperationData>
  errors: Record<string, ErrorData>
  shapes: ShapeData[]
  constraints: Record<string, ConstraintData>
}

/** A model as a file: a line for the constraints and one for each shape, read when asked for. */
export function textOf({ shapes, constraints, ...rest }: ModelData): string {
  return [rest, constraints, ...shapes].map((part) => JSON.stringify(part)).join('\n')
}

const CONSTRAINTS_LINE = 1
const FIRST_SHAPE_LINE = 2

export interface SimpleShape {
  readonly kind: SimpleKind
}

export interface StructureShape {
  readonly kind: 'structure' | 'union'
  readonly name: string
  readonly members: readonly Member[]
}

export interface ListShape {
  readonly kind: 'list'
  readonly name: string
  readonly item: Member
}

export interface MapShape {
  readonly kind: 'map'
  readonly name: string
  readonly key: Member
  readonly value: Member
}

export type Shape = SimpleShape | StructureShape | ListShape | MapShape

/** A structure's member, a list's item, a map's key or value. Its shape is resolved when asked. */
export class Member {
  readonly name: string
  readonly traits: Readonly<Traits>
  readonly #model: Model
  readonly #target: number

  constructor(model: Model, [name, target, traits]: MemberData) {
    this.name = name
    this.traits = traits ?? NO_TRAITS
    this.#model = model
    this.#target = target
  }

  get shape(): Shape {
    return this.#model.shape(this.#target)
  }
}

export interface OperationModel {
  readonly service: string
  readonly name: string
  readonly input: StructureShape
  readonly output: StructureShape
  /** REST protocols only. */
  readonly http?: { readonly method: string; readonly path: string; readonly status: number }
}

export interface ErrorModel {
  /** The shape's name, which is the code in JSON protocols. */
  readonly name: string
  readonly queryCode: string
  readonly status?: number
  readonly shape: StructureShape
}

const NO_TRAITS: Readonly<Traits> = {}
const NOTHING: StructureShape = { kind: 'structure', name: 'Unit', members: [] }
const SIMPLE_SHAPES: readonly SimpleShape[] = SIMPLE_KINDS.map((kind) => ({ kind }))

export class Model {
  readonly service: string
  readonly protocol: ProtocolName
  readonly version: string
  readonly namespace: string
  readonly xmlNamespace: string
  readonly targetPrefix: string
  readonly queryCompatible: boolean
  readonly #data: Omit<ModelData, 'shapes' | 'constraints'>
  readonly #lines: readonly string[]
  #constraints: ModelData['constraints'] | undefined
  readonly #shapes: (Shape | undefined)[] = []
  readonly #operations = new Map<string, OperationModel>()
  readonly #errors = new Map<string, ErrorModel>()

  /** Takes what `textOf` made. */
  constructor(text: string) {
    this.#lines = text.split('\n')
    const data: Omit<ModelData, 'shapes' | 'constraints'> = this.#line(0)
    this.service = data.service
    this.protocol = data.protocol
    this.version = data.version
    this.namespace = data.namespace
    this.xmlNamespace = data.xmlNamespace
    this.targetPrefix = data.targetPrefix
    this.queryCompatible = data.queryCompatible
    this.#data = data
  }

  get operationNames(): string[] {
    return Object.keys(this.#data.operations)
  }

  operation(name: string): OperationModel | undefined {
    const known = this.#operations.get(name)
    if (known) return known
    if (!Object.hasOwn(this.#data.operations, name)) return undefined
    const data = this.#data.operations[name]!
    const operation: OperationModel = {
      service: this.service,
      name,
      input: this.#structure(data[0]),
      output: this.#structure(data[1]),
      ...(data.length === 5 && { http: { method: data[2], path: data[3], status: data[4] } }),
    }
    this.#operations.set(name, operation)
    return operation
  }

  /** The error that a code names, whether by its shape's name or as the query protocol has it. */
  error(code: string): ErrorModel | undefined {
    const known = this.#errors.get(code)
    if (known) return known
    const { errors } = this.#data
    const name = Object.hasOwn(errors, code)
      ? code
      : Object.keys(errors).find((key) => errors[key]?.queryCode === code)
    if (name === undefined) return undefined
    const { shape, status, queryCode } = errors[name]!
    const error = { name, status, queryCode: queryCode ?? name, shape: this.#structure(shape) }
    this.#errors.set(code, error)
    return error
  }

  constraint(name: string): ConstraintData | undefined {
    this.#constraints ??= this.#line<ModelData['constraints']>(CONSTRAINTS_LINE)
    return Object.hasOwn(this.#constraints, name) ? this.#constraints[name] : undefined
  }

  shape(target: number): Shape {
    const simple = SIMPLE_SHAPES[target]
    if (simple) return simple
    const index = target - SIMPLE_KINDS.length
    let shape = this.#shapes[index]
    if (!shape) {
      shape = this.#resolve(this.#line(FIRST_SHAPE_LINE + index))
      this.#shapes[index] = shape
    }
    return shape
  }

  #structure(target: number): StructureShape {
    const shape = this.shape(target)
    return 'members' in shape ? shape : NOTHING
  }

  #line<Part>(index: number): Part {
    return JSON.parse(this.#lines[index]!)
  }

  #resolve(data: ShapeData): Shape {
    const [kind, name] = data
    if (kind === 'list') return { kind, name, item: new Member(this, data[2]) }
    if (kind === 'map') {
      return { kind, name, key: new Member(this, data[2]), value: new Member(this, data[3]) }
    }
    return { kind, name, members: data[2].map((member) => new Member(this, member)) }
  }
}

/** The whole text must match, as Java's `matches` has it; `\p{…}` needs JavaScript's u flag. */
export function patternRegExp(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, pattern.includes('\\p{') ? 'u' : '')
}

/** dist/models, seen from the bundle in dist or from this file in src/aws. */
const FOLDERS = [
  new URL('./models/', import.meta.url),
  new URL('../../dist/models/', import.meta.url),
]
const loaded = new Map<string, Model>()

/** The model of a service by its signing name. Throws when the project has not been built. */
export function loadModel(service: string): Model {
  const known = loaded.get(service)
  if (known) return known
  const file = FOLDERS.map((folder) => new URL(`${service}.jsonl`, folder)).find(existsSync)
  if (!file) throw new Error(`No model of ${service}: run "npm run build" first`)
  const model = new Model(readFileSync(file, 'utf8'))
  loaded.set(service, model)
  return model
}
