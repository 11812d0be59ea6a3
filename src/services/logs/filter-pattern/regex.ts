/**
 * Regular expressions between percent signs.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html
 */
import { invalidParameter } from '../errors.ts'

/** Letters, digits, some symbols and operators; what is escaped may be any ASCII character. */
const SUPPORTED = /^(?:\\[\x20-\x7e]|[A-Za-z0-9:_#=@/;,\-^$?[\]{}|*+. ])*$/

/** Without groups, which the syntax lacks, there is nothing whose matching time explodes. */
export function regexOf(source: string): RegExp {
  // UNCERTAIN wording; the syntax page only says that such patterns are rejected.
  const invalid = () => invalidParameter(`Invalid regular expression '%${source}%'`)
  if (!SUPPORTED.test(source)) throw invalid()
  try {
    return new RegExp(source)
  } catch {
    throw invalid()
  }
}
