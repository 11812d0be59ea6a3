/**
 * The filters of DescribeInstances.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html
 */
import type { Context } from '../../aws/context.ts'
import { isoMillis } from '../../clock.ts'
import type { Fields, FilterValue } from './filters.ts'
import { INSTANCE } from './ids.ts'
import { type Instance, instances, stateOf } from './instance-rows.ts'
import { instanceType } from './instance-types.ts'
import type { Listing } from './listing.ts'
import { interfacesOf, primaryInterface } from './network/interfaces.ts'
import type { NetworkInterface } from './network/rows.ts'
import { blockDevicesOf } from './shown-instance.ts'
import { tagsOf } from './tag-rows.ts'

type Field = Fields<Instance>[string]
type Device = ReturnType<typeof blockDevicesOf>[number]

const time = (ms: unknown) => (typeof ms === 'number' ? isoMillis(ms) : undefined)

const eachDevice =
  (value: (device: Device) => FilterValue): Field =>
  (instance, ctx) =>
    blockDevicesOf(instance, ctx).map(value)

const eachInterface =
  (value: (row: NetworkInterface, ctx: Context) => FilterValue): Field =>
  (instance, ctx) =>
    interfacesOf(instance, ctx).map((row) => value(row, ctx))

const primary =
  (value: (row: NetworkInterface) => FilterValue): Field =>
  (instance, ctx) => {
    const row = primaryInterface(instance, ctx)
    return row && value(row)
  }

const never: Field = () => undefined
const no: Field = () => false

const INTERFACE_FIELDS: Fields<Instance> = {
  'addresses.association.allocation-id': eachInterface(({ PrivateIpAddresses }) =>
    PrivateIpAddresses.map(({ Association }) => Association?.AllocationId),
  ),
  'addresses.association.association-id': eachInterface(({ PrivateIpAddresses }) =>
    PrivateIpAddresses.map(({ Association }) => Association?.AssociationId),
  ),
  'addresses.association.carrier-ip': never,
  'addresses.association.customer-owned-ip': never,
  'addresses.association.ip-owner-id': eachInterface(({ PrivateIpAddresses }) =>
    PrivateIpAddresses.map(({ Association }) => Association?.IpOwnerId),
  ),
  'addresses.association.public-dns-name': eachInterface(({ PrivateIpAddresses }) =>
    PrivateIpAddresses.map(({ Association }) => Association?.PublicDnsName),
  ),
  'addresses.association.public-ip': eachInterface(({ PrivateIpAddresses }) =>
    PrivateIpAddresses.map(({ Association }) => Association?.PublicIp),
  ),
  'addresses.primary': eachInterface(({ PrivateIpAddresses }) =>
    PrivateIpAddresses.map(({ Primary }) => Primary),
  ),
  'addresses.private-dns-name': eachInterface(({ PrivateIpAddresses }) =>
    PrivateIpAddresses.map(({ PrivateDnsName }) => PrivateDnsName),
  ),
  'addresses.private-ip-address': eachInterface(({ PrivateIpAddresses }) =>
    PrivateIpAddresses.map(({ PrivateIpAddress }) => PrivateIpAddress),
  ),
  'association.allocation-id': eachInterface(({ Association }) => Association?.AllocationId),
  'association.association-id': eachInterface(({ Association }) => Association?.AssociationId),
  'association.carrier-ip': never,
  'association.customer-owned-ip': never,
  'association.ip-owner-id': eachInterface(({ Association }) => Association?.IpOwnerId),
  'association.public-dns-name': eachInterface(({ Association }) => Association?.PublicDnsName),
  'association.public-ip': eachInterface(({ Association }) => Association?.PublicIp),
  'attachment.attach-time': eachInterface(({ Attachment }) => time(Attachment?.AttachTime)),
  'attachment.attachment-id': eachInterface(({ Attachment }) => Attachment?.AttachmentId),
  'attachment.delete-on-termination': eachInterface(
    ({ Attachment }) => Attachment?.DeleteOnTermination,
  ),
  'attachment.device-index': eachInterface(({ Attachment }) => Attachment?.DeviceIndex),
  'attachment.instance-id': eachInterface(({ Attachment }) => Attachment?.InstanceId),
  'attachment.instance-owner-id': eachInterface(({ Attachment }) => Attachment?.InstanceOwnerId),
  'attachment.network-card-index': eachInterface(({ Attachment }) => Attachment?.NetworkCardIndex),
  'attachment.status': eachInterface(({ Attachment }) => Attachment?.Status),
  'availability-zone': eachInterface(({ AvailabilityZone }) => AvailabilityZone),
  'deny-all-igw-traffic': no,
  description: eachInterface(({ Description }) => Description),
  'group-id': eachInterface(({ Groups }) => Groups.map(({ GroupId }) => GroupId)),
  'group-name': eachInterface(({ Groups }) => Groups.map(({ GroupName }) => GroupName)),
  'ipv4-prefixes.ipv4-prefix': never,
  'ipv6-address': never,
  'ipv6-addresses.ipv6-address': never,
  'ipv6-addresses.is-primary-ipv6': never,
  'ipv6-native': no,
  'ipv6-prefixes.ipv6-prefix': never,
  'mac-address': eachInterface(({ MacAddress }) => MacAddress),
  'network-interface-id': eachInterface(({ NetworkInterfaceId }) => NetworkInterfaceId),
  'operator.managed': no,
  'operator.principal': never,
  'outpost-arn': never,
  'owner-id': eachInterface(({ OwnerId }) => OwnerId),
  'private-dns-name': eachInterface(({ PrivateDnsName }) => PrivateDnsName),
  'private-ip-address': eachInterface(({ PrivateIpAddress }) => PrivateIpAddress),
  'public-dns-name': eachInterface(({ Association }) => Association?.PublicDnsName),
  'requester-id': eachInterface(({ RequesterId }) => RequesterId),
  'requester-managed': eachInterface(({ RequesterManaged }) => RequesterManaged),
  'source-dest-check': eachInterface(({ SourceDestCheck }) => SourceDestCheck),
  status: eachInterface(({ Status }) => Status),
  'subnet-id': eachInterface(({ SubnetId }) => SubnetId),
  'tag-key': eachInterface((row, ctx) =>
    tagsOf(row.NetworkInterfaceId, ctx)?.map(({ Key }) => Key),
  ),
  'tag-value': eachInterface((row, ctx) =>
    tagsOf(row.NetworkInterfaceId, ctx)?.map(({ Value }) => Value),
  ),
  'vpc-id': eachInterface(({ VpcId }) => VpcId),
}

