/** Where IAM only audits, what policies refuse is let through, and the trace tells of it. */
import type { Context } from './context.ts'

export interface Told {
  allowed: boolean
  /** For the trace: what decided. */
  because: string
}

/** The decision as it is carried out. */
export function carriedOut<T extends Told>(told: T, { audits }: Pick<Context, 'audits'>): T {
  if (told.allowed || !audits) return told
  return { ...told, allowed: true, because: letThrough(told.because) }
}

export function letThrough(because: string): string {
  return `Let through, since IAM only audits. ${because}`
}
