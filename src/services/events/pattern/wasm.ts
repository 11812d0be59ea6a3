/**
 * Just enough of a WebAssembly assembler to write one function as expressions. Each helper
 * returns the bytes of its instruction behind those of its operands.
 */
export type Code = readonly number[]

const I32 = 0x7f
const I64 = 0x7e
const V128 = 0x7b
const FUNCTION = 0x60
const EMPTY_BLOCK = 0x40
const END = 0x0b
const SIMD = 0xfd

const TYPE_SECTION = 1
const IMPORT_SECTION = 2
const FUNCTION_SECTION = 3
const EXPORT_SECTION = 7
const CODE_SECTION = 10
const FUNCTION_KIND = 0
const MEMORY_KIND = 2

export const block = (...body: Code[]): Code => [0x02, EMPTY_BLOCK, ...body.flat(), END]
export const loop = (...body: Code[]): Code => [0x03, EMPTY_BLOCK, ...body.flat(), END]
export const when = (condition: Code, ...body: Code[]): Code => [
  ...condition,
  0x04,
  EMPTY_BLOCK,
  ...body.flat(),
  END,
]
/** Leaves so many blocks, or repeats the loop that is so many blocks out. */
export const branch = (depth: number): Code => [0x0c, depth]
export const branchIf = (depth: number, condition: Code): Code => [...condition, 0x0d, depth]
export const giveBack = (value: Code): Code => [...value, 0x0f]

export const get = (local: number): Code => [0x20, local]
export const set = (local: number, value: Code): Code => [...value, 0x21, local]

export const i32 = {
  const: (value: number): Code => [0x41, ...signedLeb(BigInt(value))],
  isZero: (a: Code): Code => [...a, 0x45],
  geU: (a: Code, b: Code): Code => [...a, ...b, 0x4f],
  gtS: (a: Code, b: Code): Code => [...a, ...b, 0x4a],
  add: (a: Code, b: Code): Code => [...a, ...b, 0x6a],
  sub: (a: Code, b: Code): Code => [...a, ...b, 0x6b],
  wrap: (a: Code): Code => [...a, 0xa7],
}

export const i64 = {
  const: (value: bigint): Code => [0x42, ...signedLeb(value)],
  isZero: (a: Code): Code => [...a, 0x50],
  ltU: (a: Code, b: Code): Code => [...a, ...b, 0x54],
  trailingZeros: (a: Code): Code => [...a, 0x7a],
  countOnes: (a: Code): Code => [...a, 0x7b],
  add: (a: Code, b: Code): Code => [...a, ...b, 0x7c],
  sub: (a: Code, b: Code): Code => [...a, ...b, 0x7d],
  and: (a: Code, b: Code): Code => [...a, ...b, 0x83],
  or: (a: Code, b: Code): Code => [...a, ...b, 0x84],
  xor: (a: Code, b: Code): Code => [...a, ...b, 0x85],
  shiftLeft: (a: Code, by: number): Code => [...a, ...i64.const(BigInt(by)), 0x86],
  shiftRightS: (a: Code, by: number): Code => [...a, ...i64.const(BigInt(by)), 0x87],
  extendU: (a: Code): Code => [...a, 0xad],
}

export const i8x16 = {
  load: (address: Code, offset: number): Code => [...address, SIMD, 0x00, 0, offset],
  splat: (a: Code): Code => [...a, SIMD, 0x0f],
  eq: (a: Code, b: Code): Code => [...a, ...b, SIMD, 0x23],
  bitmask: (a: Code): Code => [...a, SIMD, 0x64],
}

/** A memory that functions work on. Its buffer is another one after it has grown. */
export interface Memory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

interface WebAssemblyApi {
  validate(code: Uint8Array): boolean
  readonly Module: new (code: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { exports: Record<string, unknown> }
  readonly Memory: new (description: { initial: number }) => Memory
}

/** Not among the types of the ECMAScript library, though every platform has it. */
export const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: WebAssemblyApi | undefined
}

/** The locals of a function, behind its parameters, in this order. */
export interface Locals {
  readonly i32: number
  readonly i64: number
  readonly v128: number
}

/**
 * A module that imports a memory, as `memory` of `env`, and exports a function, as `run`, of some
 * i32 parameters to an i32.
 */
export function assemble(parameters: number, locals: Locals, body: Code): Uint8Array<ArrayBuffer> {
  const type = [FUNCTION, ...vector(new Array<Code>(parameters).fill([I32])), 1, I32]
  const groups = [
    [locals.i32, I32],
    [locals.i64, I64],
    [locals.v128, V128],
  ]
  const code = [...vector(groups), ...body, END]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(TYPE_SECTION, [type]),
    ...section(IMPORT_SECTION, [[...name('env'), ...name('memory'), MEMORY_KIND, 0, 1]]),
    ...section(FUNCTION_SECTION, [[0]]),
    ...section(EXPORT_SECTION, [[...name('run'), FUNCTION_KIND, 0]]),
    ...section(CODE_SECTION, [[...leb(code.length), ...code]]),
  ])
}

function section(id: number, items: readonly Code[]): Code {
  const content = vector(items)
  return [id, ...leb(content.length), ...content]
}

function vector(items: readonly Code[]): Code {
  return [...leb(items.length), ...items.flat()]
}

function name(text: string): Code {
  return vector(Array.from(text, (char) => [char.charCodeAt(0)]))
}

function leb(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)]
}

function signedLeb(value: bigint): Code {
  const low = Number(value & 0x7fn)
  const isLast = value >= -64n && value < 64n
  return isLast ? [low] : [low | 0x80, ...signedLeb(value >> 7n)]
}
