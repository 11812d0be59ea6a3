/** The pattern language of EventBridge, for services that filter by it. */
import { compilePattern, PatternError, PatternSet } from './services/events/pattern/index.ts'
import type { EventPatterns } from './services/ports.ts'

const ONLY = 'pattern'
/** Patterns are compiled again when more than these have been used since. */
const MAX_COMPILED = 1000

/** Each pattern is compiled once. */
export function createEventPatterns(): EventPatterns {
  const compiled = new Map<string, PatternSet<string>>()
  return {
    compile(pattern) {
      const set = compiled.get(pattern) ?? setOf(pattern)
      if (!set) return undefined
      if (compiled.size >= MAX_COMPILED) compiled.clear()
      compiled.set(pattern, set)
      return (event) => set.match(event).length > 0
    },
  }
}

function setOf(pattern: string): PatternSet<string> | undefined {
  try {
    const set = new PatternSet<string>()
    set.add(ONLY, compilePattern(pattern))
    return set
  } catch (error) {
    if (error instanceof PatternError) return undefined
    throw error
  }
}
