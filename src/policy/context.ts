/** The request context: what is known of a request beyond its principal, action and resource. */
import type { ContextValue, RequestContext } from './types.ts'

/** A value, or how to get it: called at most once, and only when a policy asks. */
export type ContextEntry = ContextValue | undefined | (() => ContextValue | undefined)

/**
 * A context of named values. Key names are compared without case, as AWS does. What it lacks is
 * looked up in `outer`, so that the keys of a caller can be shared by all of its requests.
 */
export function requestContext(
  entries: Readonly<Record<string, ContextEntry>>,
  outer?: RequestContext,
): RequestContext {
  let byKey: Map<string, ContextEntry> | undefined
  return {
    get(key) {
      byKey ??= lowerKeys(entries)
      const entry = byKey.get(key)
      if (entry === undefined) return outer?.get(key)
      if (typeof entry !== 'function') return entry
      const value = entry()
      byKey.set(key, value)
      return value ?? outer?.get(key)
    },
  }
}

function lowerKeys(entries: Readonly<Record<string, ContextEntry>>): Map<string, ContextEntry> {
  const byKey = new Map<string, ContextEntry>()
  for (const key in entries) byKey.set(key.toLowerCase(), entries[key])
  return byKey
}
