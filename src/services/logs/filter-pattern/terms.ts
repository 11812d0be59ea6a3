/** Terms: all of `one "two three" %regex%`, none of `-four`, or any of `?one ?two`. */
import { regexOf } from './regex.ts'
import { invalidCharacter, Scanner, unquoted } from './scanner.ts'

type Test = (message: string) => boolean

const SIGN = /[-?]?/y
/** A phrase, a regular expression, or what stands up to the next space. */
const TERM = /"((?:[^"\\]|\\.)*)"|%((?:[^%\\]|\\.)*)%|([^\s"%]+)/sy
const NOT_IN_WORD = /[^\p{L}\p{N}_]/u

export function termsPattern(pattern: string): Test {
  const all: Test[] = []
  const none: Test[] = []
  const any: Test[] = []
  const lists = new Map([
    ['', all],
    ['-', none],
    ['?', any],
  ])
  const scanner = new Scanner(pattern)
  while (!scanner.ended) {
    const [sign] = scanner.expect(SIGN)
    const [, phrase, regex, word] = scanner.expect(TERM)
    lists.get(sign)?.push(testOf(phrase, regex, word))
  }
  // Optional terms beside others are ignored, says the syntax page.
  const isOptional = all.length === 0 && none.length === 0 && any.length > 0
  if (isOptional) return (message) => any.some((test) => test(message))
  return (message) => all.every((test) => test(message)) && !none.some((test) => test(message))
}

/** Terms match anywhere, also inside of words: ERROR is in ERRORCODE. */
function testOf(phrase: string | undefined, regex: string | undefined, word = ''): Test {
  if (regex !== undefined) {
    const compiled = regexOf(regex)
    return (message) => compiled.test(message)
  }
  const character = phrase === undefined ? NOT_IN_WORD.exec(word)?.[0] : undefined
  if (character !== undefined) throw invalidCharacter(character)
  const text = phrase === undefined ? word : unquoted(phrase)
  return (message) => message.includes(text)
}
