/** Whether a pattern of the API models, written for Java, is safe to use as a JavaScript one. */
import { runInNewContext } from 'node:vm'
import { patternRegExp } from '../src/aws/model.ts'

/** Java's own syntax, which JavaScript rejects or, worse, reads otherwise. */
const JAVA_ONLY = [/&&/, /\(\?[a-zA-Z]/, /\\[AZzQEhHG]/, /\\x\{/, /[*+?}]\+/]

/** Texts that make a pattern with nested repetition backtrack for ever. */
const REPEATED = [' ', '\t', 'a', 'A', '0', '-', '/', ':', '.', '_', 'a-', 'a/', '/a', 'a.', '%20']
const TAILS = ['', '\n', '\u0000', '!', '/']
const HEADS = ['', 'arn:aws:', 'arn:aws:events:us-east-1:', 'aws.partner/', 'http://']
const REPETITIONS = 200
/** Fifty times what the slowest good pattern takes, so that a busy machine judges the same. */
const BACKTRACK_LIMIT_MS = 500

const outsideClasses = (pattern: string) => pattern.replace(/\[(?:\\.|[^\]\\])*\]/g, '[]')

function backtracks(regExp: RegExp): boolean {
  const texts = HEADS.flatMap((head) =>
    REPEATED.flatMap((part) => TAILS.map((tail) => head + part.repeat(REPETITIONS) + tail)),
  )
  try {
    const code = 'for (const text of texts) new RegExp(source, flags).test(text)'
    const { source, flags } = regExp
    runInNewContext(code, { texts, source, flags }, { timeout: BACKTRACK_LIMIT_MS })
    return false
  } catch {
    return true
  }
}

const checked = new Map<string, string | undefined>()

/** Why the pattern cannot be used; undefined when it can. */
export function checkedPattern(pattern: string): string | undefined {
  if (!checked.has(pattern)) checked.set(pattern, faultOf(pattern))
  return checked.get(pattern)
}

function faultOf(pattern: string): string | undefined {
  const bare = outsideClasses(pattern)
  if (JAVA_ONLY.some((syntax) => syntax.test(bare))) return 'Java-only syntax'
  try {
    return backtracks(patternRegExp(pattern)) ? 'backtracks without end' : undefined
  } catch {
    return 'not a JavaScript pattern'
  }
}
