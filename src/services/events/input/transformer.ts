/**
 * Input transformers: a template whose placeholders are parts of the event. What each kind of value
 * becomes in which place is as recorded of the real service; values are never escaped.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
import type { InputTransformer } from '@aws-sdk/client-eventbridge'
import { isoSeconds } from '../../../clock.ts'
import { invalidPlaceholder } from '../errors.ts'
import { type BusEvent, documentOf } from '../event.ts'
import type { Rule } from '../rule-rows.ts'
import { isContainer, isJsonSequence, parseExact } from './json.ts'
import { valueAt } from './json-path.ts'

/** What a template is filled from. */
export interface Source {
  event: BusEvent
  rule: Rule
  /** When the event came to the bus, milliseconds since the epoch. */
  ingestedAt: number
}

type Predefined = (source: Source) => unknown

const predefined: Readonly<Record<string, Predefined>> = {
  'aws.events.rule-arn': ({ rule }) => rule.arn,
  'aws.events.rule-name': ({ rule }) => rule.name,
  // UNCERTAIN: ISO 8601 is documented, whether with fractions of a second is not.
  'aws.events.event.ingestion-time': ({ ingestedAt }) => isoSeconds(ingestedAt),
  'aws.events.event.json': ({ event }) => parseExact(documentOf(event)),
  // Without its detail, and with one member in another spelling (recorded).
  'aws.events.event': ({ event }) => ({
    id: event.id,
    account: event.account,
    detailType: event.detailType,
    time: event.time,
    source: event.source,
    region: event.region,
    resources: event.resources,
    version: '0',
  }),
}

const PLACEHOLDER = /<([A-Za-z0-9_.-]+)>/g

/** Throws ValidationException for a placeholder that is neither mapped nor predefined. */
export function validateTransformer(
  target: string,
  { InputTemplate = '', InputPathsMap = {} }: InputTransformer,
): void {
  for (const name of Object.keys(InputPathsMap)) {
    // UNCERTAIN: that such keys are refused is documented, the text is not.
    if (/^aws/i.test(name)) throw invalidPlaceholder(target, name)
  }
  for (const [, name = ''] of InputTemplate.matchAll(PLACEHOLDER)) {
    if (!Object.hasOwn(InputPathsMap, name) && !Object.hasOwn(predefined, name)) {
      throw invalidPlaceholder(target, name)
    }
  }
}

/** The filled template; undefined when that is not JSON, which AWS does not deliver. */
export function transform(
  { InputTemplate = '', InputPathsMap = {} }: InputTransformer,
  source: Source,
): string | undefined {
  const event = parseExact(documentOf(source.event))
  const valueNamed = (name: string) =>
    InputPathsMap[name] === undefined
      ? predefined[name]?.(source)
      : valueAt(InputPathsMap[name], event)
  const isText = InputTemplate.trimStart().startsWith('"')
  let filled = ''
  let at = 0
  let quoted = false
  for (const { index, 0: placeholder, 1: name = '' } of InputTemplate.matchAll(PLACEHOLDER)) {
    const before = InputTemplate.slice(at, index)
    quoted = endsQuoted(before, quoted)
    filled += before + render(valueNamed(name), quoted, isText)
    at = index + placeholder.length
  }
  filled += InputTemplate.slice(at)
  return isJsonSequence(filled) ? filled : undefined
}

/** Whether the text after this one is inside a JSON string. */
function endsQuoted(text: string, quoted: boolean): boolean {
  const quotes = text.replace(/\\./g, '').split('"').length - 1
  return quotes % 2 === 0 ? quoted : !quoted
}

/** Inside a string template, objects and lists lose their quotes (recorded). */
function render(value: unknown, quoted: boolean, isText: boolean): string {
  if (value === undefined) return quoted ? '' : '""'
  if (!quoted) return JSON.stringify(value)
  if (typeof value === 'string') return value
  const json = JSON.stringify(value)
  return isText && isContainer(value) ? json.replaceAll('"', '') : json
}