const DEVICE_FIELDS: Fields<Instance> = {
  'block-device-mapping.attach-time': eachDevice(({ Ebs }) => time(Ebs?.AttachTime)),
  'block-device-mapping.delete-on-termination': eachDevice(({ Ebs }) => Ebs?.DeleteOnTermination),
  'block-device-mapping.device-name': eachDevice(({ DeviceName }) => DeviceName),
  'block-device-mapping.status': eachDevice(({ Ebs }) => Ebs?.Status),
  'block-device-mapping.volume-id': eachDevice(({ Ebs }) => Ebs?.VolumeId),
}

const METADATA_FIELDS: Fields<Instance> = {
  'metadata-options.http-endpoint': (i) => i.MetadataOptions?.HttpEndpoint,
  'metadata-options.http-protocol-ipv4': (i) => i.MetadataOptions?.HttpEndpoint,
  'metadata-options.http-protocol-ipv6': (i) => i.MetadataOptions?.HttpProtocolIpv6,
  'metadata-options.http-put-response-hop-limit': (i) => i.MetadataOptions?.HttpPutResponseHopLimit,
  'metadata-options.http-tokens': (i) => i.MetadataOptions?.HttpTokens,
  'metadata-options.instance-metadata-tags': (i) => i.MetadataOptions?.InstanceMetadataTags,
  'metadata-options.state': () => 'applied',
}

const RESERVATION_TARGET = 'capacity-reservation-specification.capacity-reservation-target'

/** Documented filters on what no instance here has, or all have. */
const CONSTANT_FIELDS: Fields<Instance> = {
  affinity: never,
  'capacity-reservation-id': never,
  'capacity-reservation-specification.capacity-reservation-preference': () => 'open',
  [`${RESERVATION_TARGET}.capacity-reservation-id`]: never,
  [`${RESERVATION_TARGET}.capacity-reservation-resource-group-arn`]: never,
  'host-id': never,
  hypervisor: () => 'xen',
  'ipv6-address': never,
  'kernel-id': never,
  'network-performance-options.bandwidth-weighting': () => 'default',
  'operator.managed': no,
  'operator.principal': never,
  'outpost-arn': never,
  'product-code': never,
  'product-code.type': never,
  'ramdisk-id': never,
  'requester-id': never,
  'tpm-support': never,
  'virtualization-type': () => 'hvm',
}

