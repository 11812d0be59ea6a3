/** Published events beside the examples of the catalogue. */
import assert from 'node:assert/strict'
import { type EventDocument, exampleEvent } from '../src/catalogue/index.ts'

export type Members = Record<string, unknown>

export const LOCK_AND_TIER_EVENTS = [
  'ebs-snapshot-lock',
  'ebs-snapshot-cool-off-expiry',
  'ebs-snapshot-lock-expiry',
  'ebs-snapshot-archive',
  'ebs-snapshot-temporary-restore',
  'ebs-snapshot-restore-expiry',
  'ebs-snapshot-permanent-restore',
] as const

export const FLEET_EVENTS = [
  'ec2-fleet-state-change',
  'ec2-fleet-spot-instance-request-change',
  'ec2-fleet-instance-change',
  'ec2-fleet-information',
] as const

/** Members that are made up anew, or tell when something happened. */
const FREE = [
  'completionTime',
  'coolOffPeriodExpiresOn',
  'endTime',
  'eventID',
  'eventTime',
  'lockCreatedOn',
  'lockExpiresOn',
  'lockStartDurationTime',
  'request-id',
  'requestID',
  'RequestId',
  'restoreExpiryTime',
  'startTime',
]

/** Whether it is the catalogue's example with these members, each named by its path. */
export function isExpected(event: EventDocument, name: string, set: Members): boolean {
  const detail = event.detail as Members
  const free = FREE.filter((member) => detail[member] !== undefined && detail[member] !== '')
  const own = Object.fromEntries(free.map((member) => [`detail.${member}`, detail[member]]))
  // The volumes of an instance's snapshots are told by the snapshots.
  const sources = (detail.snapshots as { source: string }[] | undefined)?.map(
    ({ source }) => source,
  )
  for (const [index, source] of sources?.entries() ?? []) {
    own[`detail.snapshots.${index}.source`] = source
  }
  const { account, region, time, id } = event
  const expected = exampleEvent(name, { account, region, time, id, set: { ...own, ...set } })
  try {
    assert.deepEqual(event, expected)
    return true
  } catch {
    return false
  }
}
