/** Makes a document of a catalogue's entry: puts in where and when, then what the user sets. */
import { partitionOf } from '../arn.ts'
import type { EventDocument } from './documents.ts'
import type { Entry } from './entry.ts'

/** Where and when an event happens. */
export interface Place {
  account: string
  region: string
  /** `2026-05-11T21:29:54Z` */
  time: string
  /** A UUID: the event's, and what stands for every other. */
  id: string
}

export type Settings = Readonly<Record<string, unknown>>

/** A path or value that cannot be set. */
export class SettingError extends Error {
  override readonly name = 'SettingError'
}

/** The members of the envelope that `set` may replace, whole or by a path into them. */
const SETTABLE = ['detail', 'resources', 'time', 'account', 'region']
const FORMS = {
  time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
  account: /^\d{12}$/,
  region: /^[a-z]{2}(-[a-z]+)+-\d$/,
}

/**
 * Account, region and time come first, so that the texts of the example follow them; then the
 * detail; then the resources, which follow the detail unless they are set too.
 */
export function fill(entry: Entry, where: Place, set: Settings): EventDocument {
  for (const path of Object.keys(set)) {
    const [head = ''] = path.split('.')
    if (SETTABLE.includes(head)) continue
    throw new SettingError(`${path} cannot be set; paths begin with ${SETTABLE.join(', ')}`)
  }
  const place = placeOf(where, set)
  const texts = textsOf(place)
  const detail = changed(entry.detail, 'detail', set, texts)
  const resources = entry.resources.flatMap((text) => spread(text, detail, texts))
  return {
    version: '0',
    id: place.id,
    'detail-type': entry.detailType,
    source: entry.source,
    account: place.account,
    time: place.time,
    region: place.region,
    resources: changed(resources, 'resources', set, texts),
    detail,
  }
}

function placeOf(where: Place, set: Settings): Place {
  const place = { ...where }
  for (const member of ['time', 'account', 'region'] as const) {
    const value = String(set[member] ?? where[member])
    if (!FORMS[member].test(value)) throw new SettingError(`${value} is no ${member} of an event`)
    place[member] = value
  }
  return place
}

type Texts = (name: string) => string | undefined

function textsOf({ account, region, time, id }: Place): Texts {
  const values: Readonly<Record<string, string>> = {
    account,
    region,
    time,
    uuid: id,
    partition: partitionOf(region),
    zone: `${region}a`,
  }
  return (name) => values[name]
}

const PLACEHOLDER = /\{([a-z]+(?:\.[\w*-]+)*)\}/gi

function filled<T>(value: T, texts: Texts): T
function filled(value: unknown, texts: Texts): unknown {
  if (typeof value === 'string') {
    return value.replace(PLACEHOLDER, (all, name: string) => texts(name) ?? all)
  }
  if (Array.isArray(value)) return value.map((item) => filled(item, texts))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, filled(part, texts)]),
  )
}

/** A resource, or one an item where its text names a list of the detail. */
function spread(text: string, detail: object, texts: Texts): string[] {
  const list = /\{detail\.([\w-]+)\.\*\.([\w-]+)\}/.exec(text)
  if (!list) {
    return [filled(text, (name) => texts(name) ?? memberText({ detail }, name.split('.')))]
  }
  const items = memberAt(detail, [list[1] ?? ''])
  if (!Array.isArray(items)) return []
  return items.map((item: unknown) => text.replace(list[0], memberText(item, [list[2] ?? ''])))
}

function memberAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce((at: unknown, step) => (isObject(at) ? at[step] : undefined), value)
}

function memberText(value: unknown, path: readonly string[]): string {
  return String(memberAt(value, path) ?? '')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** The example with the texts put in, and with what is set at or below `head`. */
function changed<T extends object>(example: T, head: string, set: Settings, texts: Texts): T {
  let value: unknown = filled(example, texts)
  for (const [path, given] of Object.entries(set)) {
    const [first, ...steps] = path.split('.')
    if (first === head) value = replaced(value, steps, given)
  }
  if (isObject(value) && Array.isArray(value) === Array.isArray(example)) return value as T
  throw new SettingError(`${head} must be ${Array.isArray(example) ? 'a list' : 'an object'}`)
}

function replaced(value: unknown, [step, ...rest]: string[], given: unknown): unknown {
  if (step === undefined) return converted(given, value)
  if (Array.isArray(value)) {
    const at = Number(step)
    if (!(Number.isInteger(at) && at >= 0 && at <= value.length)) {
      throw new SettingError(`${step} is no place in a list of ${value.length}`)
    }
    return value.toSpliced(at, 1, replaced(value[at], rest, given))
  }
  const members = isObject(value) ? value : {}
  return { ...members, [step]: replaced(members[step], rest, given) }
}

/** A text where the example has none is taken as JSON, if it is: numbers, lists, objects. */
function converted(given: unknown, example: unknown): unknown {
  if (typeof given !== 'string' || typeof example === 'string') return given
  try {
    return JSON.parse(given)
  } catch {
    return given
  }
}
