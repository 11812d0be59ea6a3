/** ARNs of this service, and what a bus is called in requests: a name or an ARN. */
import { arn, parseArn } from '../../arn.ts'
import type { World } from '../../store/store.ts'

export const DEFAULT_BUS = 'default'
/** As principals, roles and policies name the service. */
export const EVENTS_PRINCIPAL = 'events.amazonaws.com'

export function busArn({ account, region }: World, bus: string): string {
  return arn('events', region, account, `event-bus/${bus}`)
}

/** `rule/NAME` on the default bus, `rule/BUS/NAME` on others. */
export function ruleArn({ account, region }: World, bus: string, rule: string): string {
  const path = bus === DEFAULT_BUS ? rule : `${bus}/${rule}`
  return arn('events', region, account, `rule/${path}`)
}

export function archiveArn({ account, region }: World, name: string): string {
  return arn('events', region, account, `archive/${name}`)
}

export function replayArn({ account, region }: World, name: string): string {
  return arn('events', region, account, `replay/${name}`)
}

export interface BusName {
  world: World
  name: string
}

/** The bus that a request names, by its name or ARN; the caller's default bus when by nothing. */
export function busName(nameOrArn: string | undefined, here: World): BusName {
  if (nameOrArn === undefined) return { world: here, name: DEFAULT_BUS }
  const found = parseArn(nameOrArn)
  if (!found) return { world: here, name: nameOrArn }
  const { account, region, resource } = found
  return { world: { account, region }, name: resource.slice(resource.indexOf('/') + 1) }
}

export type EventsResource =
  | { kind: 'bus'; world: World; bus: string }
  | { kind: 'rule'; world: World; bus: string; rule: string }

/** What an ARN of a bus or rule names; undefined for all else. */
export function eventsResource(text: string): EventsResource | undefined {
  const found = parseArn(text)
  if (found?.service !== 'events') return undefined
  const { account, region, resource } = found
  const world = { account, region }
  const [kind, ...path] = resource.split('/')
  const name = path.pop()
  if (!name) return undefined
  if (kind === 'event-bus') return { kind: 'bus', world, bus: [...path, name].join('/') }
  if (kind !== 'rule') return undefined
  return { kind: 'rule', world, bus: path.join('/') || DEFAULT_BUS, rule: name }
}
