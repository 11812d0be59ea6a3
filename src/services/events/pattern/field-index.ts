import { AddressIndex } from './address-index.ts'
import type { Condition } from './condition.ts'
import { type Filter, Posting } from './posting.ts'
import { RangeIndex } from './range-index.ts'
import { TextAutomaton } from './text-automaton.ts'
import { textSteps } from './text-steps.ts'
import { TextTable } from './text-table.ts'
import type { EventValue } from './value.ts'

/** Where the posting of a condition is kept. */
interface Place<Found> {
  /** Whether finding it there proves the condition; else that is still to be tested. */
  readonly isProof: boolean
  readonly get: () => Found | undefined
  readonly add: (found: Found) => void
  readonly delete: () => void
}

/** What keeps postings by a key. */
interface Index<Key, Found> {
  get(key: Key): Found | undefined
  add(key: Key, found: Found): void
  delete(key: Key): void
}

/**
 * Finds, for a value of one field, the conditions that it meets, among as many as there may be:
 * equal texts and numbers by hash, ranges in a tree, addresses by prefix, other texts by automaton.
 * Conditions that say what a value is not, and a few rare ones, are found by any value.
 */
export class FieldIndex<Entry> {
  readonly #texts = new TextTable<Posting<Entry>>()
  readonly #numberTexts = new TextTable<Posting<Entry>>()
  readonly #numbers = new HashTable<number, Posting<Entry>>()
  readonly #words = new HashTable<string, Posting<Entry>>()
  readonly #ranges = new RangeIndex<Posting<Entry>>()
  readonly #addresses = new AddressIndex<Posting<Entry>>()
  readonly #automaton = new TextAutomaton<Posting<Entry>>(false)
  readonly #foldingAutomaton = new TextAutomaton<Posting<Entry>>(true)
  readonly #any = new HashTable<'any', Posting<Entry>>()

  /** How many entries wait for a condition. */
  count(condition: Condition): number {
    return this.#placeOf(condition).get()?.size ?? 0
  }

  /** Lets an entry be found by values that meet a condition, if a filter lets it pass. */
  add(condition: Condition, entry: Entry, filter: Filter): void {
    const place = this.#placeOf(condition)
    const posting = place.get()
    if (posting === undefined) place.add(new Posting(place.isProof, entry, filter))
    else posting.add(entry, filter)
  }

  /** Removes an entry from where it was added. */
  remove(condition: Condition, entry: Entry): void {
    const place = this.#placeOf(condition)
    if (!place.get()!.remove(entry)) place.delete()
  }

  /** Appends the postings of the conditions that a value meets, or may meet. */
  find(value: EventValue, into: Posting<Entry>[]): void {
    if (value.type === 'string') this.#findString(value, into)
    else if (value.type === 'number') this.#findNumber(value, into)
    else push(this.#words.get(value.type), into)
    push(this.#any.get('any'), into)
  }

  #findString(value: EventValue, into: Posting<Entry>[]): void {
    push(this.#texts.find(value), into)
    if (!this.#automaton.isEmpty) this.#automaton.find(value, into)
    if (!this.#foldingAutomaton.isEmpty) this.#foldingAutomaton.find(value, into)
    if (!this.#addresses.isEmpty) {
      const address = value.address()
      if (address !== undefined) this.#addresses.find(address, into)
    }
  }

  #findNumber(value: EventValue, into: Posting<Entry>[]): void {
    push(this.#numberTexts.find(value), into)
    if (this.#numbers.isEmpty && this.#ranges.isEmpty) return
    const number = value.number()
    if (number === undefined) return
    push(this.#numbers.get(number), into)
    this.#ranges.find(number, into)
  }

  #placeOf(condition: Condition): Place<Posting<Entry>> {
    switch (condition.kind) {
      case 'exact':
        return placeIn(this.#texts, condition.text)
      case 'number':
        return condition.value === undefined
          ? placeIn(this.#numberTexts, condition.text)
          : placeIn(this.#numbers, condition.value)
      case 'numeric':
        return condition.low === condition.high
          ? placeIn(this.#numbers, condition.low)
          : placeIn(this.#ranges, condition)
      case 'constant':
        return placeIn(this.#words, condition.type)
      case 'cidr':
        return placeIn(this.#addresses, condition, false)
      case 'anything-but':
      case 'exists':
        return placeIn(this.#any, 'any', false)
      default: {
        const text = textSteps(condition)
        if (text === undefined) return placeIn(this.#any, 'any', false)
        return placeIn(text.foldsCase ? this.#foldingAutomaton : this.#automaton, text.steps)
      }
    }
  }
}

function placeIn<Key, Found>(index: Index<Key, Found>, key: Key, isProof = true): Place<Found> {
  return {
    isProof,
    get: () => index.get(key),
    add: (found) => index.add(key, found),
    delete: () => index.delete(key),
  }
}

function push<Found>(found: Found | undefined, into: Found[]): void {
  if (found !== undefined) into.push(found)
}

/** A Map as an index. */
class HashTable<Key, Found> {
  readonly #map = new Map<Key, Found>()

  get isEmpty(): boolean {
    return this.#map.size === 0
  }

  get(key: Key): Found | undefined {
    return this.#map.get(key)
  }

  add(key: Key, found: Found): void {
    this.#map.set(key, found)
  }

  delete(key: Key): void {
    this.#map.delete(key)
  }
}
