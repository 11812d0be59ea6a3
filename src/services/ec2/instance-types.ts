/**
 * The published instance types, read when first asked for. The data is made small by naming
 * equal parts once: a node is the number of its shape and its values, in the order of the shape's
 * keys; a key ending in `*` holds the number of another node, `[]` numbers of nodes, `=` the number
 * of a plain list.
 */
import type { InstanceTypeInfo } from '@aws-sdk/client-ec2'
import { readFacts } from '../../aws/facts.ts'

interface InstanceTypeData {
  lists: unknown[][]
  shapes: string[][]
  nodes: [shape: number, ...values: unknown[]][]
  types: Record<string, number>
}

let data: InstanceTypeData | undefined
const infos = new Map<string, InstanceTypeInfo>()

function load(): InstanceTypeData {
  data ??= readFacts<InstanceTypeData>('ec2-instance-types.json')
  return data
}

/** Names of all types, in their order. */
export function instanceTypeNames(): string[] {
  return Object.keys(load().types)
}

/** What DescribeInstanceTypes tells of a type; undefined for one that is not offered. */
export function instanceType(name: string): InstanceTypeInfo | undefined {
  const known = infos.get(name)
  if (known) return known
  const { types } = load()
  if (!Object.hasOwn(types, name)) return undefined
  const info = { InstanceType: name, ...node(types[name] ?? 0) } as InstanceTypeInfo
  infos.set(name, info)
  return info
}

function node(index: number): object {
  const { nodes, shapes, lists } = load()
  const [shape, ...values] = nodes[index] ?? [0]
  const entries = (shapes[shape] ?? []).map((key, i) => {
    const value = values[i]
    if (key.endsWith('*')) return [key.slice(0, -1), node(Number(value))]
    if (key.endsWith('[]')) return [key.slice(0, -2), (value as number[]).map(node)]
    if (key.endsWith('=')) return [key.slice(0, -1), lists[Number(value)]]
    return [key, value]
  })
  return Object.fromEntries(entries)
}
