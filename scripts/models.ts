/**
 * Converts the wire schemas that the AWS SDK's client packages carry, and the constraints of
 * models/constraints, into the compact data that the server loads (see src/aws/model.ts).
 *
 * The schemas' form is an implementation detail of the SDK, so whatever is not understood here
 * fails the build instead of being served wrongly.
 */
import { readFileSync } from 'node:fs'
import type {
  ConstraintData,
  ErrorData,
  MemberData,
  ModelData,
  OperationData,
  ProtocolName,
  ShapeData,
  Traits,
} from '../src/aws/model.ts'
import { SIMPLE_KINDS } from '../src/aws/model.ts'
import { checkedPattern } from './patterns.ts'

interface Source {
  /** The client package whose schemas are converted. */
  package: string
  /** Facts that the package lacks: SQS's older query protocol has its own namespace. */
  xmlNamespace?: string
}

/** The services that are served, by the name that their requests are signed with. */
export const SERVICES: Readonly<Record<string, Source>> = {
  ec2: { package: '@aws-sdk/client-ec2' },
  events: { package: '@aws-sdk/client-eventbridge' },
  lambda: { package: '@aws-sdk/client-lambda' },
  iam: { package: '@aws-sdk/client-iam' },
  sts: { package: '@aws-sdk/client-sts' },
  logs: { package: '@aws-sdk/client-cloudwatch-logs' },
  cloudtrail: { package: '@aws-sdk/client-cloudtrail' },
  sqs: {
    package: '@aws-sdk/client-sqs',
    xmlNamespace: 'http://queue.amazonaws.com/doc/2012-11-05/',
  },
}

const CONSTRAINTS = new URL('../models/constraints/', import.meta.url)

const STRING = SIMPLE_KINDS.indexOf('string')

/** The kinds of schema, by the number that stands first in each. */
const KIND = { simple: 0, list: 1, map: 2, structure: 3, union: 4, operation: 9, error: -3 }

/** Simple types by their number; absent ones are not served by any protocol here. */
const SIMPLE_BY_NUMBER: Readonly<Record<number, (typeof SIMPLE_KINDS)[number]>> = {
  0: 'string',
  1: 'number',
  2: 'boolean',
  4: 'timestamp',
  5: 'dateTime',
  6: 'httpDate',
  7: 'epochSeconds',
  15: 'document',
  17: 'bigInteger',
  21: 'blob',
  42: 'stream',
}
const NUMBER = 1
const LIST_OF = 64
const MAP_OF = 128

const TRAIT_BITS = [
  'httpLabel',
  'idempotent',
  'idempotencyToken',
  'sensitive',
  'httpPayload',
  'httpResponseCode',
  'httpQueryParams',
]

/** Traits that change nothing on the wire of the protocols served. */
const SILENT = new Set([
  'idempotent',
  'idempotencyToken',
  'streaming',
  'eventPayload',
  'eventHeader',
  'mediaType',
  'endpoint',
  'hostLabel',
])

type RawTraits = Record<string, unknown>

function traitsOf(raw: unknown): RawTraits {
  if (raw === undefined || raw === null) return {}
  if (typeof raw === 'object') return { ...raw }
  const bits = Number(raw)
  return Object.fromEntries(TRAIT_BITS.filter((_, i) => (bits >> i) & 1).map((name) => [name, 1]))
}

function wireTraits(raw: RawTraits, where: string): Traits | undefined {
  const traits: Traits = {}
  for (const [name, value] of Object.entries(raw)) {
    const text = String(value)
    if (name === 'xmlName') traits.xml = text
    else if (name === 'ec2QueryName') traits.query = text
    else if (name === 'jsonName') traits.json = text
    else if (name === 'xmlFlattened') traits.flat = 1
    else if (name === 'sensitive') traits.secret = 1
    else if (name === 'httpLabel') traits.in = 'label'
    else if (name === 'httpPayload') traits.in = 'payload'
    else if (name === 'httpResponseCode') traits.in = 'status'
    else if (name === 'httpQueryParams') traits.in = 'params'
    else if (name === 'httpHeader') Object.assign(traits, { in: 'header', at: text.toLowerCase() })
    else if (name === 'httpPrefixHeaders') Object.assign(traits, { in: 'prefix', at: text })
    else if (name === 'httpQuery') Object.assign(traits, { in: 'query', at: text })
    else if (!SILENT.has(name)) throw new Error(`${where}: unknown trait ${name}`)
  }
  return Object.keys(traits).length > 0 ? traits : undefined
}

