/** The wildcards of filter values: `*` any text, `?` one character, `\` takes either literally. */

const ANY = Symbol('any text')
const ONE = Symbol('one character')
type Token = string | typeof ANY | typeof ONE

function tokens(pattern: string): Token[] {
  const found: Token[] = []
  const characters = [...pattern]
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] ?? ''
    if (character === '*') found.push(ANY)
    else if (character === '?') found.push(ONE)
    else if (character === '\\' && i + 1 < characters.length) found.push(characters[++i] ?? '')
    else found.push(character)
  }
  return found
}

/** The text that a pattern without wildcards stands for; undefined when it has some. */
export function literal(pattern: string): string | undefined {
  if (!/[*?\\]/.test(pattern)) return pattern
  const parts = tokens(pattern)
  return parts.every((part) => typeof part === 'string') ? parts.join('') : undefined
}

/** A test of whole texts, in time proportional to the text for each `*`. */
export function glob(pattern: string): (text: string) => boolean {
  const parts = tokens(pattern)
  return (text) => {
    const characters = [...text]
    let at = 0
    let part = 0
    // Where to go on when what follows the latest `*` does not fit.
    let retry: { part: number; at: number } | undefined
    while (at < characters.length) {
      const token = parts[part]
      if (token === ANY) {
        retry = { part: ++part, at }
      } else if (token === ONE || (token !== undefined && token === characters[at])) {
        part++
        at++
      } else if (retry) {
        part = retry.part
        at = ++retry.at
      } else return false
    }
    while (parts[part] === ANY) part++
    return part === parts.length
  }
}
