/** AMIs: those of the account, public ones, and those that are taken on trust. */
import type { ArchitectureValues, DescribeImagesRequest } from '@aws-sdk/client-ec2'
import type { ConditionKeys } from '../../aws/authority.ts'
import { resourceTagKeys } from '../../aws/condition-keys.ts'
import type { Context } from '../../aws/context.ts'
import { AwsError } from '../../aws/errors.ts'
import { isoMillis, parseTime } from '../../clock.ts'
import { table } from '../../store/store.ts'
import { invalidCombination } from './errors.ts'
import { checkedFilters, type Fields, predicate } from './filters.ts'
import { checkForm, ec2Arn, IMAGE } from './ids.ts'
import { type Image, LINUX, publicImages } from './image-catalogue.ts'
import { pageOfList } from './pagination.ts'
import type { Settings } from './settings.ts'
import { sharedRow, sharedRows } from './sharing.ts'
import { tagsOf } from './tag-rows.ts'

export interface ImageRow extends Image {
  /** Its architecture is that of the instances which are launched from it. */
  readonly Adopted?: boolean
  /** Until then it cannot be deregistered, although its protection was disabled. */
  readonly ProtectedUntil?: number
}

/** Images of this account, and adopted ones. */
export const images = table<ImageRow>('ec2.images', {
  indexes: {
    snapshot: ({ BlockDeviceMappings }) =>
      BlockDeviceMappings.flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []),
    ownName: ({ Name, Adopted }) => (Adopted ? undefined : Name),
  },
})

/** Ids of images that were deregistered, so that they are not taken for unknown ones. */
export const deregistered = table<{ readonly ImageId: string }>('ec2.deregistered-images')

/** An image that can be used here; undefined when there is none of that id. */
export function findImage(id: string, ctx: Context): ImageRow | undefined {
  const own = ctx.tx.get(images, id)
  return own ?? sharedRow(images, id, ctx) ?? publicImages(ctx.region).get(id)
}

/** The image of an id; one that nobody knows is adopted, or refused as the user decided. */
export function resolveImage(
  id: string,
  ctx: Context,
  { unknownImages }: Settings,
  architecture: ArchitectureValues = 'x86_64',
): ImageRow {
  checkForm(IMAGE, [id], 'imageId')
  const found = findImage(id, ctx)
  if (found) return found
  if (unknownImages === 'refuse' || ctx.tx.has(deregistered, id)) throw IMAGE.missing([id])
  return adopt(id, architecture, ctx)
}

/** The same, of an image that instances can be launched from now. */
export function launchableImage(
  id: string,
  architecture: ArchitectureValues | undefined,
  ctx: Context,
  settings: Settings,
): ImageRow {
  const gone = ctx.tx.has(deregistered, id)
  const image = gone ? undefined : resolveImage(id, ctx, settings, architecture)
  if (image?.State === 'available') return image
  throw new AwsError('InvalidAMIID.Unavailable', `The image ID '${id}' is not available`)
}

/** Templates of users name real AMIs, so an id that we cannot know is taken on trust. */
function adopt(ImageId: string, Architecture: ArchitectureValues, ctx: Context): ImageRow {
  const RootDeviceName = '/dev/xvda'
  const row: ImageRow = {
    ImageId,
    Adopted: true,
    Name: ImageId,
    Description: 'Unknown to Windtunnel; adopted when it was first used.',
    ImageLocation: `amazon/${ImageId}`,
    ImageType: 'machine',
    ImageOwnerAlias: 'amazon',
    OwnerId: '137112412989',
    Public: true,
    State: 'available',
    Architecture,
    CreationDate: isoMillis(ctx.now),
    EnaSupport: true,
    Hypervisor: 'xen',
    VirtualizationType: 'hvm',
    RootDeviceType: 'ebs',
    RootDeviceName,
    ...LINUX,
    BlockDeviceMappings: [
      {
        DeviceName: RootDeviceName,
        Ebs: {
          DeleteOnTermination: true,
          Encrypted: false,
          VolumeSize: 8,
          VolumeType: 'gp3',
          Iops: 3000,
          Throughput: 125,
        },
      },
    ],
  }
  ctx.tx.put(images, ImageId, row)
  const text =
    `${ImageId} is no AMI that Windtunnel knows. It was adopted as an 8 GiB Linux image; ` +
    '--unknown-images refuse would have answered InvalidAMIID.NotFound.'
  ctx.record({ kind: 'note', text }, [ImageId])
  return row
}

