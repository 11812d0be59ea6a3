/** EBS snapshots as they are stored, and the events that tell of them. */
import type { Snapshot as SdkSnapshot } from '@aws-sdk/client-ec2'
import { arn } from '../../arn.ts'
import type { ConditionKeys } from '../../aws/authority.ts'
import { resourceTagKeys } from '../../aws/condition-keys.ts'
import type { Context } from '../../aws/context.ts'
import type { Answer } from '../../aws/service.ts'
import { isoMillis } from '../../clock.ts'
import { table } from '../../store/store.ts'
import { incorrectState } from './errors.ts'
import { checkForm, ec2Arn, SNAPSHOT } from './ids.ts'
import { publicImages } from './image-catalogue.ts'
import { sharedRow } from './sharing.ts'
import { tagsOf } from './tag-rows.ts'

export type Snapshot = Answer<Omit<SdkSnapshot, 'Tags' | 'Progress'>> & {
  readonly SnapshotId: string
  readonly VolumeId: string
  /** GiB. */
  readonly VolumeSize: number
  readonly State: NonNullable<SdkSnapshot['State']>
  readonly StartTime: number
  readonly OwnerId: string
  readonly Encrypted: boolean
}

export const snapshots = table<Snapshot>('ec2.snapshots', {
  indexes: { volume: ({ VolumeId }) => VolumeId, state: ({ State }) => State },
})

/** Stores a snapshot in another state, and traces the change. */
export function putSnapshot(
  snapshot: Snapshot,
  from: Snapshot['State'] | undefined,
  ctx: Context,
): void {
  const { SnapshotId, VolumeId, State } = snapshot
  ctx.tx.put(snapshots, SnapshotId, snapshot)
  if (from !== State) {
    ctx.record({ kind: 'change', resource: SnapshotId, from, to: State }, [SnapshotId, VolumeId])
  }
}

/** What volumes need to know of the snapshot that they are made from. */
export type Readable = Pick<
  Snapshot,
  'SnapshotId' | 'VolumeSize' | 'Encrypted' | 'State' | 'StorageTier' | 'RestoreExpiryTime'
>

/** Throws for a snapshot that no volume can be made from now. */
export function checkRestorable({ State, StorageTier, RestoreExpiryTime }: Readable): void {
  if (State !== 'completed') throw incorrectState(`Snapshot is in invalid state - ${State}`)
  if (StorageTier !== 'archive' || RestoreExpiryTime !== undefined) return
  // UNCERTAIN: the guide says that it is refused, not in which words.
  throw incorrectState('Snapshot is in the archive tier')
}

/** A snapshot that volumes can be made from: an own one, a shared one, that of a public AMI. */
export function readableSnapshot(id: string, parameter: string, ctx: Context): Readable {
  checkForm(SNAPSHOT, [id], parameter)
  const found = findReadable(id, ctx)
  if (!found) throw SNAPSHOT.missing([id])
  return found
}

/** The same, or undefined when there is none. */
export function findReadable(id: string, ctx: Context): Readable | undefined {
  const own = ctx.tx.get(snapshots, id)
  return own ?? sharedRow(snapshots, id, ctx) ?? publicSnapshot(id, ctx)
}

function publicSnapshot(id: string, { region }: Context): Readable | undefined {
  for (const { BlockDeviceMappings } of publicImages(region).values()) {
    const ebs = BlockDeviceMappings.find(({ Ebs }) => Ebs?.SnapshotId === id)?.Ebs
    if (!ebs) continue
    const VolumeSize = ebs.VolumeSize ?? 0
    return { SnapshotId: id, VolumeSize, Encrypted: false, State: 'completed' }
  }
  return undefined
}

/**
 * The ARN of a snapshot or its volume in EBS's events, which have the region where the account
 * belongs, as the documentation's examples do.
 * https://docs.aws.amazon.com/ebs/latest/userguide/ebs-cloud-watch-events.html
 */
export function eventArn(resource: string, region: string): string {
  return arn('ec2', '', region, resource)
}

/** Condition keys of a snapshot, as the service authorization reference lists them. */
export function snapshotKeys(snapshot: Partial<Snapshot>, ctx: Context): ConditionKeys {
  const { SnapshotId, VolumeId, VolumeSize, StartTime } = snapshot
  const tags = (SnapshotId && tagsOf(SnapshotId, ctx)) || []
  return {
    'ec2:Encrypted': String(snapshot.Encrypted ?? false),
    'ec2:Owner': snapshot.OwnerId,
    'ec2:ParentVolume': VolumeId && ec2Arn('volume', VolumeId, ctx),
    'ec2:Region': ctx.region,
    'ec2:SnapshotID': SnapshotId,
    'ec2:SnapshotTime': StartTime === undefined ? undefined : isoMillis(StartTime),
    'ec2:VolumeSize': VolumeSize === undefined ? undefined : String(VolumeSize),
    ...resourceTagKeys(tags),
    ...resourceTagKeys(tags, 'ec2'),
  }
}
