/**
 * The event-pattern language of Amazon EventBridge, as aws/event-ruler 2 implements it: compile
 * patterns, match events against one or many, and explain why an event does not match.
 */
import type { CompiledPattern } from './compile.ts'
import { validateEvent } from './event.ts'
import { PatternSet } from './pattern-set.ts'

export { type CompiledPattern, compilePattern } from './compile.ts'
export { EventError, type Location, PatternError } from './errors.ts'
export { type Explanation, explain, type Found, type Mismatch } from './explain.ts'
export { PatternSet } from './pattern-set.ts'
export { validateEvent }

/**
 * Whether a pattern matches an event, given as JSON text. Throws EventError if the event is not a
 * JSON object. To match many events or many patterns, use a PatternSet.
 */
export function matchesPattern(pattern: CompiledPattern, event: string | Uint8Array): boolean {
  validateEvent(event)
  const set = new PatternSet<string>()
  set.add('', pattern)
  return set.match(event).length > 0
}