/** Condition keys of an image, as the service authorization reference lists them. */
export function imageKeys(image: ImageRow, ctx: Context): ConditionKeys {
  const tags = tagsOf(image.ImageId, ctx) ?? []
  return {
    'ec2:ImageID': image.ImageId,
    'ec2:ImageType': image.ImageType,
    'ec2:Owner': image.ImageOwnerAlias ?? image.OwnerId,
    'ec2:Public': String(image.Public ?? false),
    'ec2:Region': ctx.region,
    'ec2:RootDeviceType': image.RootDeviceType,
    ...resourceTagKeys(tags),
    ...resourceTagKeys(tags, 'ec2'),
  }
}

/** An image that the account owns; those of others it may use, but not change. */
export function ownedImage(action: string, id: string, ctx: Context): ImageRow {
  checkForm(IMAGE, [id], 'imageId')
  const image = findImage(id, ctx)
  if (!image) throw IMAGE.missing([id])
  ctx.allow(action, ec2Arn('image', id, ctx), { keys: imageKeys(image, ctx) })
  if (image.OwnerId === ctx.account && !image.Adopted) return image
  throw new AwsError('AuthFailure', `Not authorized for image:${id}`, { status: 403 })
}

const FIELDS: Fields<ImageRow> = {
  architecture: ({ Architecture }) => Architecture,
  'block-device-mapping.delete-on-termination': (image) =>
    image.BlockDeviceMappings.map(({ Ebs }) => Ebs?.DeleteOnTermination),
  'block-device-mapping.device-name': (image) =>
    image.BlockDeviceMappings.map(({ DeviceName }) => DeviceName),
  'block-device-mapping.encrypted': (image) =>
    image.BlockDeviceMappings.map(({ Ebs }) => Ebs?.Encrypted),
  'block-device-mapping.snapshot-id': (image) =>
    image.BlockDeviceMappings.map(({ Ebs }) => Ebs?.SnapshotId),
  'block-device-mapping.volume-size': (image) =>
    image.BlockDeviceMappings.map(({ Ebs }) => Ebs?.VolumeSize),
  'block-device-mapping.volume-type': (image) =>
    image.BlockDeviceMappings.map(({ Ebs }) => Ebs?.VolumeType),
  'creation-date': ({ CreationDate }) => CreationDate,
  description: ({ Description }) => Description,
  'ena-support': ({ EnaSupport }) => EnaSupport,
  'free-tier-eligible': ({ FreeTierEligible }) => FreeTierEligible,
  hypervisor: ({ Hypervisor }) => Hypervisor,
  'image-allowed': ({ ImageAllowed }) => ImageAllowed,
  'image-id': ({ ImageId }) => ImageId,
  'image-type': ({ ImageType }) => ImageType,
  'is-public': ({ Public }) => Public ?? false,
  'kernel-id': ({ KernelId }) => KernelId,
  'manifest-location': ({ ImageLocation }) => ImageLocation,
  name: ({ Name }) => Name,
  'owner-alias': ({ ImageOwnerAlias }) => ImageOwnerAlias,
  'owner-id': ({ OwnerId }) => OwnerId,
  platform: ({ Platform }) => Platform?.toLowerCase(),
  'product-code': ({ ProductCodes }) => ProductCodes?.map(({ ProductCodeId }) => ProductCodeId),
  'product-code.type': ({ ProductCodes }) =>
    ProductCodes?.map(({ ProductCodeType }) => ProductCodeType),
  'ramdisk-id': ({ RamdiskId }) => RamdiskId,
  'root-device-name': ({ RootDeviceName }) => RootDeviceName,
  'root-device-type': ({ RootDeviceType }) => RootDeviceType,
  'source-image-id': ({ SourceImageId }) => SourceImageId,
  'source-image-region': ({ SourceImageRegion }) => SourceImageRegion,
  'source-instance-id': ({ SourceInstanceId }) => SourceInstanceId,
  'sriov-net-support': ({ SriovNetSupport }) => SriovNetSupport,
  state: ({ State }) => State,
  'state-reason-code': ({ StateReason }) => StateReason?.Code,
  'state-reason-message': ({ StateReason }) => StateReason?.Message,
  'virtualization-type': ({ VirtualizationType }) => VirtualizationType,
}

