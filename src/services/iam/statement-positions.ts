/** Where the statements of a policy document stand in its text. */

export interface Position {
  /** From 1. */
  Line: number
  /** From 1; that of the character after, as AWS counts it. */
  Column: number
}

export interface Span {
  StartPosition: Position
  EndPosition: Position
}

/** The spans of the statements of a valid document, in their order. */
export function statementSpans(document: string): Span[] {
  const spans: Span[] = []
  let depth = 0
  let line = 1
  let lineStart = 0
  /** The latest text at the top level, which is a key when an opening bracket follows. */
  let key: string | undefined
  let isInList = false
  let start: Position | undefined
  for (let at = 0; at < document.length; at++) {
    const character = document[at]
    const position = { Line: line, Column: at - lineStart + 2 }
    switch (character) {
      case '\n':
        line++
        lineStart = at + 1
        break
      case '"': {
        const end = endOfString(document, at)
        if (depth === 1) key = document.slice(at + 1, end)
        at = end
        break
      }
      case ',':
        if (depth === 1) key = undefined
        break
      case '{':
      case '[': {
        const isStatement = depth === 1 ? key === 'Statement' : depth === 2 && isInList
        if (character === '{' && isStatement) start = position
        if (character === '[' && depth === 1) isInList = key === 'Statement'
        depth++
        break
      }
      case '}':
      case ']':
        depth--
        if (start && depth === (isInList ? 2 : 1)) {
          spans.push({ StartPosition: start, EndPosition: position })
          start = undefined
        }
        if (depth === 1) isInList = false
        break
    }
  }
  return spans
}

/** The index of the quotation mark that ends the string which begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at
  }
  return text.length
}
