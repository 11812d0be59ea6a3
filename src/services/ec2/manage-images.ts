/** Deregistering, disabling, sharing and describing the attributes of the account's AMIs. */
import type {
  DeregisterImageRequest,
  DeregisterImageResult,
  DescribeImageAttributeRequest,
  DisableImageRequest,
  DisableImageResult,
  EnableImageRequest,
  EnableImageResult,
  ImageAttribute,
  LaunchPermission,
  ModifyImageAttributeRequest,
  ResetImageAttributeRequest,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import { blocksPublicImages } from './account-settings.ts'
import { invalidParameter, missingParameter, operationNotPermitted } from './errors.ts'
import { changeState, removeImage } from './image-lifecycle.ts'
import { checkUnprotected } from './image-protection.ts'
import { type ImageRow, images, ownedImage } from './images.ts'
import { changeGrants, type GrantChanges, grantsOn, isPublic, unshare } from './sharing.ts'
import { isLocked } from './snapshot-lock.ts'
import { snapshots } from './snapshot-rows.ts'
import { removeSnapshot } from './snapshots.ts'

/** Removes an AMI; running instances go on. Its snapshots stay unless asked for. */
export function deregisterImage(
  { ImageId, DeleteAssociatedSnapshots = false }: Checked<DeregisterImageRequest>,
  ctx: Context,
): Answer<DeregisterImageResult> {
  const image = ownedImage('ec2:DeregisterImage', ImageId, ctx)
  checkUnprotected(image, ctx)
  removeImage(image, ctx)
  if (!DeleteAssociatedSnapshots) return { Return: true }
  const ids = image.BlockDeviceMappings.flatMap(({ Ebs }) => Ebs?.SnapshotId ?? [])
  const DeleteSnapshotResults = ids.map((SnapshotId) => ({
    SnapshotId,
    ReturnCode: deleteAssociated(SnapshotId, ctx),
  }))
  return { Return: true, DeleteSnapshotResults }
}

function deleteAssociated(id: string, ctx: Context) {
  const snapshot = ctx.tx.get(snapshots, id)
  if (!snapshot) return 'missing-permissions' as const
  if (ctx.tx.by(images, 'snapshot', id).length > 0) return 'skipped' as const
  if (isLocked(id, ctx)) return 'client-error' as const
  removeSnapshot(snapshot, ctx)
  return 'success' as const
}

/** Takes an AMI out of use, and from those that it is shared with. */
export function disableImage(
  { ImageId }: Checked<DisableImageRequest>,
  ctx: Context,
): DisableImageResult {
  const image = ownedImage('ec2:DisableImage', ImageId, ctx)
  if (image.State !== 'available') throw wrongState(image)
  unshare(ImageId, ctx)
  changeState({ ...image, Public: false }, 'disabled', ctx.requestId, ctx)
  return { Return: true }
}

/** Puts a disabled AMI back into use. */
export function enableImage(
  { ImageId }: Checked<EnableImageRequest>,
  ctx: Context,
): EnableImageResult {
  const image = ownedImage('ec2:EnableImage', ImageId, ctx)
  if (image.State !== 'disabled') throw wrongState(image)
  changeState(image, 'available', ctx.requestId, ctx)
  return { Return: true }
}

function wrongState({ ImageId, State }: ImageRow): AwsError {
  return new AwsError('InvalidAMIID.Unavailable', `The image '${ImageId}' is in state '${State}'.`)
}

/** Changes the description, the metadata support or who may launch. */
export function modifyImageAttribute(
  input: Checked<ModifyImageAttributeRequest>,
  ctx: Context,
): object {
  const { ImageId, Attribute, Value } = input
  const image = ownedImage('ec2:ModifyImageAttribute', ImageId, ctx)
  const Description = input.Description?.Value ?? (Attribute === 'description' ? Value : undefined)
  const ImdsSupport = input.ImdsSupport?.Value ?? (Attribute === 'imdsSupport' ? Value : undefined)
  const permissions = permissionsOf(input)
  if (Description !== undefined) ctx.tx.put(images, ImageId, { ...image, Description })
  else if (ImdsSupport !== undefined) {
    if (ImdsSupport !== 'v2.0') throw invalidParameter('imdsSupport', ImdsSupport)
    ctx.tx.put(images, ImageId, { ...image, ImdsSupport })
  } else if (permissions) {
    if (permissions.Add?.some(({ Group }) => Group === 'all')) checkPublicAllowed(ctx)
    changeGrants('image', ImageId, permissions, ctx)
    ctx.tx.put(images, ImageId, { ...image, Public: isPublic(ImageId, ctx) })
  } else throw missingParameter('attribute')
  return {}
}

function checkPublicAllowed(ctx: Context): void {
  if (!blocksPublicImages(ctx)) return
  throw operationNotPermitted(
    "You can't publicly share this image because block public access for AMIs is enabled",
  )
}

/** The permissions, given as one member or by the older OperationType with users and groups. */
function permissionsOf(input: Checked<ModifyImageAttributeRequest>): GrantChanges | undefined {
  const { LaunchPermission, OperationType, UserIds = [], UserGroups = [] } = input
  if (LaunchPermission) return LaunchPermission
  const grants = [
    ...UserIds.map((UserId) => ({ UserId })),
    ...UserGroups.map((Group) => ({ Group })),
  ]
  if (grants.length === 0) return undefined
  if (OperationType === 'add') return { Add: grants }
  if (OperationType === 'remove') return { Remove: grants }
  throw missingParameter('operationType')
}

/** One attribute of an AMI of the account. */
export function describeImageAttribute(
  { ImageId, Attribute }: Checked<DescribeImageAttributeRequest>,
  ctx: Context,
): Answer<ImageAttribute> {
  const image = ownedImage('ec2:DescribeImageAttribute', ImageId, ctx)
  switch (Attribute) {
    case 'description':
      return { ImageId, Description: { Value: image.Description } }
    case 'launchPermission':
      return { ImageId, LaunchPermissions: grantsOn(ImageId, ctx) as LaunchPermission[] }
    case 'blockDeviceMapping':
      return { ImageId, BlockDeviceMappings: image.BlockDeviceMappings }
    case 'bootMode':
      return { ImageId, BootMode: { Value: image.BootMode } }
    case 'imdsSupport':
      return { ImageId, ImdsSupport: { Value: image.ImdsSupport } }
    case 'sriovNetSupport':
      return { ImageId, SriovNetSupport: { Value: image.SriovNetSupport } }
    case 'tpmSupport':
      return { ImageId, TpmSupport: { Value: image.TpmSupport } }
    case 'productCodes':
      return { ImageId, ProductCodes: [] }
    default:
      return { ImageId }
  }
}

/** Takes all launch permissions away. */
export function resetImageAttribute(
  { ImageId }: Checked<ResetImageAttributeRequest>,
  ctx: Context,
): object {
  const image = ownedImage('ec2:ResetImageAttribute', ImageId, ctx)
  unshare(ImageId, ctx)
  ctx.tx.put(images, ImageId, { ...image, Public: false })
  return {}
}
