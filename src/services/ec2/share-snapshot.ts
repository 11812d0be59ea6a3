/** ModifySnapshotAttribute and its family: which accounts may make volumes from a snapshot. */
import type {
  DescribeSnapshotAttributeRequest,
  DescribeSnapshotAttributeResult,
  ModifySnapshotAttributeRequest,
  ResetSnapshotAttributeRequest,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { isPublicSharingBlocked } from './ebs-settings.ts'
import { invalidValue, missingParameter, operationNotPermitted } from './errors.ts'
import { ec2Arn, existing, SNAPSHOT } from './ids.ts'
import { changeGrants, type GrantChanges, grantsOn, unshare } from './sharing.ts'
import { publishSnapshot } from './snapshot-events.ts'
import { type Snapshot, snapshotKeys, snapshots } from './snapshot-rows.ts'

function allowed(action: string, id: string, ctx: Context): Snapshot {
  const snapshot = existing(SNAPSHOT, snapshots, id, 'snapshotId', ctx)
  ctx.allow(action, ec2Arn('snapshot', id, ctx), { keys: snapshotKeys(snapshot, ctx) })
  return snapshot
}

/** Shares a snapshot; accounts that get it by name are told by an event of their own. */
export function modifySnapshotAttribute(
  input: Checked<ModifySnapshotAttributeRequest>,
  ctx: Context,
): object {
  const { SnapshotId } = input
  const snapshot = allowed('ec2:ModifySnapshotAttribute', SnapshotId, ctx)
  if (input.Attribute === 'productCodes') {
    throw invalidValue('Only the attribute createVolumePermission of a snapshot can be modified.')
  }
  const changes = changesOf(input)
  const gainsPublic = changes.Add?.some(({ Group }) => Group === 'all')
  if (snapshot.Encrypted && gainsPublic) {
    throw invalidValue('Encrypted snapshots cannot be shared publicly.')
  }
  if (gainsPublic && isPublicSharingBlocked(ctx)) {
    // UNCERTAIN: the code is documented, the wording is not.
    throw operationNotPermitted(
      `Snapshot ${SnapshotId} cannot be shared publicly: block public access is enabled.`,
    )
  }
  for (const account of changeGrants('snapshot', SnapshotId, changes, ctx)) {
    const notification = {
      event: 'shareSnapshot',
      snapshotId: SnapshotId,
      source: ctx.account,
      startedAt: ctx.now,
    } as const
    publishSnapshot(notification, ctx.in({ account, region: ctx.region }))
  }
  return {}
}

/** The permissions, given as one member or by the older OperationType with users and groups. */
function changesOf(input: Checked<ModifySnapshotAttributeRequest>): GrantChanges {
  const { CreateVolumePermission, OperationType, UserIds = [], GroupNames = [] } = input
  if (CreateVolumePermission) return CreateVolumePermission
  const grants = [
    ...UserIds.map((UserId) => ({ UserId })),
    ...GroupNames.map((Group) => ({ Group })),
  ]
  if (grants.length === 0) throw missingParameter('createVolumePermission')
  if (OperationType === 'add') return { Add: grants }
  if (OperationType === 'remove') return { Remove: grants }
  throw missingParameter('operationType')
}

/** Who may make volumes from a snapshot. */
export function describeSnapshotAttribute(
  { SnapshotId, Attribute }: Checked<DescribeSnapshotAttributeRequest>,
  ctx: Context,
): Answer<DescribeSnapshotAttributeResult> {
  allowed('ec2:DescribeSnapshotAttribute', SnapshotId, ctx)
  if (Attribute === 'productCodes') return { SnapshotId, ProductCodes: [] }
  return { SnapshotId, CreateVolumePermissions: grantsOn(SnapshotId, ctx) }
}

/** Makes a snapshot private again. */
export function resetSnapshotAttribute(
  { SnapshotId }: Checked<ResetSnapshotAttributeRequest>,
  ctx: Context,
): object {
  allowed('ec2:ResetSnapshotAttribute', SnapshotId, ctx)
  unshare(SnapshotId, ctx)
  return {}
}
