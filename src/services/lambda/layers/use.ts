/** The layers that a function uses. */
import type { Context } from '../../../aws/context.ts'
import { invalidParameter } from '../errors.ts'
import type { PackageCode, UsedLayer } from '../functions.ts'
import { MAX_UNZIPPED_BYTES } from '../runtime/index.ts'
import { findLayerVersion, layerArn, parseLayerArn, policyOfLayer } from './versions.ts'

const MAX_LAYERS = 5

/** The layer versions of these ARNs, in their order; throws AWS's refusals. */
export function usedLayers(arns: readonly string[], ctx: Context): UsedLayer[] {
  if (arns.length > MAX_LAYERS) {
    throw invalidParameter(`Cannot reference more than ${MAX_LAYERS} layers.`)
  }
  const used = new Map<string, string>()
  return arns.map((arn) => {
    const address = parseLayerArn(arn)
    if (!address) throw notThere(arn)
    if (address.world.region !== ctx.region) {
      throw invalidParameter(
        'Layers are not in the same region as the function. Layers are expected to be in region ' +
          `${ctx.region}.`,
      )
    }
    const found = findLayerVersion(address, ctx)
    ctx.allow('lambda:GetLayerVersion', arn, { resourcePolicy: policyOfLayer(found) })
    if (!found) throw notThere(arn)
    const layer = layerArn(address.world, address.layerName)
    const before = used.get(layer)
    if (before !== undefined) {
      throw invalidParameter(
        'Two different versions of the same layer are not allowed to be referenced in the same ' +
          `function. ${before} and ${arn} are versions of the same layer.`,
      )
    }
    used.set(layer, arn)
    return { arn, code: found.code }
  })
}

function notThere(arn: string): Error {
  return invalidParameter(`Layer version ${arn} does not exist.`)
}

/** Function and layers share the limit of what they are unzipped. */
export function checkUnzippedSize(code: PackageCode, layers: readonly UsedLayer[]): void {
  const bytes = layers.reduce((sum, layer) => sum + layer.code.unzippedBytes, code.unzippedBytes)
  if (layers.length === 0 || bytes <= MAX_UNZIPPED_BYTES) return
  throw invalidParameter(
    'Function code combined with layers exceeds the maximum allowed size of ' +
      `${MAX_UNZIPPED_BYTES} bytes. The actual size is ${bytes} bytes.`,
  )
}
