/** Where XML is written to: text that is taken away in chunks as it grows. */

/** Large enough that a chunk's overhead is nothing, small enough to stay in the caches. */
const CHUNK_CHARACTERS = 32 * 1024

// biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 forbids these characters
const SPECIAL = /[&<>"'\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 forbids these characters
const SPECIAL_ALL = /[&<>"'\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // A parser would turn a bare carriage return into a line feed.
  '\r': '&#xD;',
}

/** Text for an element. What XML cannot carry even escaped becomes the replacement character. */
export function escapeXml(text: string): string {
  if (!SPECIAL.test(text)) return text
  return text.replace(SPECIAL_ALL, (character) => ESCAPES[character] ?? '\ufffd')
}

export class XmlSink {
  #text = ''

  get isFull(): boolean {
    return this.#text.length >= CHUNK_CHARACTERS
  }

  add(text: string): void {
    this.#text += text
  }

  /** What was written since it was last taken. */
  take(): string {
    const text = this.#text
    this.#text = ''
    return text
  }
}
