/** Journeys as people read them: a tree of steps, each with its reason. */
import { isoMillis, MS_PER_SECOND } from '../clock.ts'
import { forest, type Journey, type Node } from './journeys.ts'
import type {
  CallStep,
  DeliveryStep,
  EventStep,
  InvocationStep,
  Step,
  TraceRecord,
} from './record.ts'

/** Of an event's detail that the tree shows; `--json` has it whole. */
const MAX_DETAIL_CHARACTERS = 240

/** How words are set off; the identity where there are no colours. */
export interface Palette {
  good(text: string): string
  bad(text: string): string
  strong(text: string): string
  faint(text: string): string
}

export const PLAIN: Palette = {
  good: (text) => text,
  bad: (text) => text,
  strong: (text) => text,
  faint: (text) => text,
}

/** Why the other rules of a bus did not match an event, by the event's id. */
export type Explanations = Readonly<Record<string, readonly string[]>>

export function formatJourney(
  journey: Journey,
  palette: Palette = PLAIN,
  explanations: Explanations = {},
): string {
  const { strong, faint } = palette
  const title = `${strong('journey')} ${journey.id} ${faint(isoMillis(journey.from))}`
  const lines = forest(journey.records).flatMap((node) =>
    formatNode(node, '', journey.from, palette, explanations),
  )
  return [title, ...lines].join('\n')
}

/** One line for a list of journeys: when it began, with what, and how far it went. */
export function summarise(journey: Journey, palette: Palette = PLAIN): string {
  const { faint, bad } = palette
  const [root] = forest(journey.records)
  const counts = new Map<string, number>()
  for (const { step } of journey.records) counts.set(step.kind, (counts.get(step.kind) ?? 0) + 1)
  const told = (['event', 'delivery', 'invocation'] as const)
    .map((kind) => [kind, counts.get(kind) ?? 0] as const)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => plural(count, kind))
  const failures = journey.records.filter(({ step }) => isFailure(step)).length
  if (failures > 0) told.push(bad(plural(failures, 'failure')))
  const head = root ? formatStep(root.record.step, PLAIN)[0] : ''
  return `${journey.id}  ${faint(isoMillis(journey.from))}  ${head}  ${told.join(', ')}`.trimEnd()
}

/** One record on its own, for a stream of them. */
export function formatRecord(record: TraceRecord, palette: Palette = PLAIN): string {
  const [head, ...details] = formatStep(record.step, palette)
  const time = palette.faint(isoMillis(record.at))
  return [`${time}  ${head}`, ...details.map((detail) => `      ${detail}`)].join('\n')
}

function formatNode(
  { record, children }: Node,
  indent: string,
  from: number,
  palette: Palette,
  explanations: Explanations,
): string[] {
  const [head, ...details] = formatStep(record.step, palette)
  const after = palette.faint(`+${((record.at - from) / MS_PER_SECOND).toFixed(3)}s`)
  const why = record.step.kind === 'event' ? (explanations[record.step.event.id] ?? []) : []
  const lines = [...details, ...why.map((text) => palette.faint(text))]
  return [
    `${indent}${after} ${head}`,
    ...lines.map((line) => `${indent}        ${line}`),
    ...children.flatMap((child) => formatNode(child, `${indent}  `, from, palette, explanations)),
  ]
}

/** The step in one line, then what explains it. */
export function formatStep(step: Step, palette: Palette): string[] {
  switch (step.kind) {
    case 'call':
      return formatCall(step, palette)
    case 'event':
      return formatEvent(step, palette)
    case 'delivery':
      return formatDelivery(step, palette)
    case 'invocation':
      return formatInvocation(step, palette)
    case 'change': {
      const { resource, from, to, because } = step
      const change = from === undefined ? to : `${from} → ${to}`
      return [`${resource} ${palette.strong(change)}`, ...(because ? [because] : [])]
    }
    case 'log':
      return [palette.faint(`log of ${step.function}`), ...step.lines.map((line) => `│ ${line}`)]
    case 'note':
      return [step.text]
  }
}

function formatCall(step: CallStep, { good, bad, strong, faint }: Palette): string[] {
  const { service, operation, caller, error, decisions } = step
  const mark = error ? bad('✗') : good('✓')
  const head = `${mark} ${strong(`${service}:${operation}`)} ${faint(`by ${caller}`)}`
  const reasons = decisions
    .filter(({ allowed, because }) => !allowed || !because.includes('root user'))
    .map(({ allowed, because }) => (allowed ? because : bad(because)))
  const told = error && !decisions.some(({ allowed }) => !allowed)
  return [head, ...(told ? [bad(`${error.code}: ${error.message}`)] : []), ...new Set(reasons)]
}

function formatEvent({ event, matched, bus }: EventStep, palette: Palette): string[] {
  const { strong, faint, good } = palette
  const detail = shortened(JSON.stringify(event.detail ?? {}))
  const where = bus === 'default' ? '' : ` on ${bus}`
  const rules =
    matched.length > 0 ? good(`matched ${matched.join(', ')}`) : faint('no rule matched')
  return [`event ${strong(event['detail-type'])}${where} ${faint(event.id)}`, detail, rules]
}

function shortened(text: string): string {
  if (text.length <= MAX_DETAIL_CHARACTERS) return text
  return `${text.slice(0, MAX_DETAIL_CHARACTERS)}…`
}

function formatDelivery(step: DeliveryStep, { good, bad, strong }: Palette): string[] {
  const { rule, target, outcome, attempt, errorCode, because } = step
  const result = outcome === 'accepted' ? good(outcome) : bad(outcome)
  const tries = attempt > 1 ? ` (attempt ${attempt})` : ''
  const code = errorCode ? ` ${errorCode}` : ''
  return [`rule ${strong(rule)} → ${target}: ${result}${code}${tries}`, because]
}

function formatInvocation(step: InvocationStep, { good, bad, strong, faint }: Palette): string[] {
  const { function: name, phase, attempt, outcome, coldStart, durationMs, initMs, because } = step
  const which = `${strong(name)} ${faint(step.requestId)}`
  if (phase === 'start') {
    return [`invoke ${which}${attempt > 1 ? ` (attempt ${attempt})` : ''}`]
  }
  const times = [
    coldStart === undefined ? undefined : coldStart ? 'cold start' : 'warm',
    initMs === undefined ? undefined : `init ${initMs.toFixed(1)} ms`,
    durationMs === undefined ? undefined : `${durationMs.toFixed(1)} ms`,
  ].filter((part) => part !== undefined)
  const result = outcome === 'success' ? good('success') : bad(outcome ?? '')
  return [`${which}: ${result} ${faint(times.join(', '))}`, ...(because ? [because] : [])]
}

function isFailure(step: Step): boolean {
  if (step.kind === 'call') return step.error !== undefined
  if (step.kind === 'delivery') return step.outcome !== 'accepted'
  return step.kind === 'invocation' && step.phase === 'end' && step.outcome !== 'success'
}

function plural(count: number, noun: string): string {
  const many = noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`
  return `${count} ${count === 1 ? noun : many}`
}
