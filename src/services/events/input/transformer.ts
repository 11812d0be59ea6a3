/**
 * Input transformers: a template whose placeholders are parts of the event. What each kind of value
 * becomes in which place is as recorded of the real service.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
import type { InputTransformer } from '@aws-sdk/client-eventbridge'
import { isoMillis, parseTime } from '../../../clock.ts'
import {
  invalidInputPath,
  invalidPlaceholder,
  invalidTemplate,
  placeholderInKey,
  placeholderOutsideJson,
} from '../errors.ts'
import { type BusEvent, documentOf } from '../event.ts'
import type { Rule } from '../rule-rows.ts'
import type { Payload } from './input.ts'
import { isJsonSequence, parseExact, syntaxError } from './json.ts'
import { isPath, valueAt } from './json-path.ts'

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
  'aws.events.event.ingestion-time': ({ ingestedAt }) => isoMillis(ingestedAt),
  'aws.events.event.json': ({ event }) => parseExact(documentOf(event)),
  // Without its detail, with one member in another spelling and one in another form (recorded).
  'aws.events.event': ({ event }) => ({
    id: event.id,
    account: event.account,
    detailType: event.detailType,
    time: parseTime(event.time),
    source: event.source,
    region: event.region,
    resources: event.resources,
    version: '0',
  }),
}

const PLACEHOLDER = /<([A-Za-z0-9_.-]+)>/g
/** A name of an object's member with a placeholder in it. */
const PLACEHOLDER_IN_KEY = /"(?:[^"\\]|\\.)*<[A-Za-z0-9_.-]+>(?:[^"\\]|\\.)*"\s*:/
const ONLY_IN_JSON = ['aws.events.event', 'aws.events.event.json']

/**
 * Templates of objects are JSON: what is filled in keeps its type, and is escaped in strings. All
 * others, lists too, are text into which values are put as they are.
 */
function isJsonTemplate(template: string): boolean {
  return template.trimStart().startsWith('{')
}

/** Throws ValidationException for a template or path that cannot work. */
export function validateTransformer(
  target: string,
  { InputTemplate = '', InputPathsMap }: InputTransformer,
): void {
  for (const path of Object.values(InputPathsMap ?? {})) {
    if (!isPath(path)) throw invalidInputPath(target)
  }
  const names = Array.from(InputTemplate.matchAll(PLACEHOLDER), ([, name = '']) => name)
  for (const name of names) {
    const isKnown = Object.hasOwn(predefined, name) || Object.hasOwn(InputPathsMap ?? {}, name)
    // Without a map, what looks like a placeholder is none (recorded).
    if (InputPathsMap && !isKnown) throw invalidPlaceholder(target, name)
    if (ONLY_IN_JSON.includes(name) && !isJsonTemplate(InputTemplate)) {
      throw placeholderOutsideJson(target, name)
    }
  }
  if (PLACEHOLDER_IN_KEY.test(InputTemplate)) throw placeholderInKey(target)
  const error = syntaxError(InputTemplate.replaceAll(PLACEHOLDER, 'null'))
  if (error) throw invalidTemplate(target, error)
}

/** The filled template, which may turn out not to be JSON: AWS does not deliver it then. */
export function transform(
  { InputTemplate = '', InputPathsMap = {} }: InputTransformer,
  source: Source,
): Payload {
  const event = parseExact(documentOf(source.event))
  const render = isJsonTemplate(InputTemplate) ? renderInJson : renderInText
  let text = ''
  let at = 0
  let quoted = false
  for (const { index, 0: placeholder, 1: name = '' } of InputTemplate.matchAll(PLACEHOLDER)) {
    const before = InputTemplate.slice(at, index)
    quoted = endsQuoted(before, quoted)
    at = index + placeholder.length
    const path = InputPathsMap[name]
    if (path !== undefined) text += before + render(valueAt(path, event), quoted)
    else if (!Object.hasOwn(predefined, name)) text += before + placeholder
    else text += before + render(predefined[name]?.(source), quoted)
  }
  text += InputTemplate.slice(at)
  return { text, isJson: isJsonSequence(text) }
}

/** Whether the text after this one is inside a JSON string. */
function endsQuoted(text: string, quoted: boolean): boolean {
  const quotes = text.replace(/\\./g, '').split('"').length - 1
  return quotes % 2 === 0 ? quoted : !quoted
}

function renderInJson(value: unknown, quoted: boolean): string {
  const json = JSON.stringify(value === undefined ? '' : value)
  return quoted && json.startsWith('"') ? json.slice(1, -1) : json
}

/** Objects and lists lose their quotes. */
function renderInText(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value).replaceAll('"', '')
}