function array(value: unknown, where: string): unknown[] {
  if (!Array.isArray(value)) throw new Error(`${where}: unknown schema ${String(value)}`)
  return value
}

/** Gathers the shapes reachable from operations and errors, each once. */
class Shapes {
  readonly data: ShapeData[] = []
  readonly #indexes = new Map<unknown, number>()
  readonly #constraints: Readonly<Record<string, ConstraintData>>

  constructor(constraints: Readonly<Record<string, ConstraintData>>) {
    this.#constraints = constraints
  }

  /** A member of a structure, a list's item, a map's key or value. */
  member(name: string, ref: unknown, where: string): MemberData {
    let raw: RawTraits = {}
    let target = ref
    while (true) {
      if (typeof target === 'function') target = target()
      if (!Array.isArray(target)) break
      if (typeof target[1] !== 'string') {
        raw = { ...traitsOf(target[1]), ...raw }
        target = target[0]
      } else if (target[0] === KIND.simple) {
        raw = { ...traitsOf(target[3]), ...raw }
        target = target[4]
      } else {
        if (traitsOf(target[3]).sensitive) raw = { sensitive: 1, ...raw }
        break
      }
    }
    const traits = wireTraits(raw, `${where}.${name}`)
    // The schemas do not tell integers from other numbers, the constraints do.
    const isInteger = target === NUMBER && !this.#constraints[where]?.decimals?.includes(name)
    const index = isInteger
      ? SIMPLE_KINDS.indexOf('integer')
      : this.index(target, `${where}.${name}`)
    return traits ? [name, index, traits] : [name, index]
  }

  index(target: unknown, where: string): number {
    if (typeof target === 'number') return this.#numbered(target, where)
    const known = this.#indexes.get(target)
    if (known !== undefined) return known
    const index = this.#reserve(target)
    this.data[index - SIMPLE_KINDS.length] = this.#convert(array(target, where), where)
    return index
  }

  #reserve(key: unknown): number {
    const index = SIMPLE_KINDS.length + this.data.length
    this.#indexes.set(key, index)
    this.data.push(['list', '', ['member', 0]])
    return index
  }

  #numbered(type: number, where: string): number {
    const simple = SIMPLE_BY_NUMBER[type]
    if (simple) return SIMPLE_KINDS.indexOf(simple)
    const known = this.#indexes.get(type)
    if (known !== undefined) return known
    const index = this.#reserve(type)
    let shape: ShapeData
    if ((type & MAP_OF) !== 0) {
      shape = ['map', '', ['key', STRING], ['value', this.index(type & ~MAP_OF, where)]]
    } else if ((type & LIST_OF) !== 0) {
      shape = ['list', '', ['member', this.index(type & ~LIST_OF, where)]]
    } else throw new Error(`${where}: unknown simple type ${type}`)
    this.data[index - SIMPLE_KINDS.length] = shape
    return index
  }

  #convert(schema: unknown[], where: string): ShapeData {
    const kind = schema[0]
    const name = String(schema[2])
    if (kind === KIND.list) return ['list', name, this.member('member', schema[4], name)]
    if (kind === KIND.map) {
      const key = this.member('key', schema[4], name)
      return ['map', name, key, this.member('value', schema[5], name)]
    }
    if (kind !== KIND.structure && kind !== KIND.union && kind !== KIND.error) {
      throw new Error(`${where}: unknown kind of schema ${String(kind)}`)
    }
    const refs = array(schema[5], name)
    const members = array(schema[4], name).map((member, i) => {
      return this.member(String(member), refs[i], name)
    })
    return [kind === KIND.union ? 'union' : 'structure', name, members]
  }
}

function operation(schema: unknown[], shapes: Shapes): OperationData {
  const name = String(schema[2])
  const side = (ref: unknown) => {
    const target = typeof ref === 'function' ? ref() : ref
    return target === 'unit' ? 0 : shapes.index(target, name)
  }
  const http = traitsOf(schema[3]).http
  const ends: [number, number] = [side(schema[4]), side(schema[5])]
  if (http === undefined) return ends
  const [method, path, status] = array(http, name)
  return [...ends, String(method), String(path), Number(status)]
}

