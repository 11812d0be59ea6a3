import { JsonError, type Location } from './errors.ts'

/** What a JsonReader has just read. 'end' follows the last token of the text. */
export type Token =
  | 'startObject'
  | 'endObject'
  | 'startArray'
  | 'endArray'
  | 'name'
  | 'string'
  | 'number'
  | 'true'
  | 'false'
  | 'null'
  | 'end'

interface Context {
  readonly type: 'Array' | 'Object' | 'root'
  readonly opened: Location
  /** Members seen so far: a comma must precede all but the first. */
  count: number
}

/** Jackson's StreamReadConstraints default; it also bounds our recursion. */
const MAX_NESTING_DEPTH = 1000
const MAX_SOURCE_CHARS = 500
const MAX_ERROR_TOKEN_CHARS = 256

const VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
const NON_NUMERIC = { N: 'NaN', I: 'Infinity' } as const
const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  t: '\t',
  n: '\n',
  f: '\f',
  r: '\r',
  '"': '"',
  '/': '/',
  '\\': '\\',
}

/**
 * Reads JSON token by token, keeping what JSON.parse loses: duplicate names, the spelling of
 * numbers, and positions. It is as eager and as lazy as Jackson's ReaderBasedJsonParser, since the
 * locations in AWS's error texts tell how far that one had read: reading a name also reads the
 * start of its value, while a string is read only as far as its opening quote until asked for.
 */
export class JsonReader {
  /** The token last read. */
  token: Token = 'end'
  /** The name last read in the current object. */
  name = ''
  #source: string
  #at = 0
  #line = 1
  #lineStart = 0
  /** Where the last thing begins that was looked at: a token, or what stands in place of one. */
  #start: Location = { line: 1, column: 1 }
  #contexts: Context[] = [{ type: 'root', opened: { line: 1, column: 0 }, count: 0 }]
  #afterName: Token = 'end'
  #stringPending = false
  #text = ''

  constructor(source: string) {
    this.#source = source
  }

  /** Reads the next token. Throws JsonError where the text is not JSON. */
  next(): Token {
    if (this.token === 'name') return this.#enter(this.#afterName)
    if (this.#stringPending) this.#readString('string value')
    const char = this.#nextChar()
    if (char === undefined) return this.#endOfText()
    if (char === ']' || char === '}') return this.#leave(char)
    return this.#member(char)
  }

  /** The text of the token last read: a string decoded, a number as it is spelt. */
  text(): string {
    if (this.#stringPending) this.#text = this.#readString('string value')
    switch (this.token) {
      case 'startObject':
        return '{'
      case 'endObject':
        return '}'
      case 'startArray':
        return '['
      case 'endArray':
        return ']'
      case 'name':
        return this.name
      case 'string':
      case 'number':
        return this.#text
      case 'end':
        return 'null'
      default:
        return this.token
    }
  }

  /** Gives up with a reason of the caller's, located where reading stands. */
  fail(reason: string): never {
    return this.#failAt(this.#location(), reason)
  }

  /** The same, located at the character last taken, as Jackson does since 2.17 (recorded). */
  #failAtLast(reason: string): never {
    const { line, column } = this.#location()
    return this.#failAt({ line, column: column - 1 }, reason)
  }

  #failAt(location: Location, reason: string): never {
    const suffix = `\n at ${this.#describe(location)}`
    throw new JsonError(reason, suffix, location, this.#start)
  }

  #location(): Location {
    return { line: this.#line, column: this.#at - this.#lineStart + 1 }
  }

  #describe({ line, column }: Location): string {
    const shown = this.#source.slice(0, MAX_SOURCE_CHARS).replace(/\p{Cc}/gu, escapeControl)
    const beyond = this.#source.length - MAX_SOURCE_CHARS
    const truncated = beyond > 0 ? `[truncated ${beyond} chars]` : ''
    return `[Source: (String)"${shown}"${truncated}; line: ${line}, column: ${column}]`
  }

