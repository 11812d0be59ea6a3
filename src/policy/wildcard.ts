/**
 * Wildcards of the policy language: `*` is any text, also none; `?` is any one character.
 * Matching never backtracks beyond one piece of text between two `*`, so no pattern, however
 * hostile, is slow.
 */

export const ANY = Symbol('*')
export const ONE = Symbol('?')

/** A pattern's parts: text to be found literally, and wildcards. */
export type Token = string | typeof ANY | typeof ONE
export type Matcher = (text: string) => boolean

/** The text between two `*`; `open` marks the places of `?`, which stand as `?` in `text`. */
interface Piece {
  text: string
  open: ReadonlySet<number> | undefined
}

export function tokensOf(pattern: string): Token[] {
  return pattern
    .split(/([*?])/)
    .filter((part) => part !== '')
    .map((part) => (part === '*' ? ANY : part === '?' ? ONE : part))
}

/** A matcher of whole texts, case-sensitive. Lower both sides for a case-insensitive match. */
export function wildcard(pattern: string): Matcher {
  return matcherOf(tokensOf(pattern))
}

export function matcherOf(tokens: readonly Token[]): Matcher {
  const [first, ...rest] = piecesOf(tokens)
  const last = rest.pop()
  if (first === undefined) return (text) => text === ''
  if (last === undefined) {
    if (first.open === undefined) return (text) => text === first.text
    return (text) => text.length === first.text.length && standsAt(first, text, 0)
  }
  if (rest.length === 0 && last.text === '') {
    return first.text === '' ? () => true : (text) => standsAt(first, text, 0)
  }
  return betweenMatcher(first, rest, last)
}

function betweenMatcher(first: Piece, middle: readonly Piece[], last: Piece): Matcher {
  const headLength = first.text.length
  const tailLength = last.text.length
  return (text) => {
    const end = text.length - tailLength
    if (end < headLength || !standsAt(first, text, 0) || !standsAt(last, text, end)) return false
    let at = headLength
    for (const piece of middle) {
      const found = find(piece, text, at)
      if (found === -1) return false
      at = found + piece.text.length
    }
    return at <= end
  }
}

/** One piece more than there are `*`. */
function piecesOf(tokens: readonly Token[]): Piece[] {
  const pieces: Piece[] = []
  let text = ''
  let open = new Set<number>()
  const close = () => {
    pieces.push({ text, open: open.size > 0 ? open : undefined })
    text = ''
    open = new Set()
  }
  for (const token of tokens) {
    if (token === ANY) close()
    else if (token === ONE) {
      open.add(text.length)
      text += '?'
    } else text += token
  }
  close()
  return pieces
}

function standsAt(piece: Piece, text: string, at: number): boolean {
  if (piece.open === undefined) {
    // Names differ at their end rather than at their start.
    const last = piece.text.length - 1
    if (last >= 0 && text.charCodeAt(at + last) !== piece.text.charCodeAt(last)) return false
    return text.startsWith(piece.text, at)
  }
  if (at + piece.text.length > text.length) return false
  for (let i = 0; i < piece.text.length; i++) {
    if (!piece.open.has(i) && piece.text.charCodeAt(i) !== text.charCodeAt(at + i)) return false
  }
  return true
}

function find(piece: Piece, text: string, from: number): number {
  if (piece.open === undefined) return text.indexOf(piece.text, from)
  for (let at = from; at + piece.text.length <= text.length; at++) {
    if (standsAt(piece, text, at)) return at
  }
  return -1
}
