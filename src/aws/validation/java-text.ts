/** Values as AWS's messages show them: as their Java classes print themselves. */
import { isoMillis } from '../../clock.ts'
import type { Shape, StructureShape } from '../model.ts'

export const lowerFirst = (name: string) => name.charAt(0).toLowerCase() + name.slice(1)

/** Members that the class of AWS's server has beyond the public ones (recorded answers). */
const INTERNAL_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  PutEventsRequestEntry: ['kmsKeyIdentifier', 'internalMetadata'],
}

function structureText(shape: StructureShape, value: object): string {
  const fields = value as Readonly<Record<string, unknown>>
  const shown = shape.members.map(
    ({ name, shape }) => `${lowerFirst(name)}=${javaText(shape, fields[name])}`,
  )
  const hidden = (INTERNAL_MEMBERS[shape.name] ?? []).map((name) => `${name}=null`)
  return `${shape.name}(${[...shown, ...hidden].join(', ')})`
}

/** `1.0` */
export function doubleText(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value)
}

export function javaText(shape: Shape, value: unknown): string {
  if (value === undefined || value === null) return 'null'
  if ('members' in shape) return structureText(shape, value)
  if ('item' in shape && Array.isArray(value)) {
    return `[${value.map((item) => javaText(shape.item.shape, item)).join(', ')}]`
  }
  if ('key' in shape) {
    const entries = Object.entries(value)
    return `{${entries.map(([k, v]) => `${k}=${javaText(shape.value.shape, v)}`).join(', ')}}`
  }
  if (value instanceof Uint8Array) {
    return `java.nio.HeapByteBuffer[pos=0 lim=${value.length} cap=${value.length}]`
  }
  if (value instanceof Date) return isoMillis(value.getTime())
  if (shape.kind === 'number' && typeof value === 'number') return doubleText(value)
  return String(value)
}
