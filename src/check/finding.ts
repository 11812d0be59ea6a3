/** What is wrong with something that is deployed. */

export type FindingKind =
  | 'pattern-matches-nothing'
  | 'target-not-allowed'
  | 'permission-for-no-rule'
  | 'role-not-assumable'
  | 'logs-not-allowed'
  | 'dead-letters-not-allowed'
  | 'loop'

export interface Finding {
  readonly kind: FindingKind
  /** An error keeps something from working; a warning may. */
  readonly level: 'error' | 'warning'
  /** The ARN of what has it. */
  readonly subject: string
  /** One sentence. */
  readonly what: string
  /** What it rests on. */
  readonly why: string
  /** The words of the command that mends it, when one does: `aws`, `lambda`, `add-permission`, … */
  readonly mend?: readonly string[]
}

/** A command as a shell takes it. */
export function commandLine(words: readonly string[]): string {
  return words.map(quoted).join(' ')
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
