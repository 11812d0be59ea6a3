/**
 * What a value of one more field must be for an entry to be worth trying: a bit of the mask must
 * be in a word that stands for the field's values. A cheap test in adjacent memory, so that of the
 * many entries that wait for a common condition most are passed over without being looked at.
 */
export interface Filter {
  /** The word, by its place among those of all fields. */
  readonly word: number
  readonly mask: number
}

/**
 * The words of each field. In the first, each text has a bit, for clauses with several; in one of
 * the others it has one, too, which it shares with fewer texts.
 */
export const FIELD_WORDS = 9
const FINE_WORDS = FIELD_WORDS - 1
const WORD_BITS = 5
/** The word of a filter that lets everything pass: field number 0 is none. */
const ANY_WORD = 0
export const ALL_BITS = -1
export const NO_FILTER: Filter = { word: ANY_WORD, mask: ALL_BITS }

/** Lets values of a field pass whose texts have one of these hashes, and some others. */
export function filterBy(field: number, hashes: readonly number[]): Filter {
  const base = field * FIELD_WORDS
  const [hash = 0] = hashes
  if (hashes.length === 1) return { word: base + fineWord(hash), mask: bitOf(hash) }
  return { word: base, mask: hashes.reduce((mask, each) => mask | bitOf(each), 0) }
}

/** Notes the hash of a text that a field has. */
export function note(field: number, hash: number, words: number[]): void {
  const base = field * FIELD_WORDS
  words[base]! |= bitOf(hash)
  words[base + fineWord(hash)]! |= bitOf(hash)
}

function fineWord(hash: number): number {
  return 1 + ((hash >>> WORD_BITS) & (FINE_WORDS - 1))
}

/** The bit that stands for a text, and for some other texts. */
function bitOf(hash: number): number {
  return 1 << (hash & 31)
}

/** The entries that wait for a condition to be met: at least one, and most often just that. */
export class Posting<Entry> {
  /** Whether finding the posting proves the condition; else that is still to be tested. */
  readonly isProof: boolean
  #first: Entry
  #firstWord: number
  #firstMask: number
  /** The other entries, and the word and the mask of each one's filter, in turn. */
  #others: Entry[] | undefined
  #filters: number[] | undefined

  constructor(isProof: boolean, entry: Entry, { word, mask }: Filter) {
    this.isProof = isProof
    this.#first = entry
    this.#firstWord = word
    this.#firstMask = mask
  }

  get size(): number {
    return 1 + (this.#others?.length ?? 0)
  }

  add(entry: Entry, { word, mask }: Filter): void {
    this.#others ??= []
    this.#filters ??= []
    this.#others.push(entry)
    this.#filters.push(word, mask)
  }

  /** Removes an entry; false if it is the only one. */
  remove(entry: Entry): boolean {
    const last = this.#others?.pop()
    if (last === undefined) return false
    const others = this.#others!
    const filters = this.#filters!
    const mask = filters.pop()!
    const word = filters.pop()!
    if (entry === this.#first) {
      this.#first = last
      this.#firstWord = word
      this.#firstMask = mask
    } else if (entry !== last) {
      const at = others.indexOf(entry)
      others[at] = last
      filters[2 * at] = word
      filters[2 * at + 1] = mask
    }
    return true
  }

  /** Visits the entries that pass their filters, given the words of an event's fields. */
  visit(words: readonly number[], visitor: PostingVisitor<Entry>): void {
    if ((words[this.#firstWord]! & this.#firstMask) !== 0) visitor(this.#first, this.isProof)
    const others = this.#others
    if (others === undefined) return
    const filters = this.#filters!
    for (let i = 0; i < others.length; i++) {
      const passes = (words[filters[2 * i]!]! & filters[2 * i + 1]!) !== 0
      if (passes) visitor(others[i]!, this.isProof)
    }
  }
}

export type PostingVisitor<Entry> = (entry: Entry, isMet: boolean) => void