function errorData(schema: unknown[], shapes: Shapes): ErrorData {
  const traits = traitsOf(schema[3])
  const data: ErrorData = { shape: shapes.index(schema, String(schema[2])) }
  if (traits.httpError !== undefined) data.status = Number(traits.httpError)
  if (traits.awsQueryError !== undefined) {
    data.queryCode = String(array(traits.awsQueryError, String(schema[2]))[0])
  }
  return data
}

const PROTOCOLS: Readonly<Record<string, ProtocolName>> = {
  'aws.protocols#ec2Query': 'ec2Query',
  'aws.protocols#awsQuery': 'awsQuery',
  'aws.protocols#awsJson1_0': 'awsJson1_0',
  'aws.protocols#awsJson1_1': 'awsJson1_1',
  'aws.protocols#restJson1': 'restJson1',
}

interface Settings {
  protocol: { getShapeId(): string }
  protocolSettings: {
    version: string
    defaultNamespace: string
    xmlNamespace?: string
    serviceTarget?: string
    awsQueryCompatible?: boolean
  }
}

/** What the client itself would speak. */
function settingsOf(exports: Record<string, unknown>): Settings {
  const client = Object.entries(exports).find(([name]) => /^[A-Z]\w*Client$/.test(name))
  if (!client) throw new Error('no client class')
  const make = client[1] as new (config: object) => { config: unknown }
  const { protocol, protocolSettings } = new make({ region: 'us-east-1' }).config as {
    protocol: Settings['protocol'] | (new (settings: unknown) => Settings['protocol'])
    protocolSettings: Settings['protocolSettings']
  }
  const made = typeof protocol === 'function' ? new protocol(protocolSettings) : protocol
  return { protocol: made, protocolSettings }
}

export interface Converted {
  model: ModelData
  /** Patterns left out, since JavaScript cannot say the same, or only at an attacker's mercy. */
  skippedPatterns: string[]
}

function constraintsOf(service: string): Pick<Converted, 'skippedPatterns'> & {
  constraints: Record<string, ConstraintData>
} {
  const text = readFileSync(new URL(`${service}.json`, CONSTRAINTS), 'utf8')
  const constraints: Record<string, ConstraintData> = JSON.parse(text)
  const skippedPatterns: string[] = []
  for (const [name, constraint] of Object.entries(constraints)) {
    if (constraint.pattern === undefined) continue
    const fault = checkedPattern(constraint.pattern)
    if (fault === undefined) continue
    skippedPatterns.push(`${service} ${name} (${fault})`)
    delete constraint.pattern
  }
  return { constraints, skippedPatterns }
}

/** The data of one service, made from its client package. */
export async function convert(service: string): Promise<Converted> {
  const source = SERVICES[service]
  if (!source) throw new Error(`no such service: ${service}`)
  const exports: Record<string, unknown> = await import(source.package)
  const { protocol, protocolSettings } = settingsOf(exports)
  const protocolName = PROTOCOLS[protocol.getShapeId()]
  if (!protocolName) throw new Error(`${service}: unknown protocol ${protocol.getShapeId()}`)
  const { constraints, skippedPatterns } = constraintsOf(service)
  const shapes = new Shapes(constraints)
  const operations: Record<string, OperationData> = {}
  const errors: Record<string, ErrorData> = {}
  for (const [name, schema] of Object.entries(exports)) {
    if (!name.endsWith('$') || !Array.isArray(schema)) continue
    if (schema[0] === KIND.operation) operations[schema[2]] = operation(schema, shapes)
    const synthetic = String(schema[1]).startsWith('smithy.ts')
    if (schema[0] === KIND.error && !synthetic) errors[schema[2]] = errorData(schema, shapes)
  }
  for (const constraint of Object.values(constraints)) delete constraint.decimals
  const model: ModelData = {
    service,
    protocol: protocolName,
    version: protocolSettings.version,
    namespace: protocolSettings.defaultNamespace,
    xmlNamespace: source.xmlNamespace ?? protocolSettings.xmlNamespace ?? '',
    targetPrefix: protocolSettings.serviceTarget ?? '',
    queryCompatible: protocolSettings.awsQueryCompatible === true,
    operations,
    errors,
    shapes: shapes.data,
    constraints,
  }
  return { model, skippedPatterns }
}