/** Images that the caller can use: its own, public ones, and those shared with it. */
export function describeImages(input: DescribeImagesRequest, ctx: Context, settings: Settings) {
  ctx.allow('ec2:DescribeImages', '*')
  const ids = input.ImageIds ?? []
  if (ids.length > 0 && input.MaxResults !== undefined) {
    throw invalidCombination('The parameter imagesSet cannot be used with the parameter maxResults')
  }
  const tests = checkedFilters(input.Filters).map((filter) =>
    predicate(filter, FIELDS, ({ ImageId }) => tagsOf(ImageId, ctx)),
  )
  const isOwner = ownerTest(input.Owners ?? [], ctx)
  const isFor = executableTest(input.ExecutableUsers ?? [], ctx)
  const found = (ids.length > 0 ? named(ids, ctx, settings) : usable(ctx)).filter(
    (image) =>
      (ids.length > 0 || isListed(image, input, ctx)) &&
      isOwner(image) &&
      isFor(image) &&
      tests.every((test) => test(image, ctx)),
  )
  const { rows, NextToken } = pageOfList(found, input, { least: 1, most: 1000 })
  return {
    Images: rows.map((image) => ({ ...image, Tags: tagsOf(image.ImageId, ctx) })),
    NextToken,
  }
}

/** Disabled images are shown when asked for; deprecated ones also to their owner. */
function isListed(
  { State, DeprecationTime, OwnerId }: ImageRow,
  { IncludeDisabled, IncludeDeprecated }: DescribeImagesRequest,
  ctx: Context,
): boolean {
  if (State === 'disabled' && !IncludeDisabled) return false
  const deprecated = DeprecationTime !== undefined && parseTime(DeprecationTime) <= ctx.now
  return !deprecated || IncludeDeprecated === true || OwnerId === ctx.account
}

function usable(ctx: Context): ImageRow[] {
  const shared = sharedRows(images, 'image', ctx)
  return [...publicImages(ctx.region).values(), ...ctx.tx.all(images), ...shared]
}

function named(ids: readonly string[], ctx: Context, settings: Settings): ImageRow[] {
  checkForm(IMAGE, ids, 'imageId')
  if (settings.unknownImages === 'refuse') {
    const missing = ids.filter((id) => !findImage(id, ctx))
    if (missing.length > 0) throw IMAGE.missing(missing)
  }
  return [...new Set(ids)].map((id) => resolveImage(id, ctx, settings))
}

function ownerTest(owners: readonly string[], ctx: Context): (image: ImageRow) => boolean {
  if (owners.length === 0) return () => true
  const wanted = new Set(owners.map((owner) => (owner === 'self' ? ctx.account : owner)))
  return ({ OwnerId, ImageOwnerAlias }) =>
    wanted.has(OwnerId) || (ImageOwnerAlias !== undefined && wanted.has(ImageOwnerAlias))
}

/** `all` are public images, `self` those that this account owns or is allowed by name. */
function executableTest(users: readonly string[], ctx: Context): (image: ImageRow) => boolean {
  if (users.length === 0) return () => true
  const all = users.includes('all')
  const own = users.includes('self') || users.includes(ctx.account)
  return ({ Public = false }) => (all && Public) || (own && !Public)
}