  get #context(): Context {
    return this.#contexts[this.#contexts.length - 1]!
  }

  #endOfText(): Token {
    const { type, opened } = this.#context
    if (type !== 'root') {
      const start = this.#describe(opened)
      this.fail(
        `Unexpected end-of-input: expected close marker for ${type} (start marker at ${start})`,
      )
    }
    this.token = 'end'
    return 'end'
  }

  #leave(char: ']' | '}'): Token {
    const { type, opened } = this.#context
    const closes = char === ']' ? 'Array' : 'Object'
    if (type !== closes) {
      const expected = char === ']' ? '}' : ']'
      const start = `for ${type} starting at ${this.#describe(opened)}`
      this.#failAtLast(`Unexpected close marker '${char}': expected '${expected}' (${start})`)
    }
    this.#contexts.pop()
    this.token = char === ']' ? 'endArray' : 'endObject'
    return this.token
  }

  #member(first: string): Token {
    const context = this.#context
    let char = first
    if (context.count > 0 && context.type !== 'root') {
      if (char !== ',') {
        this.#unexpected(char, `was expecting comma to separate ${context.type} entries`)
      }
      char =
        this.#nextChar() ??
        this.fail(`Unexpected end-of-input within/between ${context.type} entries`)
    }
    context.count++
    if (context.type !== 'Object') return this.#enter(this.#value(char))
    if (char !== '"') {
      this.#unexpected(char, 'was expecting double-quote to start field name')
    }
    this.name = this.#readString('name')
    this.token = 'name'
    this.#afterName = this.#value(this.#charAfterColon())
    return 'name'
  }

  #charAfterColon(): string {
    const between = 'Unexpected end-of-input within/between Object entries'
    const colon = this.#nextChar() ?? this.fail(between)
    if (colon !== ':') {
      this.#unexpected(colon, 'was expecting a colon to separate field name and value')
    }
    return this.#nextChar() ?? this.fail(between)
  }

  /** Makes a value's token current, and opens its context if it is a container. */
  #enter(token: Token): Token {
    this.token = token
    if (token === 'startObject' || token === 'startArray') {
      if (this.#contexts.length > MAX_NESTING_DEPTH) {
        throw new JsonError(
          `Document nesting depth (${this.#contexts.length}) exceeds the maximum allowed ` +
            `(${MAX_NESTING_DEPTH}, from \`StreamReadConstraints.getMaxNestingDepth()\`)`,
          '',
          this.#location(),
        )
      }
      const type = token === 'startObject' ? 'Object' : 'Array'
      // Jackson says where a container starts with a column counted from 0 after its bracket.
      const opened = { line: this.#line, column: this.#at - this.#lineStart }
      this.#contexts.push({ type, opened, count: 0 })
    }
    return token
  }

  /** Reads a value from its first character on: a string only as far as its quote. */
  #value(char: string): Token {
    switch (char) {
      case '"':
        this.#stringPending = true
        return 'string'
      case '{':
        return 'startObject'
      case '[':
        return 'startArray'
      case 't':
        return this.#literal('true')
      case 'f':
        return this.#literal('false')
      case 'n':
        return this.#literal('null')
      case '}':
        return this.#unexpected(char, 'expected a value')
      case 'N':
      case 'I':
        return this.#nonNumeric(NON_NUMERIC[char], 1)
      case '+':
        return this.#plusSign()
    }
    if (char === '-' || isDigit(char)) return this.#number()
    // Here, since making it takes a while and only errors come so far.
    if (/[\p{L}\p{Nl}\p{Sc}\p{Pc}]/u.test(char)) return this.#unrecognizedToken(char)
    return this.#unexpected(char, `expected a valid value ${VALUES}`)
  }

  /** Skips white space and takes the character after it; undefined at the end of the text. */
  #nextChar(): string | undefined {
    while (this.#at < this.#source.length) {
      const char = this.#source[this.#at++]!
      if (char > ' ') {
        this.#start = { line: this.#line, column: this.#at - this.#lineStart }
        if (char === '/') this.#comment()
        return char
      }
      if (char === '\n' || char === '\r') {
        if (char === '\r' && this.#source[this.#at] === '\n') this.#at++
        this.#line++
        this.#lineStart = this.#at
      } else if (char !== ' ' && char !== '\t') {
        this.fail(
          `Illegal character (${describeChar(char)}): only regular white space ` +
            '(\\r, \\n, \\t) is allowed between tokens',
        )
      }
    }
    return undefined
  }

  #comment(): never {
    return this.#unexpected(
      '/',
      'maybe a (non-standard) comment? ' +
        "(not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)",
    )
  }

  #readString(what: 'string value' | 'name'): string {
    this.#stringPending = false
    let decoded = ''
    let from = this.#at
    for (;;) {
      const char = this.#source[this.#at++]
      if (char === undefined) {
        this.#at--
        const cut =
          what === 'name' ? ' in field name' : ': was expecting closing quote for a string value'
        this.fail(`Unexpected end-of-input${cut}`)
      }
      if (char === '"') return decoded + this.#source.slice(from, this.#at - 1)
      if (char === '\\') {
        decoded += this.#source.slice(from, this.#at - 1) + this.#escape()
        from = this.#at
      } else if (char < ' ') {
        this.#failAtLast(
          `Illegal unquoted character (${describeChar(char)}): ` +
            `has to be escaped using backslash to be included in ${what}`,
        )
      }
    }
  }

  #escape(): string {
    const char = this.#escapedChar()
    if (char !== 'u') {
      return (
        ESCAPES[char] ?? this.#failAtLast(`Unrecognized character escape ${describeChar(char)}`)
      )
    }
    let code = 0
    for (let i = 0; i < 4; i++) {
      const digit = this.#escapedChar()
      if (!/[0-9a-fA-F]/.test(digit)) {
        this.#unexpected(digit, 'expected a hex-digit for character escape sequence')
      }
      code = code * 16 + Number.parseInt(digit, 16)
    }
    return String.fromCharCode(code)
  }

  #escapedChar(): string {
    return this.#source[this.#at] === undefined
      ? this.fail('Unexpected end-of-input in character escape sequence')
      : this.#source[this.#at++]!
  }

  #literal(word: 'true' | 'false' | 'null'): Token {
    this.#matchWord(word, 1)
    return word
  }

  #nonNumeric(word: string, matched: number): never {
    this.#matchWord(word, matched)
    return this.fail(
      `Non-standard token '${word}': enable \`JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS\` to allow`,
    )
  }

  #matchWord(word: string, matched: number): void {
    for (let i = matched; i < word.length; i++, this.#at++) {
      if (this.#source[this.#at] !== word[i]) this.#unrecognizedToken(word.slice(0, i))
    }
    const after = this.#source[this.#at]
    if (after !== undefined && after >= '0' && isIdentifierPart(after)) {
      this.#unrecognizedToken(word)
    }
  }

  #unrecognizedToken(start: string): never {
    let token = start
    for (;;) {
      const char = this.#source[this.#at]
      if (char === undefined || !isIdentifierPart(char)) break
      this.#at++
      token += char
      if (token.length >= MAX_ERROR_TOKEN_CHARS) {
        token += '...'
        break
      }
    }
    return this.fail(`Unrecognized token '${token}': was expecting ${VALUES}`)
  }

  #plusSign(): never {
    if (this.#at >= this.#source.length) {
      this.fail('Unexpected end-of-input in a Number value')
    }
    this.#infinity('+')
    return this.#badNumber(
      '+',
      'JSON spec does not allow numbers to have plus signs: enable ' +
        '`JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS` to allow',
    )
  }

  /** Takes the character after a sign, and the next one too if that was an `I`. */
  #infinity(sign: '+' | '-'): string {
    const char = this.#source[this.#at++]!
    if (char !== 'I') return char
    const next = this.#source[this.#at++]
    if (next === undefined) {
      this.#at--
      return this.fail('Unexpected end-of-input in a Number value')
    }
    if (next === 'N') this.#nonNumeric(`${sign}INF`, 3)
    if (next === 'n') this.#nonNumeric(`${sign}Infinity`, 3)
    return next
  }

  /** Reads a number whose first character, a digit or '-', has just been taken. */
  #number(): Token {
    const start = this.#at - 1
    if (this.#source[start] === '-') this.#checkDigitAfterMinus()
    else this.#at--
    const startsWithZero = this.#source[this.#at] === '0'
    const digits = this.#digits()
    if (digits > 1 && startsWithZero) {
      this.#at -= digits - 1
      this.fail('Invalid numeric value: Leading zeroes not allowed')
    }
    // Where Jackson stands when it finds a digit missing: it has a fast way, which notes only
    // where the fraction or exponent began, and a slow one for a leading zero or the text's end.
    const noted = startsWithZero ? undefined : this.#at + 1
    if (this.#source[this.#at] === '.') {
      this.#at++
      if (this.#digits() === 0) {
        this.#noDigit('.', 'Decimal point not followed by a digit', noted)
      }
    }
    const char = this.#source[this.#at]
    if (char === 'e' || char === 'E') this.#exponent(noted)
    this.#text = this.#source.slice(start, this.#at)
    if (this.#context.type === 'root') this.#checkRootSpace()
    return 'number'
  }

  #checkDigitAfterMinus(): void {
    const first = this.#source[this.#at]
    if (first === undefined) {
      this.fail('Unexpected end-of-inputNo digit following sign')
    }
    if (isDigit(first)) return
    if (first === '.') {
      this.#at++
      this.#unexpected(first, `expected a valid value ${VALUES}`)
    }
    const char = this.#infinity('-')
    this.#badNumber(char, 'expected digit (0-9) to follow minus sign, for valid numeric value')
  }

  #exponent(noted: number | undefined): void {
    this.#at++
    const sign = this.#source[this.#at]
    if (sign === '+' || sign === '-') this.#at++
    if (this.#at >= this.#source.length) {
      this.fail('Unexpected end-of-inputexpected a digit for number exponent')
    }
    if (this.#digits() === 0) {
      this.#noDigit('e', 'Exponent indicator not followed by a digit', noted)
    }
  }

  #digits(): number {
    const start = this.#at
    while (isDigit(this.#source[this.#at] ?? '')) this.#at++
    return this.#at - start
  }

  #noDigit(before: string, comment: string, noted: number | undefined): never {
    const char = this.#source[this.#at]
    if (char !== undefined) this.#at = noted ?? this.#at + 1
    return this.#badNumber(char ?? before, comment)
  }

  /** A number that is the whole text has to be followed by white space, if by anything. */
  #checkRootSpace(): void {
    const char = this.#source[this.#at]
    if (char === undefined || char === '\r') return
    this.#at++
    if (char === '\n') {
      this.#line++
      this.#lineStart = this.#at
    } else if (char !== ' ' && char !== '\t') {
      this.#unexpected(char, 'Expected space separating root-level values')
    }
  }

  #badNumber(char: string, comment: string): never {
    return this.#failAtLast(
      `Unexpected character (${describeChar(char)}) in numeric value: ${comment}`,
    )
  }

  #unexpected(char: string, comment: string): never {
    return this.#failAtLast(`Unexpected character (${describeChar(char)}): ${comment}`)
  }
}

/** As Java's Character.isJavaIdentifierPart: control characters other than white space are, too. */
function isIdentifierPart(char: string): boolean {
  const code = char.charCodeAt(0)
  return (
    /[\p{L}\p{Nl}\p{Sc}\p{Pc}\p{Nd}\p{Mc}\p{Mn}\p{Cf}]/u.test(char) ||
    (isControl(code) && !(code >= 9 && code <= 13) && !(code >= 28 && code <= 31))
  )
}

function isControl(code: number): boolean {
  return code < 32 || (code >= 127 && code < 160)
}

function isDigit(char: string): boolean {
  return char >= '0' && char <= '9'
}

function describeChar(char: string): string {
  const code = char.charCodeAt(0)
  if (isControl(code)) return `(CTRL-CHAR, code ${code})`
  const hex = code > 255 ? ` / 0x${code.toString(16)}` : ''
  const shown = char.isWellFormed() ? char : '?'
  return `'${shown}' (code ${code}${hex})`
}

function escapeControl(char: string): string {
  if (char === '\n' || char === '\r') return char
  return `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
}
