/** What is kept of a layer: its versions, and the numbers that they had. */
import { arn, parseArn } from '../../../arn.ts'
import type { Context } from '../../../aws/context.ts'
import { type Policy, parsePolicy } from '../../../policy/index.ts'
import { table, type World } from '../../../store/store.ts'
import type { PackageCode } from '../functions.ts'
import { qualifiedKey } from '../names.ts'
import { type PolicyStatement, policyDocument } from '../policies.ts'

export interface LayerVersion {
  layerName: string
  version: number
  description: string
  licenseInfo?: string
  runtimes?: string[]
  architectures?: string[]
  code: PackageCode
  /** Milliseconds since the epoch. */
  createdAt: number
  policy?: LayerPolicy
}

export interface LayerPolicy {
  statements: PolicyStatement[]
  revisionId: string
}

/** By name and number. */
export const layerVersions = table<LayerVersion>('lambda.layerVersions', {
  indexes: { layer: ({ layerName }) => layerName },
})

/** The number of each layer's latest version; none is given twice, as recorded. */
const numbers = table<number>('lambda.layerNumbers')

export function nextNumber(layerName: string, ctx: Context): number {
  const number = (ctx.tx.get(numbers, layerName) ?? 0) + 1
  ctx.tx.put(numbers, layerName, number)
  return number
}

export interface LayerAddress {
  world: World
  layerName: string
  version?: number
}

/** Reads `arn:aws:lambda:REGION:ACCOUNT:layer:NAME[:VERSION]`; undefined when it is none. */
export function parseLayerArn(text: string): LayerAddress | undefined {
  const parts = parseArn(text)
  const [kind, layerName, version] = parts?.resource.split(':') ?? []
  if (parts?.service !== 'lambda' || kind !== 'layer' || !layerName) return undefined
  const { account, region } = parts
  const world = { account, region }
  return { world, layerName, ...(version !== undefined && { version: Number(version) }) }
}

export function layerArn({ account, region }: World, layerName: string, version?: number): string {
  return arn('lambda', region, account, `layer:${qualifiedKey(layerName, version?.toString())}`)
}

export function findLayerVersion(
  { world, layerName, version }: LayerAddress,
  ctx: Context,
): LayerVersion | undefined {
  return ctx.in(world).tx.get(layerVersions, qualifiedKey(layerName, String(version)))
}

export function putLayerVersion(row: LayerVersion, ctx: Context): void {
  ctx.tx.put(layerVersions, qualifiedKey(row.layerName, String(row.version)), row)
}

/** All versions of a layer, the newest first. */
export function versionsOfLayer(layerName: string, ctx: Context): LayerVersion[] {
  return ctx.tx.by(layerVersions, 'layer', layerName).reverse()
}

const compiled = new WeakMap<LayerPolicy, Policy>()

/** The policy that decides who may use the version from outside its account. */
export function policyOfLayer(found: LayerVersion | undefined): Policy | undefined {
  if (!found?.policy) return undefined
  const known = compiled.get(found.policy)
  if (known) return known
  const name = `of layer ${found.layerName}:${found.version}`
  const policy = parsePolicy(policyDocument(found.policy.statements), 'resource', name)
  compiled.set(found.policy, policy)
  return policy
}
