/** Spot requests as they are answered, and their filters. */
import type {
  DescribeSpotInstanceRequestsRequest,
  DescribeSpotInstanceRequestsResult,
  LaunchSpecification,
  SpotInstanceRequest,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../../aws/context.ts'
import type { Answer } from '../../../aws/service.ts'
import { isoMillis } from '../../../clock.ts'
import type { Fields, FilterValue } from '../filters.ts'
import { type Listing, list, listByIds } from '../listing.ts'
import { tagsOf } from '../tag-rows.ts'
import { SPOT_REQUEST, type SpotRequest, spotRequests } from './rows.ts'

const CALL = { set: 'spotInstanceRequestIdSet', one: 'spotInstanceRequestId' }

export function shownRequest(request: SpotRequest, ctx: Context): Answer<SpotInstanceRequest> {
  const { Launch, ClientToken: _, RequestDigest: _digest, ...shown } = request
  return {
    ...shown,
    LaunchSpecification: specificationOf(Launch),
    Tags: tagsOf(request.SpotInstanceRequestId, ctx),
  }
}

function specificationOf(launch: SpotRequest['Launch']): Answer<LaunchSpecification> {
  const { SecurityGroupIds = [], SecurityGroups = [], NetworkInterfaces, ...rest } = launch
  const { BlockDeviceMappings, EbsOptimized, IamInstanceProfile, ImageId, InstanceType } = rest
  const { KernelId, KeyName, Placement, RamdiskId, SubnetId, UserData, Monitoring } = rest
  return {
    BlockDeviceMappings,
    EbsOptimized,
    IamInstanceProfile,
    ImageId,
    InstanceType,
    KernelId,
    KeyName,
    NetworkInterfaces,
    RamdiskId,
    SubnetId,
    UserData,
    ...(Placement && { Placement }),
    Monitoring: { Enabled: Monitoring?.Enabled ?? false },
    SecurityGroups: [
      ...SecurityGroupIds.map((GroupId) => ({ GroupId })),
      ...SecurityGroups.map((GroupName) => ({ GroupName })),
    ],
  }
}

const time = (ms: number | undefined) => (ms === undefined ? undefined : isoMillis(ms))

type Device = NonNullable<SpotRequest['Launch']['BlockDeviceMappings']>[number]
type Interface = NonNullable<SpotRequest['Launch']['NetworkInterfaces']>[number]

const eachDevice =
  (value: (device: Device) => FilterValue) =>
  ({ Launch }: SpotRequest) =>
    Launch.BlockDeviceMappings?.map(value)

const eachInterface =
  (value: (asked: Interface) => FilterValue) =>
  ({ Launch }: SpotRequest) =>
    Launch.NetworkInterfaces?.map(value)

/** Of what is to be launched, as it was asked for. */
const LAUNCH_FIELDS: Fields<SpotRequest> = {
  'launch.block-device-mapping.delete-on-termination': eachDevice(
    ({ Ebs }) => Ebs?.DeleteOnTermination,
  ),
  'launch.block-device-mapping.device-name': eachDevice(({ DeviceName }) => DeviceName),
  'launch.block-device-mapping.snapshot-id': eachDevice(({ Ebs }) => Ebs?.SnapshotId),
  'launch.block-device-mapping.volume-size': eachDevice(({ Ebs }) => Ebs?.VolumeSize),
  'launch.block-device-mapping.volume-type': eachDevice(({ Ebs }) => Ebs?.VolumeType),
  'launch.group-id': ({ Launch }) => Launch.SecurityGroupIds,
  'launch.group-name': ({ Launch }) => Launch.SecurityGroups,
  'launch.image-id': ({ Launch }) => Launch.ImageId,
  'launch.instance-type': ({ Launch }) => Launch.InstanceType,
  'launch.kernel-id': ({ Launch }) => Launch.KernelId,
  'launch.key-name': ({ Launch }) => Launch.KeyName,
  'launch.monitoring-enabled': ({ Launch }) => Launch.Monitoring?.Enabled ?? false,
  'launch.ramdisk-id': ({ Launch }) => Launch.RamdiskId,
  'network-interface.addresses.primary': eachInterface(({ PrivateIpAddresses }) =>
    PrivateIpAddresses?.map(({ Primary }) => Primary),
  ),
  'network-interface.delete-on-termination': eachInterface((each) => each.DeleteOnTermination),
  'network-interface.description': eachInterface(({ Description }) => Description),
  'network-interface.device-index': eachInterface(({ DeviceIndex }) => DeviceIndex),
  'network-interface.group-id': eachInterface(({ Groups }) => Groups),
  'network-interface.network-interface-id': eachInterface((each) => each.NetworkInterfaceId),
  'network-interface.private-ip-address': eachInterface((each) => each.PrivateIpAddress),
  'network-interface.subnet-id': ({ Launch }) => [
    Launch.SubnetId,
    ...(Launch.NetworkInterfaces?.map(({ SubnetId }) => SubnetId) ?? []),
  ],
}

const FIELDS: Fields<SpotRequest> = {
  ...LAUNCH_FIELDS,
  'availability-zone-group': ({ AvailabilityZoneGroup }) => AvailabilityZoneGroup,
  'create-time': ({ CreateTime }) => time(CreateTime),
  'fault-code': ({ Fault }) => Fault?.Code,
  'fault-message': ({ Fault }) => Fault?.Message,
  'instance-id': ({ InstanceId }) => InstanceId,
  'launch-group': ({ LaunchGroup }) => LaunchGroup,
  'launched-availability-zone': ({ LaunchedAvailabilityZone }) => LaunchedAvailabilityZone,
  'launched-availability-zone-id': ({ LaunchedAvailabilityZoneId }) => LaunchedAvailabilityZoneId,
  'product-description': ({ ProductDescription }) => ProductDescription,
  'spot-instance-request-id': ({ SpotInstanceRequestId }) => SpotInstanceRequestId,
  'spot-price': ({ SpotPrice }) => SpotPrice,
  state: ({ State }) => State,
  'status-code': ({ Status }) => Status.Code,
  'status-message': ({ Status }) => Status.Message,
  type: ({ Type }) => Type,
  'valid-from': ({ ValidFrom }) => time(ValidFrom),
  'valid-until': ({ ValidUntil }) => time(ValidUntil),
}

const SPOT_REQUESTS: Listing<SpotRequest> = {
  kind: SPOT_REQUEST,
  table: spotRequests,
  idOf: ({ SpotInstanceRequestId }) => SpotInstanceRequestId,
  fields: FIELDS,
  indexes: { 'instance-id': 'instance', state: 'state' },
}

export function describeSpotInstanceRequests(
  input: DescribeSpotInstanceRequestsRequest,
  ctx: Context,
): Answer<DescribeSpotInstanceRequestsResult> {
  ctx.allow('ec2:DescribeSpotInstanceRequests', '*')
  const ids = input.SpotInstanceRequestIds ?? []
  const { rows, NextToken } =
    ids.length > 0
      ? { rows: listByIds(SPOT_REQUESTS, ids, input, CALL, ctx), NextToken: undefined }
      : list(SPOT_REQUESTS, input, ctx)
  return { SpotInstanceRequests: rows.map((row) => shownRequest(row, ctx)), NextToken }
}
