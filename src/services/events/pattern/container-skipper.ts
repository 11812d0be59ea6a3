import {
  assemble,
  block,
  branch,
  branchIf,
  type Code,
  get,
  giveBack,
  i8x16,
  i32,
  i64,
  loop,
  type Memory,
  set,
  WebAssembly,
  when,
} from './wasm.ts'

/**
 * Most of an event's bytes are in containers that no pattern looks into. This is a function in
 * WebAssembly that steps over them 64 bytes at a time, with vector instructions: it marks where
 * strings are, and counts the brackets outside them.
 */

/** How many bytes are looked at in one step, and so how far the memory is read past the end. */
export const STEP_BYTES = 64
const VECTOR_BYTES = 16
const EVEN_BITS = 0x5555_5555_5555_5555n
const QUOTE = 0x22
const BACKSLASH = 0x5c
/** From an opening bracket to its closing one, in ASCII. */
const OPEN_TO_CLOSE = 2

// Parameters.
const AT = 0
const END = 1
const OPEN = 2
// i32
const DEPTH = 3
// i64: one bit for each byte of a step.
const QUOTES = 4
const BACKSLASHES = 5
const IN_STRING = 6
const OPENS = 7
const CLOSES = 8
const ODD_STARTS = 9
const SEQUENCES = 10
const AFTER_BACKSLASH = 11
/** From step to step: all ones in a string; 1 if an escaped byte comes first. */
const WAS_IN_STRING = 12
const WAS_ESCAPED = 13
// v128
const VECTORS = [14, 15, 16, 17] as const
const ALL_QUOTES = 18
const ALL_BACKSLASHES = 19
const ALL_OPENS = 20
const ALL_CLOSES = 21

/** The bits of the bytes that are the byte that a vector is full of. */
function bitsOf(wanted: number): Code {
  return VECTORS.map((vector, index) => {
    const bits = i64.extendU(i8x16.bitmask(i8x16.eq(get(vector), get(wanted))))
    return i64.shiftLeft(bits, VECTOR_BYTES * index)
  }).reduce(i64.or)
}

function without(bits: number, excluded: number): Code {
  return i64.and(get(bits), i64.xor(get(excluded), i64.const(-1n)))
}

/**
 * Clears the escaped quotes. A byte is escaped if an odd run of backslashes ends before it, which
 * addition finds out: it carries through a run of ones (Langdale and Lemire, "Parsing Gigabytes
 * of JSON per Second").
 */
const clearEscapedQuotes = (): Code => [
  ...set(BACKSLASHES, without(BACKSLASHES, WAS_ESCAPED)),
  ...set(AFTER_BACKSLASH, i64.or(i64.shiftLeft(get(BACKSLASHES), 1), get(WAS_ESCAPED))),
  ...set(ODD_STARTS, i64.and(without(BACKSLASHES, AFTER_BACKSLASH), i64.const(~EVEN_BITS))),
  ...set(SEQUENCES, i64.add(get(ODD_STARTS), get(BACKSLASHES))),
  ...set(WAS_ESCAPED, i64.extendU(i64.ltU(get(SEQUENCES), get(ODD_STARTS)))),
  ...set(
    SEQUENCES,
    i64.and(i64.xor(i64.const(EVEN_BITS), i64.shiftLeft(get(SEQUENCES), 1)), get(AFTER_BACKSLASH)),
  ),
  ...set(QUOTES, without(QUOTES, SEQUENCES)),
]

/** Each bit becomes the parity of the quotes up to it: 1 from an opening quote to its closing. */
const findStrings = (): Code => [
  ...set(IN_STRING, get(QUOTES)),
  ...[1, 2, 4, 8, 16, 32].flatMap((by) =>
    set(IN_STRING, i64.xor(get(IN_STRING), i64.shiftLeft(get(IN_STRING), by))),
  ),
  ...set(IN_STRING, i64.xor(get(IN_STRING), get(WAS_IN_STRING))),
  ...set(WAS_IN_STRING, i64.shiftRightS(get(IN_STRING), 63)),
]

const count = (bits: Code): Code => i32.wrap(i64.countOnes(bits))
/** The bits below the lowest one. */
const below = (bits: number): Code =>
  i64.and(i64.sub(get(bits), i64.const(1n)), i64.xor(get(bits), i64.const(-1n)))

/** Returns behind the closing bracket at which the depth comes to 0, if it does so in this step. */
const findEnd = (): Code =>
  loop(
    // The depth at the first closing bracket left: OPENS are those of all the step.
    when(
      i32.isZero(
        i32.sub(i32.add(get(DEPTH), count(i64.and(get(OPENS), below(CLOSES)))), i32.const(1)),
      ),
      giveBack(i32.add(i32.add(get(AT), i32.wrap(i64.trailingZeros(get(CLOSES)))), i32.const(1))),
    ),
    set(DEPTH, i32.sub(get(DEPTH), i32.const(1))),
    set(CLOSES, i64.and(get(CLOSES), i64.sub(get(CLOSES), i64.const(1n)))),
    branchIf(0, i32.isZero(i64.isZero(get(CLOSES)))),
  )

const skip = (): Code => [
  ...set(DEPTH, i32.const(1)),
  ...set(ALL_QUOTES, i8x16.splat(i32.const(QUOTE))),
  ...set(ALL_BACKSLASHES, i8x16.splat(i32.const(BACKSLASH))),
  ...set(ALL_OPENS, i8x16.splat(get(OPEN))),
  ...set(ALL_CLOSES, i8x16.splat(i32.add(get(OPEN), i32.const(OPEN_TO_CLOSE)))),
  ...loop(
    when(i32.geU(get(AT), get(END)), giveBack(i32.const(-1))),
    ...VECTORS.map((vector, index) => set(vector, i8x16.load(get(AT), VECTOR_BYTES * index))),
    set(QUOTES, bitsOf(ALL_QUOTES)),
    set(BACKSLASHES, bitsOf(ALL_BACKSLASHES)),
    when(i32.isZero(i64.isZero(i64.or(get(BACKSLASHES), get(WAS_ESCAPED)))), clearEscapedQuotes()),
    findStrings(),
    set(OPENS, bitsOf(ALL_OPENS)),
    set(OPENS, without(OPENS, IN_STRING)),
    set(CLOSES, bitsOf(ALL_CLOSES)),
    set(CLOSES, without(CLOSES, IN_STRING)),
    // Unless there are enough closing brackets, only the numbers of brackets matter.
    block(branchIf(0, i32.gtS(get(DEPTH), count(get(CLOSES)))), findEnd()),
    set(DEPTH, i32.sub(i32.add(get(DEPTH), count(get(OPENS))), count(get(CLOSES)))),
    set(AT, i32.add(get(AT), i32.const(STEP_BYTES))),
    branch(0),
  ),
  ...i32.const(-1),
]

/**
 * Finds a container's end in a memory, given where it stands behind the opening bracket, where the
 * text ends, and the bracket. Returns where the container has ended, or -1 if it doesn't.
 */
export type ContainerSkipper = (at: number, end: number, open: number) => number

/** The skipper of a memory; undefined where WebAssembly or its vectors are missing. */
export function containerSkipper(memory: Memory): ContainerSkipper | undefined {
  const code = assemble(3, { i32: 1, i64: 10, v128: 8 }, skip())
  if (WebAssembly?.validate(code) !== true) return undefined
  const instance = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory } })
  // The module's own type: three i32 to one.
  return instance.exports.run as ContainerSkipper
}
