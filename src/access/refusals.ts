/** What policies refused, as the trace tells of it. */
import type { Evaluation } from '../policy/index.ts'
import { journeys } from '../trace/journeys.ts'
import type { TraceRecord } from '../trace/record.ts'

export interface Refusal {
  /** The record's id. */
  readonly record: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** `ec2:StopInstances by ARN`, `rule NAME → ARN`. */
  readonly what: string
  /** What the caller was told, or what came of the event. */
  readonly told: string
  /** With the policies as they were then; none for a record that does not keep them. */
  readonly evaluations: readonly Evaluation[]
}

/**
 * The refusals that an id is about: of a request, an event, a record, a resource, a function, a
 * rule or a caller. Where it is about none itself, those of the journeys that it appears in.
 */
export function refusalsOf(id: string, records: readonly TraceRecord[]): Refusal[] {
  const own = records.filter((record) => isAbout(id, record)).flatMap(refusalIn)
  if (own.length > 0) return own
  return journeys(records, id).flatMap((journey) => journey.records.flatMap(refusalIn))
}

function isAbout(id: string, { id: record, refs, step }: TraceRecord): boolean {
  if (record === id || refs.includes(id)) return true
  // A function's calls are those of a session that has its name.
  return step.kind === 'call' && (step.caller === id || step.caller.split('/').includes(id))
}

function refusalIn(record: TraceRecord): Refusal[] {
  const { step } = record
  const made = (what: string, told: string, evaluations: readonly Evaluation[]): Refusal[] => [
    { record: record.id, at: record.at, what, told, evaluations },
  ]
  switch (step.kind) {
    case 'call': {
      const refused = step.decisions.filter(({ allowed }) => !allowed)
      if (refused.length === 0) return []
      const told = step.error?.message ?? refused.map(({ because }) => because).join(' ')
      const what = `${step.service}:${step.operation} by ${step.caller}`
      return made(
        what,
        told,
        refused.flatMap(({ evaluation }) => evaluation ?? []),
      )
    }
    case 'delivery':
      return step.evaluations
        ? made(`rule ${step.rule} → ${step.target}`, step.because, step.evaluations)
        : []
    case 'note':
      return step.evaluation ? made(record.refs.join(' '), step.text, [step.evaluation]) : []
    default:
      return []
  }
}
