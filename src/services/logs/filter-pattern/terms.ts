/** Terms: all of `one "two three" %regex%`, none of `-four`, or any of `?one ?two`. */
import { invalidParameter } from '../errors.ts'
import { regexOf } from './regex.ts'

type Test = (message: string) => boolean

/** An optional sign, then a quoted phrase, a regular expression, or a word up to the next space. */
const TERM = /\s*([-?]?)(?:"((?:[^"\\]|\\.)*)"|%([^%]*)%|([^\s"%]+))/y
const WORD = /^[\p{L}\p{N}_]+$/u

export function termsPattern(pattern: string): Test {
  const all: Test[] = []
  const none: Test[] = []
  const any: Test[] = []
  TERM.lastIndex = 0
  while (TERM.lastIndex < pattern.length) {
    const at = TERM.lastIndex
    const term = TERM.exec(pattern)
    if (!term) throw invalidParameter(`Invalid character(s) in term '${pattern.slice(at).trim()}'`)
    const [, sign, phrase, regex, word] = term
    const test = testOf(phrase, regex, word)
    if (sign === '-') none.push(test)
    else if (sign === '?') any.push(test)
    else all.push(test)
  }
  // Optional terms beside others are ignored, says the syntax page.
  const isOptional = all.length === 0 && none.length === 0 && any.length > 0
  if (isOptional) return (message) => any.some((test) => test(message))
  return (message) => all.every((test) => test(message)) && !none.some((test) => test(message))
}

function testOf(phrase: string | undefined, regex: string | undefined, word = ''): Test {
  if (regex !== undefined) {
    const compiled = regexOf(regex)
    return (message) => compiled.test(message)
  }
  if (phrase === undefined && !WORD.test(word)) {
    throw invalidParameter(`Invalid character(s) in term '${word}'`)
  }
  const text = phrase?.replace(/\\(.)/gs, '$1') ?? word
  return (message) => message.includes(text)
}
