/** Regular expressions between percent signs. */
import { invalidParameter } from '../errors.ts'

/**
 * Compiles the part of the syntax that CloudWatch Logs takes. It has no groups, and so nothing
 * whose matching time explodes.
 */
export function regexOf(source: string): RegExp {
  const unescaped = source.replace(/\\./g, '')
  if (/[()]/.test(unescaped)) throw invalidRegex(source)
  try {
    return new RegExp(source)
  } catch {
    throw invalidRegex(source)
  }
}

function invalidRegex(source: string) {
  return invalidParameter(`Invalid regular expression: %${source}%`)
}
