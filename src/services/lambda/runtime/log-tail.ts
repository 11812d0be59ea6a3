import type { LogLine } from './types.ts'

/** What Invoke returns with LogType Tail: the last 4 KB. */
export const LOG_TAIL_BYTES = 4 * 1024

export class LogTail {
  #text = ''

  add(lines: readonly LogLine[]): void {
    const text = lines.slice(-LOG_TAIL_BYTES).map(({ message }) => withNewline(message))
    this.#text = (this.#text + text.join('')).slice(-LOG_TAIL_BYTES)
  }

  toString(): string {
    const bytes = Buffer.from(this.#text)
    if (bytes.length <= LOG_TAIL_BYTES) return this.#text
    return bytes.subarray(bytes.length - LOG_TAIL_BYTES).toString()
  }
}

function withNewline(message: string): string {
  return message.endsWith('\n') ? message : `${message}\n`
}
