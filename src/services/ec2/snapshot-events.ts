/**
 * What EBS publishes of snapshots.
 * https://docs.aws.amazon.com/ebs/latest/userguide/ebs-cloud-watch-events.html
 */
import type { Context } from '../../aws/context.ts'
import { isoSeconds } from '../../clock.ts'
import { eventArn } from './snapshot-rows.ts'

const EVENTS = [
  'archiveSnapshot',
  'cooloffperiodExpiry',
  'copySnapshot',
  'createSnapshot',
  'lockDurationExpiry',
  'lockSnapshot',
  'permanentRestoreSnapshot',
  'restoreExpiry',
  'shareSnapshot',
  'temporaryRestoreSnapshot',
] as const

export interface SnapshotNotification {
  readonly event: (typeof EVENTS)[number]
  readonly snapshotId: string
  /** ARN of the volume or snapshot that it comes from; the account that shares or locks. */
  readonly source?: string
  /** Of the snapshot, where it is not in EBS's own form. */
  readonly arn?: string
  readonly requestId?: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** Why it failed. */
  readonly cause?: string | undefined
  readonly more?: object | undefined
}

/** Publishes "EBS Snapshot Notification" in the context's region and account. */
export function publishSnapshot(notification: SnapshotNotification, ctx: Context): void {
  const { event, snapshotId, source, startedAt, cause = '', more } = notification
  const { arn: snapshotArn = eventArn(`snapshot/${snapshotId}`, ctx.region) } = notification
  ctx.publish({
    source: 'aws.ec2',
    detailType: 'EBS Snapshot Notification',
    resources: [snapshotArn],
    detail: {
      event,
      result: cause === '' ? 'succeeded' : 'failed',
      cause,
      'request-id': notification.requestId ?? '',
      snapshot_id: snapshotArn,
      ...(source !== undefined && { source }),
      startTime: isoSeconds(startedAt),
      endTime: isoSeconds(ctx.now),
      ...more,
    },
  })
}

export interface SetMember {
  readonly snapshotId: string
  readonly volumeId: string
}

/** Publishes that all snapshots of one CreateSnapshots request have completed. */
export function publishSnapshotSet(
  members: readonly SetMember[],
  startedAt: number,
  ctx: Context,
): void {
  const arnOf = (resource: string) => eventArn(resource, ctx.region)
  ctx.publish({
    source: 'aws.ec2',
    detailType: 'EBS Multi-Volume Snapshots Completion Status',
    resources: members.map(({ snapshotId }) => arnOf(`snapshot/${snapshotId}`)),
    detail: {
      event: 'createSnapshots',
      result: 'succeeded',
      cause: '',
      'request-id': '',
      startTime: isoSeconds(startedAt),
      endTime: isoSeconds(ctx.now),
      snapshots: members.map(({ snapshotId, volumeId }) => ({
        snapshot_id: arnOf(`snapshot/${snapshotId}`),
        source: arnOf(`volume/${volumeId}`),
        status: 'completed',
      })),
    },
  })
}
