/**
 * Filter patterns of CloudWatch Logs: terms, JSON conditions and space-delimited columns.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
import { termsPattern } from './terms.ts'

export type MatchesMessage = (message: string) => boolean

/** Throws InvalidParameterException when the pattern is none. */
export function compileFilterPattern(pattern: string): MatchesMessage {
  const text = pattern.trim()
  return termsPattern(text)
}
