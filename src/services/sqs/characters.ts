/** The characters of bodies and of text attributes: what XML 1.0 can carry. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that are refused
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u
const ALLOWED = '#x9 | #xA | #xD | [#x20 to #xD7FF] | [#xE000 to #xFFFD] | [#x10000 to #x10FFFF]'

/** What is wrong with a text, if something is; `where` it stands completes the sentence. */
export function forbiddenCharacter(text: string, where: string): string | undefined {
  const found = FORBIDDEN.exec(text)?.[0]
  if (found === undefined) return undefined
  const code = found.charCodeAt(0).toString(16).toUpperCase()
  return (
    `Invalid binary character '#x${code}' was found in ${where}, the set of allowed characters ` +
    `is ${ALLOWED}`
  )
}