const OWN_FIELDS: Fields<Instance> = {
  architecture: ({ Architecture }) => Architecture,
  'availability-zone': ({ Placement }) => Placement.AvailabilityZone,
  'availability-zone-id': ({ Placement }) => Placement.AvailabilityZoneId,
  'boot-mode': ({ BootMode }) => BootMode,
  'client-token': ({ ClientToken }) => ClientToken,
  'current-instance-boot-mode': ({ CurrentInstanceBootMode }) => CurrentInstanceBootMode,
  'enclave-options.enabled': ({ EnclaveOptions }) => EnclaveOptions?.Enabled ?? false,
  'maintenance-options.auto-recovery': ({ MaintenanceOptions }) =>
    MaintenanceOptions?.AutoRecovery ?? 'default',
  'private-dns-name-options.enable-resource-name-dns-a-record': (i) =>
    i.PrivateDnsNameOptions?.EnableResourceNameDnsARecord ?? false,
  'private-dns-name-options.enable-resource-name-dns-aaaa-record': (i) =>
    i.PrivateDnsNameOptions?.EnableResourceNameDnsAAAARecord ?? false,
  'private-dns-name-options.hostname-type': (i) =>
    i.PrivateDnsNameOptions?.HostnameType ?? 'ip-name',
  'dns-name': primary(({ Association }) => Association?.PublicDnsName),
  'ebs-optimized': ({ EbsOptimized }) => EbsOptimized,
  'ena-support': ({ InstanceType }) =>
    instanceType(InstanceType)?.NetworkInfo?.EnaSupport !== 'unsupported',
  'hibernation-options.configured': ({ HibernationOptions }) => HibernationOptions?.Configured,
  'iam-instance-profile.arn': ({ IamInstanceProfile }) => IamInstanceProfile?.Arn,
  'iam-instance-profile.id': ({ IamInstanceProfile }) => IamInstanceProfile?.Id,
  'image-id': ({ ImageId }) => ImageId,
  'instance-id': ({ InstanceId }) => InstanceId,
  'instance-lifecycle': ({ InstanceLifecycle }) => InstanceLifecycle,
  'instance-state-code': ({ StateName }) => stateOf(StateName).Code,
  'instance-state-name': ({ StateName }) => StateName,
  'instance-type': ({ InstanceType }) => InstanceType,
  'instance.group-id': primary(({ Groups }) => Groups.map(({ GroupId }) => GroupId)),
  'instance.group-name': primary(({ Groups }) => Groups.map(({ GroupName }) => GroupName)),
  'ip-address': primary(({ Association }) => Association?.PublicIp),
  'key-name': ({ KeyName }) => KeyName,
  'launch-index': ({ AmiLaunchIndex }) => AmiLaunchIndex,
  'launch-time': ({ LaunchTime }) => time(LaunchTime),
  'monitoring-state': ({ Monitoring }) => Monitoring?.State,
  'owner-id': (_, { account }) => account,
  'placement-group-name': ({ Placement }) => Placement.GroupName || undefined,
  'placement-partition-number': ({ Placement }) => Placement.PartitionNumber,
  platform: ({ Platform }) => Platform?.toLowerCase(),
  'platform-details': ({ PlatformDetails }) => PlatformDetails,
  'private-dns-name': primary(({ PrivateDnsName }) => PrivateDnsName),
  'private-ip-address': primary(({ PrivateIpAddress }) => PrivateIpAddress),
  reason: ({ StateTransitionReason }) => StateTransitionReason || undefined,
  'reservation-id': ({ ReservationId }) => ReservationId,
  'root-device-name': ({ RootDeviceName }) => RootDeviceName,
  'root-device-type': ({ RootDeviceType }) => RootDeviceType,
  'source-dest-check': primary(({ SourceDestCheck }) => SourceDestCheck),
  'spot-instance-request-id': ({ SpotInstanceRequestId }) => SpotInstanceRequestId,
  'state-reason-code': ({ StateReason }) => StateReason?.Code,
  'state-reason-message': ({ StateReason }) => StateReason?.Message,
  'subnet-id': ({ SubnetId }) => SubnetId,
  tenancy: ({ Placement }) => Placement.Tenancy,
  'usage-operation': ({ UsageOperation }) => UsageOperation,
  'usage-operation-update-time': ({ UsageOperationUpdateTime }) => time(UsageOperationUpdateTime),
  'vpc-id': ({ VpcId }) => VpcId,
}

const prefixed = (prefix: string, fields: Fields<Instance>): Fields<Instance> =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [`${prefix}${name}`, field]))

export const INSTANCES: Listing<Instance> = {
  kind: INSTANCE,
  table: instances,
  idOf: ({ InstanceId }) => InstanceId,
  fields: {
    ...OWN_FIELDS,
    ...CONSTANT_FIELDS,
    ...DEVICE_FIELDS,
    ...METADATA_FIELDS,
    ...prefixed('network-interface.', INTERFACE_FIELDS),
  },
  indexes: {
    'client-token': 'clientToken',
    'reservation-id': 'reservation',
    'image-id': 'image',
    'subnet-id': 'subnet',
    'vpc-id': 'vpc',
    'instance-state-name': 'state',
  },
}
