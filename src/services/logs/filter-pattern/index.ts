/**
 * Filter patterns of CloudWatch Logs: terms, JSON conditions and space-delimited columns.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
import { columnsPattern } from './columns.ts'
import { jsonPattern } from './json.ts'
import { termsPattern } from './terms.ts'

export type MatchesMessage = (message: string) => boolean

/** Throws InvalidParameterException when the pattern is none; an empty one matches everything. */
export function compileFilterPattern(pattern: string): MatchesMessage {
  const text = pattern.trim()
  if (text.startsWith('{') && text.endsWith('}')) return jsonPattern(text)
  if (text.startsWith('[') && text.endsWith(']')) return columnsPattern(text)
  return termsPattern(text)
}
