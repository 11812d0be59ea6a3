/** DescribeVolumeStatus and the attribute of volumes. */
import type {
  DescribeVolumeAttributeRequest,
  DescribeVolumeAttributeResult,
  DescribeVolumeStatusRequest,
  DescribeVolumeStatusResult,
  ModifyVolumeAttributeRequest,
  VolumeStatusItem,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../aws/context.ts'
import type { Answer, Checked } from '../../aws/service.ts'
import type { Fields } from './filters.ts'
import { ec2Arn, existing, VOLUME } from './ids.ts'
import { list, listByIds } from './listing.ts'
import { type Volume, volumeKeys, volumes } from './volume-rows.ts'
import { VOLUMES } from './volumes.ts'

const DETAILS = [
  { Name: 'io-enabled', Status: 'passed' },
  { Name: 'io-performance', Status: 'not-applicable' },
] as const

const none = () => undefined

const FIELDS: Fields<Volume> = {
  'action.code': none,
  'action.description': none,
  'action.event-id': none,
  'availability-zone': ({ AvailabilityZone }) => AvailabilityZone,
  'event.description': none,
  'event.event-id': none,
  'event.event-type': none,
  'event.not-after': none,
  'event.not-before': none,
  'volume-status.details-name': () => DETAILS.map(({ Name }) => Name),
  'volume-status.details-status': () => DETAILS.map(({ Status }) => Status),
  'volume-status.status': statusOf,
}

function statusOf({ State }: Volume): 'ok' | 'insufficient-data' {
  return State === 'creating' ? 'insufficient-data' : 'ok'
}

/** Nothing ever happens to the hardware under our volumes. */
export function describeVolumeStatus(
  input: DescribeVolumeStatusRequest,
  ctx: Context,
): Answer<DescribeVolumeStatusResult> {
  ctx.allow('ec2:DescribeVolumeStatus', '*')
  const listing = { ...VOLUMES, fields: FIELDS, indexes: {} }
  const ids = input.VolumeIds ?? []
  const parameters = { set: 'volumesSet', one: 'volumeId' }
  const { rows, NextToken } =
    ids.length > 0
      ? { rows: listByIds(listing, ids, input, parameters, ctx), NextToken: undefined }
      : list(listing, input, ctx)
  return { VolumeStatuses: rows.map(shown), NextToken }
}

function shown(volume: Volume): Answer<VolumeStatusItem> {
  return {
    VolumeId: volume.VolumeId,
    AvailabilityZone: volume.AvailabilityZone,
    AvailabilityZoneId: volume.AvailabilityZoneId,
    VolumeStatus: { Status: statusOf(volume), Details: DETAILS },
    Actions: [],
    Events: [],
    AttachmentStatuses: [],
    Operator: { Managed: false },
  }
}

/** One attribute of a volume. */
export function describeVolumeAttribute(
  { VolumeId, Attribute }: Checked<DescribeVolumeAttributeRequest>,
  ctx: Context,
): Answer<DescribeVolumeAttributeResult> {
  const volume = existing(VOLUME, volumes, VolumeId, 'volumeId', ctx)
  ctx.allow('ec2:DescribeVolumeAttribute', ec2Arn('volume', VolumeId, ctx), {
    keys: volumeKeys(volume, ctx),
  })
  if (Attribute === 'productCodes') return { VolumeId, ProductCodes: [] }
  return { VolumeId, AutoEnableIO: { Value: volume.AutoEnableIO ?? false } }
}

/** Whether input and output go on when the data of a volume may be inconsistent. */
export function modifyVolumeAttribute(
  { VolumeId, AutoEnableIO }: Checked<ModifyVolumeAttributeRequest>,
  ctx: Context,
): object {
  const volume = existing(VOLUME, volumes, VolumeId, 'volumeId', ctx)
  ctx.allow('ec2:ModifyVolumeAttribute', ec2Arn('volume', VolumeId, ctx), {
    keys: volumeKeys(volume, ctx),
  })
  ctx.tx.put(volumes, VolumeId, { ...volume, AutoEnableIO: AutoEnableIO?.Value ?? false })
  return {}
}
