/** Events of the catalogue, put on a bus as the service would that sends them. */
import { serviceExecution } from './aws/execution.ts'
import type { Platform } from './aws/platform.ts'
import type { EventDocument } from './catalogue/index.ts'
import { isoSeconds, parseTime } from './clock.ts'
import type { World } from './store/store.ts'

export interface EmitRequest {
  /** A name of the catalogue or a detail-type. */
  name: string
  /** Members to replace, by path: `detail.state`. */
  set?: Readonly<Record<string, unknown>>
  account?: string
  region?: string
}

/** Throws the catalogue's UnknownEventError or SettingError; returns what rules see. */
export async function emitEvent(
  { name, set = {}, ...where }: EmitRequest,
  platform: Platform,
  home: World,
): Promise<EventDocument> {
  const { exampleEvent } = await import('./catalogue/index.ts')
  const { clock, ids } = platform
  const time = isoSeconds(clock.now())
  const event = exampleEvent(name, { ...home, ...where, time, id: ids.uuid(), set })
  const { id, source, account, region, resources, detail } = event
  const execution = serviceExecution(platform, {
    service: source.replace(/^aws\./, ''),
    operation: 'emit',
    world: { account, region },
  })
  const detailType = event['detail-type']
  execution.transact((ctx) =>
    ctx.publish({ id, source, detailType, resources, detail, time: parseTime(event.time) }),
  )
  return event
}
