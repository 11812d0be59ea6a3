/** Reads a filter pattern from left to right. */
import type { AwsError } from '../../../aws/errors.ts'
import { invalidParameter } from '../errors.ts'

export class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** Takes what matches here, after spaces. The expression must be sticky. */
  take(expression: RegExp): RegExpExecArray | undefined {
    this.#skipSpaces()
    expression.lastIndex = this.#at
    const found = expression.exec(this.#text)
    if (found) this.#at = expression.lastIndex
    return found ?? undefined
  }

  expect(expression: RegExp): RegExpExecArray {
    const found = this.take(expression)
    if (!found) throw this.unexpected()
    return found
  }

  get ended(): boolean {
    this.#skipSpaces()
    return this.#at >= this.#text.length
  }

  /** The service names the character that it cannot take. */
  unexpected(): AwsError {
    const character = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0x20)
    return invalidCharacter(this.ended ? this.#text.slice(-1) : character)
  }

  #skipSpaces(): void {
    while (/\s/.test(this.#text.charAt(this.#at))) this.#at++
  }
}

export function invalidCharacter(character: string): AwsError {
  return invalidParameter(`Invalid character(s) in term '${character}'`)
}

/** The text between double quotes, where a backslash stands before what is meant itself. */
export function unquoted(text: string): string {
  return text.replace(/\\(.)/gs, '$1')
}
