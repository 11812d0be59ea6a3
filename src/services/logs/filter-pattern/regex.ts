/**
 * Regular expressions between percent signs.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html
 *
 * The syntax has no groups, so an expression is a choice of plain sequences. They are matched by
 * following all possibilities at once, in time that grows with the message and never explodes.
 */
import { invalidParameter } from '../errors.ts'

/** One character of a sequence, with how often it may be there. */
interface Item {
  matches: (character: string) => boolean
  /** May be left out. */
  isOptional: boolean
  /** May be there again and again. */
  repeats: boolean
}

interface Sequence {
  items: Item[]
  fromStart: boolean
  toEnd: boolean
}

const SEQUENCES = /(?:\\.|\[(?:\\.|[^\]\\])*\]|[^|\\[])+/g
const CHARACTER = String.raw`\\[dDsSwW]|\\x[\da-fA-F]{2}|\\[^\p{L}\p{N}]|[\w:#=@/;, .-]`
const CLASS = String.raw`\[\^?(?:\\.|[^\]\\])+\]`
const QUANTIFIER = String.raw`[?*+]|\{(\d+)(,?)(\d*)\}`
const ATOM = new RegExp(`(${CHARACTER}|${CLASS})(${QUANTIFIER})?`, 'uy')
/** `{m,n}` is written out, so its numbers must not be large. */
const MAX_ITEMS = 2000

/** Throws for what is not in the syntax. */
export function regexOf(source: string): { test(message: string): boolean } {
  // UNCERTAIN wording; the syntax page only says that such patterns are rejected.
  const invalid = () => invalidParameter(`Invalid regular expression '%${source}%'`)
  const parts = source.match(SEQUENCES) ?? []
  if (parts.join('|') !== source) throw invalid()
  const sequences = parts.map((part) => sequenceOf(part))
  const items = sequences.reduce((sum, sequence) => sum + (sequence?.items.length ?? 0), 0)
  if (items > MAX_ITEMS) throw invalid()
  const valid = sequences.filter((sequence) => sequence !== undefined)
  if (valid.length < sequences.length) throw invalid()
  return { test: (message) => valid.some((sequence) => isIn(sequence, message)) }
}

/** Undefined when it is not valid. */
function sequenceOf(part: string): Sequence | undefined {
  const fromStart = part.startsWith('^')
  const toEnd = part.endsWith('$') && !part.endsWith('\\$')
  const text = part.slice(fromStart ? 1 : 0, toEnd ? -1 : undefined)
  const items: Item[] = []
  ATOM.lastIndex = 0
  while (ATOM.lastIndex < text.length) {
    const [, atom = '', quantifier = '', least, comma, most] = ATOM.exec(text) ?? []
    const matches = atom === '' ? undefined : characterTest(atom)
    if (!matches || items.length > MAX_ITEMS) return undefined
    const [min, max] = least === undefined ? range(quantifier) : bounds(least, comma, most)
    if (max < min || min > MAX_ITEMS || (max > MAX_ITEMS && max < Infinity)) return undefined
    for (let i = 0; i < min; i++) items.push({ matches, isOptional: false, repeats: false })
    if (max === Infinity) items.push({ matches, isOptional: true, repeats: true })
    else for (let i = min; i < max; i++) items.push({ matches, isOptional: true, repeats: false })
  }
  return { items, fromStart, toEnd }
}

function characterTest(atom: string): Item['matches'] | undefined {
  if (atom.length === 1 && atom !== '.') return (character) => character === atom
  try {
    const single = new RegExp(`^${atom}$`)
    return (character) => single.test(character)
  } catch {
    return undefined
  }
}

function range(quantifier: string): [min: number, max: number] {
  if (quantifier === '') return [1, 1]
  return [quantifier === '+' ? 1 : 0, quantifier === '?' ? 1 : Infinity]
}

function bounds(least: string, comma = '', most = ''): [min: number, max: number] {
  const min = Number(least)
  if (comma === '') return [min, min]
  return [min, most === '' ? Infinity : Number(most)]
}

/** Keeps every place in the sequence that some way of reading the message has come to. */
function isIn({ items, fromStart, toEnd }: Sequence, message: string): boolean {
  let places = new Set<number>()
  enter(places, 0, items)
  for (const character of message) {
    if (!toEnd && places.has(items.length)) return true
    const next = new Set<number>()
    if (!fromStart) enter(next, 0, items)
    for (const place of places) {
      const item = items[place]
      if (item?.matches(character)) enter(next, item.repeats ? place : place + 1, items)
    }
    places = next
    if (places.size === 0) return false
  }
  return places.has(items.length)
}

/** Comes to a place, and over all that may be left out to those behind it. */
function enter(places: Set<number>, place: number, items: readonly Item[]): void {
  for (let at = place; !places.has(at); at++) {
    places.add(at)
    if (!items[at]?.isOptional) return
  }
}
