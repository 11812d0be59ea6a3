import { AddressIndex } from './address-index.ts'
import type { Condition } from './condition.ts'
import { type Filter, Posting } from './posting.ts'
import { RangeIndex } from './range-index.ts'
import { TextAutomaton } from './text-automaton.ts'
import { type TextSteps, textSteps } from './text-steps.ts'
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

/** What keeps postings by a key; a Map, too. */
interface Index<Key, Found> {
  get(key: Key): Found | undefined
  set(key: Key, found: Found): unknown
  delete(key: Key): unknown
}

/**
 * Finds, for a value of one field, the conditions that it meets, among as many as there may be:
 * equal texts and numbers by hash, ranges in a tree, addresses by prefix, other texts by automaton.
 * Conditions that say what a value is not, and a few rare ones, are found by any value.
 */
export class FieldIndex<Entry> {
  // Made when a condition needs them, for there may be many fields.
  #texts: TextTable<Posting<Entry>> | undefined
  #numberTexts: TextTable<Posting<Entry>> | undefined
  #numbers: Map<number, Posting<Entry>> | undefined
  #words: Map<string, Posting<Entry>> | undefined
  #ranges: RangeIndex<Posting<Entry>> | undefined
  #addresses: AddressIndex<Posting<Entry>> | undefined
  #automaton: TextAutomaton<Posting<Entry>> | undefined
  #foldingAutomaton: TextAutomaton<Posting<Entry>> | undefined
  #any: Posting<Entry> | undefined

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
    else push(this.#words?.get(value.type), into)
    push(this.#any, into)
  }

  #findString(value: EventValue, into: Posting<Entry>[]): void {
    push(this.#texts?.find(value), into)
    this.#automaton?.find(value, into)
    this.#foldingAutomaton?.find(value, into)
    if (this.#addresses === undefined) return
    const address = value.address()
    if (address !== undefined) this.#addresses.find(address, into)
  }

  #findNumber(value: EventValue, into: Posting<Entry>[]): void {
    push(this.#numberTexts?.find(value), into)
    if (this.#numbers === undefined && this.#ranges === undefined) return
    const number = value.number()
    if (number === undefined) return
    push(this.#numbers?.get(number), into)
    this.#ranges?.find(number, into)
  }

  #placeOf(condition: Condition): Place<Posting<Entry>> {
    switch (condition.kind) {
      case 'exact':
        this.#texts ??= new TextTable()
        return placeIn(this.#texts, condition.text)
      case 'number':
        if (condition.value !== undefined) return this.#placeOfNumber(condition.value)
        this.#numberTexts ??= new TextTable()
        return placeIn(this.#numberTexts, condition.text)
      case 'numeric':
        if (condition.low === condition.high) return this.#placeOfNumber(condition.low)
        this.#ranges ??= new RangeIndex()
        return placeIn(this.#ranges, condition)
      case 'constant':
        this.#words ??= new Map()
        return placeIn(this.#words, condition.type)
      case 'cidr':
        this.#addresses ??= new AddressIndex()
        return placeIn(this.#addresses, condition)
      case 'anything-but':
      case 'exists':
        return this.#placeOfAny()
      default:
        return this.#placeOfText(textSteps(condition))
    }
  }

  #placeOfNumber(value: number): Place<Posting<Entry>> {
    this.#numbers ??= new Map()
    return placeIn(this.#numbers, value)
  }

  #placeOfText(text: TextSteps | undefined): Place<Posting<Entry>> {
    if (text === undefined) return this.#placeOfAny()
    if (text.foldsCase) {
      this.#foldingAutomaton ??= new TextAutomaton(true)
      return placeIn(this.#foldingAutomaton, text.steps)
    }
    this.#automaton ??= new TextAutomaton(false)
    return placeIn(this.#automaton, text.steps)
  }

  #placeOfAny(): Place<Posting<Entry>> {
    return {
      isProof: false,
      get: () => this.#any,
      add: (posting) => {
        this.#any = posting
      },
      delete: () => {
        this.#any = undefined
      },
    }
  }
}

function placeIn<Key, Found>(index: Index<Key, Found>, key: Key): Place<Found> {
  return {
    isProof: true,
    get: () => index.get(key),
    add: (found) => index.set(key, found),
    delete: () => index.delete(key),
  }
}

function push<Found>(found: Found | undefined, into: Found[]): void {
  if (found !== undefined) into.push(found)
}
