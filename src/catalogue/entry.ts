/** How the catalogue tells of an event. */
import type { EventDocument } from './documents.ts'

/**
 * Texts of `resources` and `detail` may hold `{partition}`, `{region}`, `{account}`, `{zone}`,
 * `{time}` and `{uuid}`; those of `resources` also `{detail.MEMBER}`, the member of the detail, so
 * that they follow when it is set. `{detail.LIST.*.MEMBER}` stands for one resource an item.
 */
export interface Entry<Document extends EventDocument = EventDocument> {
  readonly detailType: Document['detail-type']
  readonly source: Document['source']
  readonly when: string
  /** Sent by what Windtunnel's services do; the others only by `windtunnel emit`. */
  readonly lives: boolean
  readonly resources: readonly string[]
  readonly detail: Document['detail']
}

/** Entries by name: `ec2-instance-state-change`. */
export type Entries = Readonly<Record<string, Entry>>

export const INSTANCE_ARN = 'arn:{partition}:ec2:{region}:{account}:instance/{detail.instance-id}'

export const INSTANCE_ID = 'i-1234567890abcdef0'
