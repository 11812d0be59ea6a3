import type { CompiledPattern } from './compile.ts'
import { matchesConsistently } from './consistency.ts'
import { readEvent } from './event.ts'

/** The patterns of many rules, each under its rule's id. */
export class PatternSet<Id> {
  readonly #patterns = new Map<Id, CompiledPattern>()

  get size(): number {
    return this.#patterns.size
  }

  /** Adds a rule's pattern, in place of the one that the rule had. */
  add(id: Id, pattern: CompiledPattern): void {
    this.#patterns.set(id, pattern)
  }

  /** Removes a rule's pattern; false if there was none. */
  remove(id: Id): boolean {
    return this.#patterns.delete(id)
  }

  /** The ids of the rules whose pattern matches an event, given as JSON text. */
  match(event: string | Uint8Array): Id[] {
    const fields = readEvent(event)
    const ids: Id[] = []
    for (const [id, { subRules }] of this.#patterns) {
      if (
        subRules.some((rule) => matchesConsistently(rule, ({ path }) => fields.get(path) ?? []))
      ) {
        ids.push(id)
      }
    }
    return ids
  }

  /** As match, of an event that has been parsed already. */
  matchParsed(event: object): Id[] {
    return this.match(JSON.stringify(event))
  }
}
