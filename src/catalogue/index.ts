/**
 * Every event that EC2, EBS and their neighbours put on the default event bus: what it is called,
 * when it is sent, and a valid document. Exported as `aws-windtunnel/events`, for handlers' types
 * and their unit tests:
 *
 *     const set = { 'detail.state': 'stopped' }
 *     const event = exampleEvent('ec2-instance-state-change', { set })
 */
import { AUTO_SCALING_EVENTS } from './autoscaling.ts'
import { CAPACITY_EVENTS } from './capacity.ts'
import type { EventDocument } from './documents.ts'
import type { Entry } from './entry.ts'
import { fill, type Place, type Settings } from './fill.ts'
import { INSTANCE_EVENTS } from './instances.ts'
import { kebab, similar } from './names.ts'
import { NEIGHBOUR_EVENTS } from './neighbours.ts'
import { UNDOCUMENTED_EVENTS } from './undocumented.ts'
import { EBS_EVENTS } from './volumes.ts'

export type * from './documents.ts'
export type { Entry } from './entry.ts'
export type { Place, Settings } from './fill.ts'

const DOCUMENTED = {
  ...INSTANCE_EVENTS,
  ...EBS_EVENTS,
  ...CAPACITY_EVENTS,
  ...AUTO_SCALING_EVENTS,
  ...NEIGHBOUR_EVENTS,
}

/** Every event by its name. */
export const CATALOGUE: Readonly<Record<string, Entry>> = { ...DOCUMENTED, ...UNDOCUMENTED_EVENTS }

export type EventName = keyof typeof DOCUMENTED

type DocumentOf<Name extends EventName> =
  (typeof DOCUMENTED)[Name] extends Entry<infer Document> ? Document : never

/** No event has the name; `message` says which come near. */
export class UnknownEventError extends Error {
  override readonly name = 'UnknownEventError'
}

/** The event of a name or detail-type; of several with one detail-type, the first. */
export function findEvent(name: string): Entry {
  const wanted = kebab(name)
  const found = Object.hasOwn(CATALOGUE, wanted) ? CATALOGUE[wanted] : undefined
  const entry =
    found ?? Object.values(CATALOGUE).find(({ detailType }) => kebab(detailType) === wanted)
  if (entry) return entry
  const near = similar(name, Object.keys(CATALOGUE))
  const hint = near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`
  throw new UnknownEventError(`There is no event ${name}${hint}`)
}

export interface ExampleOptions extends Partial<Place> {
  /** Members to replace, by path: `detail.state`, `resources.0`, `time`. */
  set?: Readonly<Record<string, unknown>>
}

/** What an example is filled with unless options say otherwise. */
const EXAMPLE_PLACE: Place = {
  account: '123456789012',
  region: 'us-east-1',
  time: '2026-05-11T21:29:54Z',
  id: '7bf73129-1428-4cd3-a780-95db273d1602',
}

/**
 * The document of an event, as targets receive it. Throws UnknownEventError for an unknown name,
 * SettingError for a path that events have not.
 */
export function exampleEvent<Name extends EventName>(
  name: Name,
  options?: ExampleOptions,
): DocumentOf<Name>
export function exampleEvent(name: string, options?: ExampleOptions): EventDocument
export function exampleEvent(name: string, options: ExampleOptions = {}): EventDocument {
  const { set = {}, ...place } = options
  return fill(findEvent(name), { ...EXAMPLE_PLACE, ...place }, set)
}

/** The example of an entry. */
export function exampleOf(entry: Entry, set: Settings = {}): EventDocument {
  return fill(entry, EXAMPLE_PLACE, set)
}

export { SettingError } from './fill.ts'
export { likeness } from './names.ts'
